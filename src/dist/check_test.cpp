#include "dist/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "dist/check_list.hpp"
#include "dist/testing/builders.hpp"

namespace packhouse::dist {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::minimal_metadata;
using ::testing::Not;
using testing::record_hash;
using testing::SdistBuilder;
using testing::WheelBuilder;

template <typename Builder>
Report check(const Builder& built, const Policy& policy = {}, const std::optional<FormClaims>& form = {}) {
  const auto bytes = built.bytes();
  return check_file(archive::MemorySource{bytes}, built.filename(), policy, form);
}

std::vector<std::string> ids(const Report& report, Outcome outcome) {
  std::vector<std::string> found;
  for (const auto& result : report.results) {
    if (result.outcome == outcome && (found.empty() || found.back() != result.id)) found.push_back(result.id);
  }
  return found;
}

std::vector<std::string> refused(const Report& report) {
  return ids(report, Outcome::refused);
}

std::vector<std::string> warned(const Report& report) {
  return ids(report, Outcome::warned);
}

template <typename Builder>
std::vector<std::string> refused_by(const Builder& built, const Policy& policy = {}) {
  return refused(check(built, policy));
}

template <typename Builder>
std::vector<std::string> warned_by(const Builder& built) {
  const auto report = check(built);
  EXPECT_THAT(refused(report), IsEmpty());
  return warned(report);
}

const CheckResult& result_of(const Report& report, std::string_view id) {
  const auto found = std::ranges::find(report.results, id, &CheckResult::id);
  if (found == report.results.end()) throw std::out_of_range{std::string{id}};
  return *found;
}

WheelBuilder demo() {
  return {"demo", "1.0"};
}

SdistBuilder demo_sdist() {
  return {"demo", "1.0"};
}

// ---------------------------------------------------------------- sound files

TEST(CheckFile, accepts_a_sound_wheel_and_says_what_it_is) {
  const auto built = demo().metadata_line("Requires-Python: >=3.9").metadata_line("Requires-Dist: other>1");
  const auto report = check(built);

  EXPECT_TRUE(report.accepted());
  EXPECT_THAT(ids(report, Outcome::skipped), IsEmpty());
  EXPECT_THAT(warned(report), IsEmpty());
  EXPECT_EQ(report.refusal(), "");
  ASSERT_TRUE(report.inspection);
  EXPECT_EQ(report.inspection->kind, Kind::wheel);
  EXPECT_EQ(report.inspection->name.str(), "demo");
  EXPECT_EQ(report.inspection->version.str(), "1.0");
  EXPECT_EQ(report.inspection->requires_python(), ">=3.9");
  EXPECT_EQ(report.inspection->size, built.bytes().size());
  EXPECT_EQ(report.inspection->tags.at(0).str(), "py3-none-any");
  EXPECT_THAT(report.inspection->metadata_bytes, HasSubstr("Requires-Dist: other>1\n"));
}

TEST(CheckFile, accepts_a_sound_sdist_and_says_what_it_is) {
  const auto report = check(demo_sdist());

  EXPECT_TRUE(report.accepted());
  EXPECT_THAT(ids(report, Outcome::skipped), IsEmpty());
  EXPECT_THAT(warned(report), IsEmpty());
  ASSERT_TRUE(report.inspection);
  EXPECT_EQ(report.inspection->kind, Kind::sdist);
  EXPECT_EQ(report.inspection->name.str(), "demo");
  EXPECT_EQ(report.inspection->metadata_bytes, minimal_metadata("demo", "1.0"));
}

TEST(CheckFile, lists_every_result_and_not_only_the_first) {
  auto built = demo();
  built.add("../evil.py", "x").omit_from_record("../evil.py").metadata(minimal_metadata("other", "2.0"));
  EXPECT_THAT(refused_by(built), ElementsAre("archive.path.traversal", "metadata.name", "metadata.version",
                                             "wheel.record.unlisted"));
}

TEST(CheckFile, names_expected_found_and_fix) {
  const auto report = check(demo().metadata(minimal_metadata("other", "1.0")));
  const auto& result = result_of(report, "metadata.name");

  EXPECT_EQ(result.expected, "\"demo\", as the filename says");
  EXPECT_EQ(result.found, "\"other\"");
  EXPECT_FALSE(result.hint.empty());
  EXPECT_EQ(report.refusal(), "metadata.name: expected \"demo\", as the filename says, found \"other\"");
}

TEST(CheckFile, counts_findings_beyond_the_first_eight) {
  auto built = demo();
  for (int i = 0; i < 20; ++i)
    built.add("demo/" + std::to_string(i), "x").omit_from_record("demo/" + std::to_string(i));
  const auto report = check(built);
  const auto count = std::ranges::count(report.results, "wheel.record.unlisted", &CheckResult::id);
  EXPECT_EQ(count, 9);
  const auto first = std::ranges::find(report.results, "wheel.record.unlisted", &CheckResult::id);
  EXPECT_EQ((first + 8)->found, "12 more of this kind");
}

// ---------------------------------------------------------------- filename

TEST(CheckFile, refuses_other_extensions) {
  for (const auto* name : {"demo-1.0.zip", "demo-1.0.tar.bz2", "demo-1.0.exe", "demo", ""}) {
    EXPECT_THAT(refused_by(demo().filename(name)), ElementsAre("file.name.extension")) << name;
  }
}

TEST(CheckFile, refuses_filenames_with_folders_blanks_and_control_characters) {
  for (const std::string& name :
       {std::string{"../demo-1.0-py3-none-any.whl"}, std::string{"a\\demo-1.0-py3-none-any.whl"},
        std::string{"demo-1.0-py3-none-any\n.whl"}, std::string{"demo-1.0-py3-none-any\x7f.whl"},
        std::string{"d\u00e9mo-1.0-py3-none-any.whl"}}) {
    EXPECT_THAT(refused_by(demo().filename(name)), Contains("file.name.characters")) << name;
  }
}

TEST(CheckFile, refuses_filenames_of_more_than_255_bytes) {
  EXPECT_THAT(refused_by(demo().filename("demo-1.0-" + std::string(250, '1') + "-py3-none-any.whl")),
              Contains("file.name.length"));
}

TEST(CheckFile, refuses_wheel_names_that_name_nothing) {
  for (const auto* name :
       {"demo.whl", "demo-1.0.whl", "demo-dog-py3-none-any.whl", "demo-1.0-x-py3-none-any.whl"}) {
    EXPECT_THAT(refused_by(demo().filename(name)), Contains("wheel.filename")) << name;
  }
}

TEST(CheckFile, refuses_wheel_names_that_are_not_normalised_on_a_public_index_alone) {
  for (const auto* name : {"Demo", "de.mo"}) {
    EXPECT_THAT(warned_by(WheelBuilder{name, "1.0"}), ElementsAre("wheel.filename.normalized"));
    EXPECT_THAT(refused_by(WheelBuilder{name, "1.0"}, Policy::public_index()),
                ElementsAre("wheel.filename.normalized"));
  }
  EXPECT_THAT(warned_by(WheelBuilder{"demo", "1.0.RC1"}), ElementsAre("wheel.filename.version"));
}

TEST(CheckFilename, refuses_build_tags_that_mean_something_to_a_shell_or_a_file_system) {
  for (const std::string build : {"1$(id)", "1;x", "1:2", "1*", "1%2e", "1~a", "1'"}) {
    EXPECT_THAT(refused_by(demo().filename("demo-1.0-" + build + "-py3-none-any.whl")),
                Contains("wheel.filename.build"))
        << build;
  }
  for (const std::string build : {"1", "01abc", "1.2_3+x"}) {
    EXPECT_THAT(refused_by(demo().filename("demo-1.0-" + build + "-py3-none-any.whl")),
                Not(Contains("wheel.filename.build")))
        << build;
  }
}

TEST(CheckFile, refuses_unknown_platforms_and_takes_plain_linux_unless_public) {
  EXPECT_THAT(refused_by(WheelBuilder{"demo", "1.0", "py3-none-amiga"}), ElementsAre("wheel.platform"));
  const WheelBuilder linux{"demo", "1.0", "cp312-cp312-linux_x86_64"};
  EXPECT_THAT(refused_by(linux), IsEmpty());
  EXPECT_THAT(refused_by(linux, Policy::public_index()), ElementsAre("wheel.platform.public"));
}

TEST(CheckFile, can_ask_for_sorted_tags) {
  const WheelBuilder built{"demo", "1.0", "py3.py2-none-any"};
  EXPECT_THAT(refused_by(built), IsEmpty());
  Policy policy;
  ASSERT_TRUE(policy.set("wheel.filename.tags-sorted", "refuse").ok());
  EXPECT_THAT(refused_by(built, policy), ElementsAre("wheel.filename.tags-sorted"));
}

TEST(CheckFile, refuses_sdist_names_other_than_pep_625s) {
  EXPECT_THAT(refused_by(demo_sdist().filename("demo.tar.gz")), Contains("sdist.filename"));
  for (const auto& built : {SdistBuilder{"Demo", "1.0"}, SdistBuilder{"demo", "1.00"}}) {
    EXPECT_THAT(warned_by(built), ElementsAre("sdist.filename.canonical"));
    EXPECT_THAT(refused_by(built, Policy::public_index()), ElementsAre("sdist.filename.canonical"));
  }
  const auto report = check(SdistBuilder{"my-demo", "1.0"});
  EXPECT_EQ(result_of(report, "sdist.filename.canonical").expected, "\"my_demo-1.0.tar.gz\"");
}

// ---------------------------------------------------------------- container

TEST(CheckFile, refuses_the_other_container_under_each_name) {
  const auto wheel = demo();
  const auto sdist = demo_sdist();
  const auto as = [](const std::string& bytes, const std::string& name) {
    return refused(check_file(archive::MemorySource{bytes}, name, Policy{}));
  };
  EXPECT_THAT(as(sdist.bytes(), wheel.filename()), ElementsAre("archive.container"));
  EXPECT_THAT(as(wheel.bytes(), sdist.filename()), ElementsAre("archive.container"));
  EXPECT_THAT(as("", sdist.filename()), ElementsAre("archive.container"));
  EXPECT_THAT(as("", wheel.filename()), ElementsAre("archive.zip.end-record"));
  EXPECT_THAT(as(sdist.tar().tar(), sdist.filename()), ElementsAre("archive.container"));
}

TEST(CheckFile, does_not_call_passed_what_it_could_not_look_at) {
  auto zip = demo().zip();
  zip.after = "x";
  const auto bytes = zip.bytes();
  const auto report = check_file(archive::MemorySource{bytes}, demo().filename(), Policy{});

  EXPECT_THAT(refused(report), ElementsAre("archive.zip.trailing-data"));
  EXPECT_EQ(result_of(report, "archive.zip.crc").outcome, Outcome::skipped);
  EXPECT_EQ(result_of(report, "wheel.record.hash").outcome, Outcome::skipped);
  EXPECT_EQ(result_of(report, "wheel.filename").outcome, Outcome::passed);
  EXPECT_FALSE(report.inspection);
}

TEST(CheckFile, refuses_a_wheel_that_is_a_tar_too) {
  // The first member's name and content are a tar header from byte 0 on: "PK…" is the tar's file name.
  auto zip = demo().zip();
  archive::testing::RawZip polyglot;
  polyglot.add("pad", std::string(600, '\0'), false);
  for (auto& member : zip.members)
    polyglot.members.push_back(member);
  auto bytes = polyglot.bytes();
  // Make the first block's checksum fit, then repair the CRC of the member that covers it.
  const auto put = [&](std::size_t at, const std::string& text) { bytes.replace(at, text.size(), text); };
  put(148, std::string(8, ' '));
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += static_cast<unsigned char>(bytes[i]);
  std::ostringstream octal;
  octal << std::oct << sum;
  put(148, (std::string(6 - octal.str().size(), '0') + octal.str()).append("\0 ", 2));
  // The CRC lies in the first block as well; that it no longer fits is another refusal.
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo().filename(), Policy{})),
              Contains("archive.polyglot"));
}

TEST(CheckFile, refuses_an_sdist_that_is_a_zip_too) {
  // A gzip comment field cannot hold it, but the extra field of the header can hold nearly all of a zip; the
  // end record may also stand after the gzip member.
  const auto bytes = demo_sdist().bytes() + demo().bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), Policy{})),
              ElementsAre("archive.polyglot", "archive.gzip.trailing-data"));
}

TEST(CheckFile, allows_data_descriptors_by_policy_only) {
  auto zip = demo().zip();
  auto& first = zip.members[0];
  first.deflated = true;
  first.local.flags = first.central.flags = 8;
  first.after = "PK\x07\x08" + archive::testing::le32(archive::testing::crc32(first.data)) +
                archive::testing::le32(archive::testing::deflate(first.data).size()) +
                archive::testing::le32(first.data.size());
  const auto bytes = zip.bytes();
  const auto check_with = [&](const Policy& policy) {
    return refused(check_file(archive::MemorySource{bytes}, demo().filename(), policy));
  };
  EXPECT_THAT(check_with(Policy{}), ElementsAre("archive.zip.data-descriptor"));
  Policy policy;
  ASSERT_TRUE(policy.set("archive.data-descriptors", "true").ok());
  EXPECT_THAT(check_with(policy), IsEmpty());
}

// ---------------------------------------------------------------- metadata

TEST(CheckFile, refuses_metadata_that_breaks_the_specification) {
  EXPECT_THAT(refused_by(demo().metadata("Name: demo\n\n")), Contains("metadata.fields"));
  EXPECT_THAT(refused_by(demo().metadata_line("Requires-Dist: not a requirement")),
              ElementsAre("metadata.values"));
  EXPECT_THAT(refused_by(demo().metadata_line("Summary: twice")), ElementsAre("metadata.fields"));
  EXPECT_THAT(refused_by(demo_sdist().metadata_line("Requires-Python: what")),
              ElementsAre("metadata.values"));
}

std::string old_metadata(const std::string& version, const std::string& lines) {
  return "Metadata-Version: " + version + "\nName: demo\nVersion: 1.0\n" + lines + "\n";
}

TEST(CheckFile, names_the_value_that_is_wrong_and_not_the_field_that_is_newer) {
  const auto report =
      check(demo_sdist().metadata(old_metadata("2.1", "License-File: LICENSE\nRequires-Python: >=3.6.*\n")));
  EXPECT_THAT(refused(report), ElementsAre("metadata.values"));
  EXPECT_THAT(report.refusal(), HasSubstr("requires-python"));
  EXPECT_THAT(report.refusal(), HasSubstr("\"metadata.values\" = \"warn\" in the policy takes it, as "
                                          "base = \"mirror\" does"));
}

TEST(CheckFile, holds_license_files_to_their_rules_since_metadata_2_4_alone) {
  for (const auto* path : {"../LICENSE.txt", "LICENSE*", "./LICENSE", "a\\LICENSE", "C:LICENSE"}) {
    const auto line = std::string{"License-File: "} + path + "\n";
    EXPECT_THAT(warned_by(demo_sdist().metadata(old_metadata("2.1", line))),
                ElementsAre("metadata.newer-fields", "sdist.metadata-version"))
        << path;
    EXPECT_THAT(refused_by(demo_sdist().metadata(old_metadata("2.4", line))), Contains("metadata.values"))
        << path;
  }
}

TEST(CheckFile, takes_metadata_of_a_later_minor_version_with_a_warning) {
  EXPECT_THAT(warned_by(demo().metadata(old_metadata("2.7", "Brand-New: x\n"))),
              ElementsAre("metadata.newer-version", "metadata.newer-fields"));
  EXPECT_THAT(refused_by(demo().metadata(old_metadata("3.0", ""))), ElementsAre("metadata.fields"));
}

TEST(CheckFile, takes_metadata_2_0_for_a_mirror) {
  const auto built = demo().metadata(old_metadata("2.0", "Provides-Extra: x\n"));
  EXPECT_THAT(refused_by(built), ElementsAre("metadata.withdrawn-version"));
  EXPECT_THAT(refused_by(built, Policy::mirror()), IsEmpty());
}

TEST(CheckFile, takes_unknown_as_no_content_type) {
  EXPECT_THAT(warned_by(demo().metadata_line("Description-Content-Type: UNKNOWN")), IsEmpty());
}

TEST(CheckFile, refuses_metadata_that_readers_split_into_other_lines) {
  for (const auto* lines : {"Summary: a\rRequires-Dist: evil\n", "Author: a\r\r\n"}) {
    EXPECT_THAT(refused_by(demo().metadata(old_metadata("2.4", lines))), Contains("metadata.line-ends"))
        << lines;
  }
  EXPECT_THAT(
      refused_by(demo().metadata("Metadata-Version: 2.4\r\nName: demo\r\nVersion: 1.0\r\n\r\na\rb\r")),
      IsEmpty());
}

TEST(CheckFile, warns_of_addresses_and_links_that_only_a_public_index_refuses) {
  for (const std::string line :
       {"Author-email: jane@corp", "Author-email: Jane Doe", "Home-page: git@corp:x.git",
        "Download-URL: ssh://git@corp/x", "Project-URL: https://example.org"}) {
    EXPECT_EQ(warned_by(demo().metadata_line(line)).size(), 1U) << line;
    EXPECT_EQ(refused_by(demo().metadata_line(line), Policy::public_index()).size(), 1U) << line;
  }
}

TEST(CheckFile, reads_addresses_as_rfc_5322_writes_them) {
  for (const std::string address : {"me@x.example (Me)", "\"a b\"@x.example", "\"Doe, J (a)\" <j@x.example>",
                                    "a@x.example; b@x.example", "A (x, y; z) <a@x.example>, b@x.example"}) {
    EXPECT_THAT(warned_by(demo().metadata_line("Author-email: " + address)), IsEmpty()) << address;
  }
}

TEST(CheckFile, refuses_links_that_a_browser_runs) {
  for (const std::string line : {"Home-page: javascript:alert(1)", "Download-URL: JavaScript:x",
                                 "Project-URL: Docs, data:text/html,x"})
    EXPECT_THAT(refused_by(demo().metadata_line(line)), ElementsAre("metadata.script-url")) << line;
}

TEST(CheckFile, warns_of_fields_newer_than_the_metadata_version) {
  const auto old = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n\n";
  const auto report = check(demo().metadata(old));
  EXPECT_TRUE(report.accepted());
  EXPECT_THAT(warned(report), ElementsAre("metadata.newer-fields"));
  ASSERT_TRUE(report.inspection);
  EXPECT_EQ(report.inspection->metadata.metadata_version, "2.1");
  EXPECT_THAT(report.inspection->metadata.license_file, ElementsAre("LICENSE"));
}

TEST(CheckFile, refuses_metadata_of_another_project_or_version) {
  EXPECT_THAT(refused_by(demo().metadata(minimal_metadata("other", "1.0"))), ElementsAre("metadata.name"));
  EXPECT_THAT(refused_by(demo().metadata(minimal_metadata("demo", "1.1"))), ElementsAre("metadata.version"));
  EXPECT_THAT(refused_by(demo_sdist().metadata(minimal_metadata("other", "1.1"))),
              ElementsAre("metadata.name", "metadata.version"));
  EXPECT_THAT(refused_by(demo().metadata(minimal_metadata("Demo", "1.0.0"))), IsEmpty());
}

TEST(CheckFile, refuses_metadata_that_is_too_long) {
  EXPECT_THAT(refused_by(demo().metadata(minimal_metadata("demo", "1.0") + std::string(9U << 20U, 'x'))),
              ElementsAre("metadata.size"));
}

struct Line {
  std::string line;
  std::string id;
};

class MetadataLine : public ::testing::TestWithParam<Line> {};

TEST_P(MetadataLine, is_refused_by_name) {
  EXPECT_THAT(refused_by(demo().metadata_line(GetParam().line), Policy::public_index()),
              ElementsAre(GetParam().id));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, MetadataLine,
    ::testing::Values(
        Line{"Author-email: nobody", "metadata.email"}, Line{"Maintainer-email: A <a@b>", "metadata.email"},
        Line{"Home-page: ftp://example.org", "metadata.url"}, Line{"Download-URL: here", "metadata.url"},
        Line{"Project-URL: " + std::string(33, 'x') + ", https://example.org", "metadata.project-url"},
        Line{"Project-URL: Docs, nowhere", "metadata.project-url"},
        Line{"License: MIT\nLicense-Expression: MIT", "metadata.license-conflict"},
        Line{"Requires-Dist: x; \"a\" in extras", "metadata.lock-file-marker"},
        Line{"Requires-Dist: x @ https://example.org/x.whl", "metadata.direct-url"},
        Line{"Classifier: Private :: Do Not Upload", "metadata.private-classifier"},
        Line{"Classifier: Programing Language :: Python", "metadata.classifier"}));

// What the public index demands of metadata, rule by rule in its own order.
struct MetadataRule {
  std::string rule;
  std::string metadata;
  std::string id;
};

std::string metadata_with(const std::string& lines, const std::string& metadata_version = "2.4") {
  return "Metadata-Version: " + metadata_version + "\nName: demo\nVersion: 1.0\n" + lines + "\nText.\n";
}

std::vector<MetadataRule> metadata_rules() {
  const std::string fields = "metadata.fields";
  const std::string values = "metadata.values";
  return {
      {"a known metadata version", metadata_with("", "2.0"), "metadata.withdrawn-version"},
      {"a version", "Metadata-Version: 2.4\nName: demo\n\n", fields},
      {"a version that is one", "Metadata-Version: 2.4\nName: demo\nVersion: dog\n\n", fields},
      {"a field once", metadata_with("Keywords: a\nKeywords: b\n"), fields},
      {"a label once", metadata_with("Project-URL: A, https://a.org\nProject-URL: A, https://b.org\n"),
       values},
      {"a summary of one line", metadata_with("Summary: a\n b\n"), values},
      {"a short summary", metadata_with("Summary: " + std::string(513, 'x') + "\n"), "metadata.summary"},
      {"a known content type", metadata_with("Description-Content-Type: text/html\n"), values},
      {"a known charset", metadata_with("Description-Content-Type: text/plain; charset=latin-1\n"), values},
      {"a known variant", metadata_with("Description-Content-Type: text/markdown; variant=gfm\n"), values},
      {"a range of Pythons", metadata_with("Requires-Python: >=3.x\n"), values},
      {"requirements", metadata_with("Requires-Dist: foo bar\n"), values},
      {"requirements without URLs", metadata_with("Requires-Dist: x @ https://a.org/x.whl\n"),
       "metadata.direct-url"},
      {"extras with names", metadata_with("Provides-Extra: -a\n"), values},
      {"a licence of SPDX", metadata_with("License-Expression: Unknown-1.0\n"), values},
      {"one licence", metadata_with("License: MIT\nLicense-Expression: MIT\n"), "metadata.license-conflict"},
      {"a licence file inside", metadata_with("License-File: ../x\n"), values},
      {"a licence file, no pattern", metadata_with("License-File: *.txt\n"), values},
      {"a relative licence file", metadata_with("License-File: /x\n"), values},
      {"a licence file with slashes", metadata_with("License-File: a\\b\n"), values},
      {"dynamic fields that exist", metadata_with("Dynamic: foo\n"), values},
      {"no dynamic name", metadata_with("Dynamic: name\n"), values},
      {"import names that can be imported", metadata_with("Import-Name: class\n", "2.5"), values},
      {"import names that are private or not", metadata_with("Import-Name: a; public\n", "2.5"), values},
      {"addresses", metadata_with("Author-email: nobody\n"), "metadata.email"},
      {"known classifiers", metadata_with("Classifier: Made :: Up\n"), "metadata.classifier"},
      {"classifiers in use", metadata_with("Classifier: Natural Language :: Ukranian\n"),
       "metadata.classifier"},
      {"no private classifiers", metadata_with("Classifier: Private :: X\n"), "metadata.private-classifier"},
      {"a home on the web", metadata_with("Home-page: ftp://a.org\n"), "metadata.url"},
      {"a download from the web", metadata_with("Download-URL: here\n"), "metadata.url"},
      {"a label", metadata_with("Project-URL: , https://a.org\n"), "metadata.project-url"},
      {"a label's URL", metadata_with("Project-URL: Docs,\n"), "metadata.project-url"},
  };
}

TEST(PublicIndex, has_a_named_check_for_each_of_its_rules_on_metadata) {
  for (const auto& rule : metadata_rules()) {
    EXPECT_THAT(refused_by(demo().metadata(rule.metadata), Policy::public_index()), ElementsAre(rule.id))
        << rule.rule;
  }
}

TEST(CheckFile, takes_common_values_of_addresses_and_urls) {
  EXPECT_THAT(refused_by(demo()
                             .metadata_line("Author-email: \"Doe, Jane\" <jane@example.org>, j@example.org")
                             .metadata_line("Home-page: UNKNOWN")
                             .metadata_line("License: UNKNOWN")
                             .metadata_line("Project-URL: Docs, https://example.org/docs")),
              IsEmpty());
}

TEST(CheckFile, refuses_a_summary_of_more_than_512_characters) {
  const auto with_summary = [](const std::string& summary) {
    auto text = minimal_metadata("demo", "1.0");
    text.replace(text.find("A demo"), 6, summary);
    return refused_by(demo().metadata(text));
  };
  EXPECT_THAT(with_summary(std::string(513, 'x')), ElementsAre("metadata.summary"));
  std::string accented;
  for (int i = 0; i < 512; ++i)
    accented += "\u00e9";
  EXPECT_THAT(with_summary(accented), IsEmpty());
  EXPECT_THAT(with_summary(accented + "x"), ElementsAre("metadata.summary"));
}

TEST(CheckFile, refuses_classifiers_that_a_public_index_does_not_know) {
  const auto with = [](const std::string& classifier) {
    return check(demo().metadata_line("Classifier: " + classifier), Policy::public_index());
  };
  EXPECT_TRUE(with("Typing :: Typed").accepted());
  EXPECT_THAT(with("typing :: Typed").refusal(),
              HasSubstr("metadata.classifier: expected classifiers that the public index knows, found "
                        "\"typing :: Typed\""));
  EXPECT_THAT(with("Natural Language :: Ukranian").refusal(),
              HasSubstr("expected \"Natural Language :: Ukrainian\", found "
                        "\"Natural Language :: Ukranian\", which was withdrawn"));
  EXPECT_THAT(refused_by(demo().metadata_line("Classifier: Our :: Own")), IsEmpty());
}

TEST(CheckFile, warns_of_markdown_that_calls_itself_restructuredtext) {
  const auto warnings = [](const std::string& type, const std::string& body) {
    auto text = minimal_metadata("demo", "1.0");
    text.resize(text.find("\n\n") + 1);
    if (!type.empty()) text += "Description-Content-Type: " + type + "\n";
    return warned_by(demo().metadata(text + "\n" + body));
  };
  const std::string markdown = "Demo\n\n## Use\n";
  EXPECT_THAT(warnings("text/x-rst", markdown), ElementsAre("metadata.description"));
  EXPECT_THAT(warnings("", markdown), ElementsAre("metadata.description"));
  EXPECT_THAT(warnings("text/x-rst; charset=UTF-8", "```\ncode\n```\n"), ElementsAre("metadata.description"));
  EXPECT_THAT(warnings("text/markdown", markdown), IsEmpty());
  EXPECT_THAT(warnings("text/plain", markdown), IsEmpty());
  // reStructuredText: adornments, numbered items, and code that is indented.
  EXPECT_THAT(warnings("text/x-rst", "Demo\n####\n\n#. One\n\n::\n\n    # comment\n    ```\n"), IsEmpty());
}

TEST(CheckFile, refuses_local_versions_and_standard_names_for_a_public_index_only) {
  const WheelBuilder local{"demo", "1.0+local"};
  EXPECT_THAT(refused_by(local), IsEmpty());
  EXPECT_THAT(refused_by(local, Policy::public_index()), ElementsAre("metadata.local-version"));
  const WheelBuilder json{"json", "1.0"};
  EXPECT_THAT(refused_by(json), IsEmpty());
  EXPECT_THAT(refused_by(json, Policy::public_index()), ElementsAre("metadata.stdlib-name"));
}

// ---------------------------------------------------------------- wheel

TEST(CheckWheel, refuses_a_missing_or_misnamed_dist_info_folder) {
  EXPECT_THAT(refused_by(demo().filename("other-1.0-py3-none-any.whl")), Contains("wheel.dist-info.name"));
  auto zip = archive::testing::RawZip{}.add("demo/__init__.py", "");
  const auto bytes = zip.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo().filename(), Policy{})),
              ElementsAre("wheel.dist-info.single", "wheel.metadata.present", "wheel.wheel-file.present",
                          "wheel.record.present"));
}

TEST(CheckWheel, refuses_a_second_dist_info_folder_and_second_metadata) {
  EXPECT_THAT(refused_by(demo().add("other-1.0.dist-info/METADATA", "x")),
              ElementsAre("wheel.dist-info.single", "wheel.dist-info.name", "wheel.metadata.single"));
  EXPECT_THAT(refused_by(demo().add("demo/vendor/other-1.0.dist-info/METADATA", "x")), IsEmpty());
  EXPECT_THAT(refused_by(demo().add_info("metadata", "x")),
              ElementsAre("archive.name.case-clash", "wheel.metadata.single"));
}

TEST(CheckWheel, refuses_each_missing_file) {
  EXPECT_THAT(refused_by(demo().remove_info("METADATA")), ElementsAre("wheel.metadata.present"));
  EXPECT_THAT(refused_by(demo().remove_info("WHEEL")), ElementsAre("wheel.wheel-file.present"));
  auto zip = demo().zip();
  zip.members.pop_back();
  const auto bytes = zip.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo().filename(), Policy{})),
              ElementsAre("wheel.record.present"));
}

TEST(CheckWheel, refuses_a_wheel_file_that_is_malformed_or_of_another_version) {
  EXPECT_THAT(refused_by(demo().wheel_file("no colon\n")), ElementsAre("wheel.wheel-file.format"));
  EXPECT_THAT(refused_by(demo().wheel_file("Root-Is-Purelib: true\nTag: py3-none-any\n")),
              ElementsAre("wheel.wheel-file.format"));
  EXPECT_THAT(refused_by(demo().wheel_file("Wheel-Version: 1.0\nWheel-Version: 1.1\nTag: py3-none-any\n")),
              ElementsAre("wheel.wheel-file.format"));
  EXPECT_THAT(refused_by(demo().wheel_file("Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")),
              ElementsAre("wheel.wheel-file.version"));
}

TEST(CheckWheel, takes_keys_twice_that_no_installer_reads) {
  EXPECT_THAT(warned_by(demo().wheel_file("Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\n"
                                          "Tag: py3-none-any\nGenerator: delocate 0.13\nX: 1\nX: 2\n\n")),
              IsEmpty());
}

TEST(CheckWheel, refuses_a_wheel_file_that_readers_split_otherwise) {
  const std::string sound = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
  for (const auto* more :
       {"Generator: x\rTag: py2-none-any\n", "\nTag: py3-none-any\n", "X Y: 1\n", "Root-Is-Purelib:\n",
        "Wheel-Version:\n", ": x\n", "From x: y\n", "Build: 1\nBuild: 1\n"}) {
    EXPECT_THAT(refused_by(demo().wheel_file(sound + more)), ElementsAre("wheel.wheel-file.format")) << more;
  }
  EXPECT_THAT(refused_by(demo().wheel_file(
                  "Wheel-Version: 1.0\r\nRoot-Is-Purelib: true\r\nTag: py3-none-any\r\n\r\n")),
              IsEmpty());
}

TEST(CheckWheel, refuses_tags_and_build_that_disagree_with_the_filename) {
  EXPECT_THAT(refused_by(demo().wheel_file("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n")),
              ElementsAre("wheel.wheel-file.tags"));
  EXPECT_THAT(refused_by(demo().wheel_file(
                  "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\nTag: py2-none-any\n")),
              ElementsAre("wheel.wheel-file.tags"));
  EXPECT_THAT(
      refused_by(demo()
                     .filename("demo-1.0-2-py3-none-any.whl")
                     .wheel_file("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nBuild: 1\nTag: py3-none-any\n")),
      ElementsAre("wheel.wheel-file.build"));
  EXPECT_THAT(refused_by(WheelBuilder{"demo", "1.0", "py2.py3-none-any"}.wheel_file(
                  "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\nTag: py2-none-any\n")),
              IsEmpty());
}

TEST(CheckWheel, warns_of_a_purelib_flag_that_is_absent_or_wrong) {
  EXPECT_THAT(warned_by(demo().wheel_file("Wheel-Version: 1.0\nTag: py3-none-any\n")),
              ElementsAre("wheel.wheel-file.purelib"));
  EXPECT_THAT(warned_by(demo().add("demo/x.so", "text")), ElementsAre("wheel.purelib.native"));
}

TEST(CheckWheel, refuses_other_data_folders_and_schemes) {
  EXPECT_THAT(refused_by(demo().add("demo-1.0.data/scripts/run", "x")), IsEmpty());
  EXPECT_THAT(refused_by(demo().add("demo-1.0.data/etc/run", "x")), ElementsAre("wheel.data-folder"));
  EXPECT_THAT(refused_by(demo().add("other-1.0.data/scripts/run", "x")), ElementsAre("wheel.data-folder"));
}

TEST(CheckWheel, refuses_entry_points_that_no_installer_can_read) {
  EXPECT_THAT(refused_by(demo().add_info("entry_points.txt", "[console_scripts]\nrun = demo:main\n")),
              IsEmpty());
  EXPECT_THAT(refused_by(demo().add_info("entry_points.txt", "[console_scripts]\n../run = demo:main\n")),
              ElementsAre("wheel.entry-points"));
  EXPECT_THAT(refused_by(demo().add_info("entry_points.txt", "\xff")), ElementsAre("wheel.entry-points"));
}

TEST(CheckWheel, refuses_license_files_that_are_not_there) {
  auto built = demo();
  built.metadata_line("License-File: LICENSE");
  EXPECT_THAT(refused_by(built), ElementsAre("wheel.license-files"));
  EXPECT_THAT(refused_by(built.add_info("licenses/LICENSE", "x")), IsEmpty());
}

// ---------------------------------------------------------------- where files are installed

TEST(CheckInstalled, refuses_a_second_file_at_one_place) {
  const std::pair<const char*, const char*> pairs[] = {
      {"demo/x.py", "demo-1.0.data/purelib/demo/x.py"},
      {"demo/x.py", "demo-1.0.data/platlib/Demo/X.py"},
      {"demo-1.0.data/purelib/y.py", "demo-1.0.data/platlib/y.py"},
      {"demo/x.py", "demo-1.0.data/data/lib/python3.12/site-packages/demo/x.py"},
      {"demo/x.py", "demo-1.0.data/data/Lib/site-packages/demo/x.py"},
      {"demo-1.0.data/scripts/run", "demo-1.0.data/data/bin/run"},
      {"demo-1.0.data/scripts/run", "demo-1.0.data/data/Scripts/RUN"},
      {"demo-1.0.data/headers/a.h", "demo-1.0.data/data/include/site/python3.12/demo/a.h"},
      {"demo/caf\u00e9.py", "demo-1.0.data/purelib/demo/cafe\u0301.py"},
      {"demo/x", "demo-1.0.data/purelib/demo/x/y.py"},
      {"Demo/x.py", "demo/y.py"},
      {"demo/Sub/x.py", "demo/sub/y.py"},
      {"demo/sub/x.py", "demo-1.0.data/purelib/Demo/sub/y.py"},
  };
  for (const auto& [first, second] : pairs) {
    EXPECT_THAT(refused_by(demo().add(first, "1").add(second, "2")), ElementsAre("wheel.installed.once"))
        << first << " and " << second;
  }
  auto command = demo();
  command.add_info("entry_points.txt", "[console_scripts]\nrun = demo:main\n")
      .add("demo-1.0.data/scripts/run", "x");
  EXPECT_THAT(refused_by(command), ElementsAre("wheel.installed.once"));
}

TEST(CheckInstalled, takes_files_of_one_name_at_several_places) {
  EXPECT_THAT(refused_by(demo()
                             .add("demo/run", "1")
                             .add("demo-1.0.data/scripts/run", "2")
                             .add("demo-1.0.data/data/run", "3")
                             .add("demo-1.0.data/headers/run", "4")
                             .add("demo-1.0.data/data/lib/run", "5")
                             .add("demo-1.0.data/data/share/doc/run", "6")
                             .add("run/x", "7")),
              IsEmpty());
}

TEST(CheckInstalled, refuses_records_of_other_projects_wherever_they_come_from) {
  for (const std::string path :
       {"demo-1.0.data/purelib/other-1.0.dist-info/METADATA", "demo-1.0.data/platlib/other.egg-info/PKG-INFO",
        "demo-1.0.data/purelib/demo-1.0.dist-info/INSTALLER", "other-1.0.Dist-Info/METADATA",
        "DEMO-1.0.DIST-INFO/x", "other.egg-info", "other-2.0-py3.12.egg-info/PKG-INFO", "demo.egg-link",
        "other-1.0.egg/EGG-INFO/PKG-INFO", "demo-1.0.dist-info/direct_url.json",
        "demo-1.0.dist-info/Direct_URL.json", "demo-1.0.dist-info/INSTALLER", "demo-1.0.dist-info/REQUESTED",
        "demo-1.0.dist-info/uv_cache.json", "demo-9.9.egg-info",
        "demo-1.0.data/data/lib/python3.11/site-packages/other-1.0.dist-info/RECORD",
        "demo-1.0.data/data/Lib/site-packages/other.egg-link",
        "demo-1.0.data/data/other-1.0.dist-info/METADATA"}) {
    EXPECT_THAT(refused_by(demo().add(path, "x")), Contains("wheel.installed.metadata")) << path;
  }
  EXPECT_THAT(
      refused_by(demo().add("demo.egg-info/PKG-INFO", "x").add("demo/vendor/a-1.dist-info/METADATA", "x")),
      IsEmpty());
}

TEST(CheckInstalled, refuses_to_replace_the_interpreter_and_what_it_starts_with) {
  for (const std::string path : {"scripts/python",
                                 "scripts/python3",
                                 "scripts/python3.12",
                                 "scripts/Python.exe",
                                 "scripts/pythonw.exe",
                                 "scripts/python3.13t",
                                 "scripts/pypy3",
                                 "data/bin/python3",
                                 "data/Scripts/python.exe",
                                 "data/python.exe",
                                 "data/pyvenv.cfg",
                                 "data/PyVenv.cfg",
                                 "scripts/pyvenv.cfg",
                                 "data/python312._pth",
                                 "data/bin/activate",
                                 "scripts/activate_this.py",
                                 "data/lib/python3.12/os.py",
                                 "data/lib/python3.12/encodings/utf_8.py",
                                 "data/lib64/python3.12/x.py",
                                 "data/Lib/os.py",
                                 "data/Lib/json/__init__.py",
                                 "data/python312.dll",
                                 "data/local/lib/python3.12/os.py"}) {
    EXPECT_THAT(refused_by(demo().add("demo-1.0.data/" + path, "x")), ElementsAre("wheel.installed.reserved"))
        << path;
  }
  EXPECT_THAT(refused_by(demo().add_info("entry_points.txt", "[gui_scripts]\npython3 = demo:main\n")),
              ElementsAre("wheel.installed.reserved"));
  for (const std::string path :
       {"scripts/python-argcomplete", "scripts/pythonize", "scripts/ipython3", "data/lib/libx.so",
        "data/lib/pkgconfig/x.pc", "data/share/python", "scripts/python-config"})
    EXPECT_THAT(refused_by(demo().add("demo-1.0.data/" + path, "x")), IsEmpty()) << path;
}

TEST(CheckInstalled, refuses_start_up_hooks_of_the_data_scheme) {
  for (const std::string path :
       {"lib/python3.12/site-packages/x.pth", "Lib/site-packages/X.PTH", "lib/python3/dist-packages/x.pth",
        "lib64/python3.12/site-packages/sitecustomize.py",
        "lib/python3.12/site-packages/usercustomize/__init__.py", "lib/pypy3.10/site-packages/x.pth",
        "local/lib/python3.12/dist-packages/x.pth", "x.pth", "sitecustomize.py"}) {
    const auto report = check(demo().add("demo-1.0.data/data/" + path, "import os"));
    EXPECT_THAT(refused(report), ElementsAre("wheel.installed.start-up")) << path;
    EXPECT_EQ(warned(report).size(), 1U) << path;
  }
  EXPECT_THAT(refused_by(demo().add("demo-1.0.data/data/share/x.pth", "x")), IsEmpty());
}

TEST(CheckInstalled, refuses_a_data_folder_in_another_letter_case) {
  EXPECT_THAT(refused_by(demo().add("demo-1.0.DATA/scripts/run", "x")), ElementsAre("wheel.data-folder"));
  EXPECT_THAT(refused_by(demo().add("Demo-1.0.data/scripts/run", "x")), ElementsAre("wheel.data-folder"));
  EXPECT_THAT(refused_by(demo().add("demo-1.0.data/Scripts/run", "x")), ElementsAre("wheel.data-folder"));
}

// ---------------------------------------------------------------- RECORD

TEST(CheckRecord, refuses_a_cr_alone) {
  const auto line = "demo/__init__.py," + record_hash("") + ",0";
  EXPECT_THAT(refused_by(demo().record(line + "\rx,,\n")), ElementsAre("wheel.record.format"));
}

TEST(CheckRecord, refuses_a_file_that_is_not_listed) {
  const auto report = check(demo().add("demo/x.py", "x").omit_from_record("demo/x.py"));
  EXPECT_THAT(refused(report), ElementsAre("wheel.record.unlisted"));
  EXPECT_EQ(result_of(report, "wheel.record.unlisted").found, "\"demo/x.py\" in the wheel only");
}

TEST(CheckRecord, refuses_a_listed_file_that_is_not_there) {
  EXPECT_THAT(refused_by(demo().record_line("demo/y.py", "demo/y.py," + record_hash("") + ",0")),
              ElementsAre("wheel.record.missing"));
}

TEST(CheckRecord, refuses_a_wrong_hash_and_a_wrong_size) {
  auto built = demo().add("demo/x.py", "x");
  EXPECT_THAT(refused_by(built.record_line("demo/x.py", "demo/x.py," + record_hash("y") + ",1")),
              ElementsAre("wheel.record.hash"));
  EXPECT_THAT(refused_by(built.record_line("demo/x.py", "demo/x.py," + record_hash("x") + ",2")),
              ElementsAre("wheel.record.size"));
}

TEST(CheckRecord, takes_every_strong_algorithm_and_refuses_weak_ones) {
  const auto with = [](const std::string& hash) {
    return refused_by(demo().add("demo/x.py", "x").record_line("demo/x.py", "demo/x.py," + hash + ",1"));
  };
  // Digests of "x" by Python's hashlib.
  EXPECT_THAT(
      with("sha512=pKvURIxJVi2CgRXROh_M6pJ_UrTVRZKX-LQ-QtqJI4vBNibkPcs43bCCSIkn7JBPtCBXRDmD6IWFF51QVRr-Yg"),
      IsEmpty());
  EXPECT_THAT(with("sha384=11LCxR-6DimqGQVwqdQlPkQHegWNMpf6OlYw1b0BJiL5fCisrtMTtcg7uZDKp9qF"), IsEmpty());
  EXPECT_THAT(with("sha3_256=dB76MR-XaGlWlGdY4NlfcPEf8tpPL-t8VDFPRBNKxJ8"), IsEmpty());
  EXPECT_THAT(
      with("blake2b=CQk3etNREMr7KQnhhWcrfyco0fUJT4rWjW-sYnS_H0mUhagOo2TATtAG0pRZ6jy3xgAoDi-D4DJSmQb4iuMNCg"),
      IsEmpty());
  EXPECT_THAT(with("blake2s=7DCMB8g1gsZj6SIGbESSO_cbwQT_uCR5-wbcIlA8mww"), IsEmpty());
  EXPECT_THAT(with("md5=nU5Gl_DoU_Mz7WYdGmrI1w"), ElementsAre("wheel.record.algorithm"));
  EXPECT_THAT(with("sha1=EfatjsUqKYSruv18O1FlA3hcIHI"), ElementsAre("wheel.record.algorithm"));
  EXPECT_THAT(with("crc32=x"), ElementsAre("wheel.record.algorithm"));
  EXPECT_THAT(with("sha512=AAAA"), ElementsAre("wheel.record.hash"));
}

TEST(CheckRecord, refuses_files_without_a_hash) {
  EXPECT_THAT(refused_by(demo().record_line("demo/__init__.py", "demo/__init__.py,,")),
              ElementsAre("wheel.record.unhashed"));
}

TEST(CheckRecord, exempts_its_own_signatures) {
  auto built = demo();
  for (const std::string& signature : {std::string{"RECORD.jws"}, std::string{"RECORD.p7s"}})
    built.add_info(signature, "x").omit_from_record(built.info_folder() + "/" + signature);
  EXPECT_THAT(refused_by(built), IsEmpty());
}

TEST(CheckRecord, must_list_itself_without_a_hash) {
  const auto own = demo().info_folder() + "/RECORD";
  EXPECT_THAT(refused_by(demo().omit_from_record(own)), ElementsAre("wheel.record.self"));
  EXPECT_THAT(refused_by(demo().record_line(own, own + "," + record_hash("x") + ",1")),
              ElementsAre("wheel.record.self"));
}

TEST(CheckRecord, refuses_a_path_twice) {
  const auto line = "demo/__init__.py," + record_hash("") + ",0";
  EXPECT_THAT(refused_by(demo().record_line("demo/__init__.py", line + "\n" + line)),
              ElementsAre("wheel.record.duplicate"));
}

TEST(CheckRecord, refuses_lines_that_are_no_records) {
  for (const auto* text : {"only one field\n", "a,b\n", "a,sha256=x,1,more\n", "\"open,sha256=x,1\n",
                           "a,nohash,1\n", ",sha256=x,1\n", "\xff,,\n"}) {
    EXPECT_THAT(refused_by(demo().record(text)), ElementsAre("wheel.record.format")) << text;
  }
}

TEST(CheckRecord, reads_quoted_paths_and_both_line_ends) {
  auto built = demo().add("demo/a,b.py", "x");
  built.record_line("demo/a,b.py", "\"demo/a,b.py\"," + record_hash("x") + ",1\r");
  EXPECT_THAT(refused_by(built), IsEmpty());
}

// ---------------------------------------------------------------- sdist

TEST(CheckSdist, refuses_anything_but_one_folder_named_as_the_file) {
  EXPECT_THAT(refused_by(demo_sdist().add_outside("other/x", "x")),
              ElementsAre("sdist.top-level.single", "sdist.top-level.name"));
  EXPECT_THAT(refused_by(demo_sdist().add_outside("setup.py", "x")),
              ElementsAre("sdist.top-level.single", "sdist.top-level.name"));
  EXPECT_THAT(refused_by(demo_sdist().filename("demo-1.0.0.tar.gz")), ElementsAre("sdist.top-level.name"));
}

TEST(CheckSdist, takes_a_folder_named_in_another_spelling) {
  const auto renamed = [](const std::string& file, const std::string& folder, const std::string& version) {
    return refused_by(
        SdistBuilder{folder, version}.filename(file).metadata(minimal_metadata("my-demo", "1.0rc1")));
  };
  EXPECT_THAT(renamed("my_demo-1.0rc1.tar.gz", "My.Demo", "1.0rc1"), IsEmpty());
  EXPECT_THAT(renamed("my_demo-1.0rc1.tar.gz", "my-demo", "1.0.RC1"), IsEmpty());
  EXPECT_THAT(renamed("my_demo-1.0rc1.tar.gz", "my_demo", "1.0rc2"), ElementsAre("sdist.top-level.name"));
  EXPECT_THAT(renamed("my_demo-1.0rc1.tar.gz", "mydemo", "1.0rc1"), ElementsAre("sdist.top-level.name"));
}

TEST(CheckSdist, warns_of_names_that_only_some_systems_read_otherwise) {
  EXPECT_THAT(warned_by(demo_sdist().add("tests/a:b", "x")), ElementsAre("archive.path.drive"));
  EXPECT_THAT(warned_by(demo_sdist().add("tests/a.", "x")), ElementsAre("archive.path.trailing"));
  EXPECT_THAT(warned_by(demo_sdist().add("tests/aux.py", "x")), ElementsAre("archive.path.device"));
  EXPECT_THAT(warned_by(demo_sdist().add("tests/a.gif", "x").add("tests/A.gif", "y")),
              ElementsAre("archive.name.case-clash"));
  EXPECT_THAT(refused_by(demo().add("tests/a:b", "x")), ElementsAre("archive.path.drive"));
  Policy strict;
  ASSERT_TRUE(strict.set("archive.path.drive", "refuse").ok());
  EXPECT_THAT(refused_by(demo_sdist().add("tests/a:b", "x"), strict), ElementsAre("archive.path.drive"));
}

TEST(CheckSdist, takes_a_file_twice_if_the_bytes_are_the_same) {
  auto tar = demo_sdist().tar();
  tar.add("demo-1.0/PKG-INFO", minimal_metadata("demo", "1.0"));
  const auto bytes = tar.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), Policy{})),
              IsEmpty());
}

TEST(CheckSdist, takes_the_zip_of_an_old_release_where_the_policy_does) {
  archive::testing::RawZip zip;
  zip.add("demo-1.0/PKG-INFO", old_metadata("1.1", "Classifier: x\n")).add("demo-1.0/setup.py", "x");
  const auto bytes = zip.bytes();
  const auto under = [&](const Policy& policy) {
    return check_file(archive::MemorySource{bytes}, "demo-1.0.zip", policy);
  };
  const auto report = under(Policy::mirror());
  EXPECT_THAT(refused(report), IsEmpty());
  ASSERT_TRUE(report.inspection);
  EXPECT_EQ(report.inspection->kind, Kind::sdist);
  EXPECT_THAT(refused(under(Policy{})), ElementsAre("file.name.extension"));
  Policy closed = Policy::mirror();
  ASSERT_TRUE(closed.set("sdist.zip", "false").ok());
  EXPECT_THAT(refused(under(closed)), ElementsAre("file.name.extension"));
}

TEST(CheckSdist, takes_links_within_its_folder_unless_the_policy_refuses_all) {
  auto tar = demo_sdist().tar();
  tar.add("demo-1.0/a", "x").add_link("demo-1.0/link", "a").add_link("demo-1.0/hard", "demo-1.0/a", '1');
  const auto bytes = tar.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), Policy{})),
              IsEmpty());
  Policy strict;
  ASSERT_TRUE(strict.set("archive.links-inside", "false").ok());
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), strict)),
              ElementsAre("archive.member.symlink", "archive.member.hardlink"));
}

TEST(CheckSdist, has_no_metadata_in_a_link) {
  auto tar = demo_sdist().remove("PKG-INFO").tar();
  tar.add("demo-1.0/other", minimal_metadata("demo", "1.0")).add_link("demo-1.0/PKG-INFO", "other");
  const auto bytes = tar.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), Policy{})),
              ElementsAre("sdist.pkg-info.present"));
}

TEST(CheckSdist, refuses_a_missing_or_second_pkg_info) {
  EXPECT_THAT(refused_by(demo_sdist().remove("PKG-INFO")), ElementsAre("sdist.pkg-info.present"));
  const auto second = check(demo_sdist().add("pkg-info", "x"));
  EXPECT_THAT(refused(second), ElementsAre("sdist.pkg-info.single"));
  EXPECT_THAT(warned(second), Contains("archive.name.case-clash"));
  EXPECT_THAT(refused_by(demo_sdist().add("src/demo.egg-info/PKG-INFO", "x")), IsEmpty());
}

TEST(CheckSdist, warns_of_old_metadata_and_a_missing_pyproject) {
  EXPECT_THAT(warned_by(demo_sdist().metadata("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n")),
              ElementsAre("sdist.metadata-version"));
  EXPECT_THAT(warned_by(demo_sdist().remove("pyproject.toml")), ElementsAre("sdist.pyproject"));
}

TEST(CheckSdist, refuses_license_files_that_are_not_there) {
  auto built = demo_sdist();
  built.metadata_line("License-File: LICENSE");
  EXPECT_THAT(refused_by(built), ElementsAre("sdist.license-files"));
  EXPECT_THAT(refused_by(built.add("LICENSE", "x")), IsEmpty());
}

TEST(CheckSdist, refuses_links) {
  auto tar = demo_sdist().tar();
  tar.add_link("demo-1.0/link", "/etc/passwd");
  const auto bytes = tar.bytes();
  EXPECT_THAT(refused(check_file(archive::MemorySource{bytes}, demo_sdist().filename(), Policy{})),
              ElementsAre("archive.member.symlink"));
}

// ---------------------------------------------------------------- content

const std::string elf =
    std::string{
        "\x7f"
        "ELF"} +
    std::string(60, '\0');
const std::string token = std::string{"gh"} + "p_" + "0123456789abcdefghijABCDEFGHIJ012345";

TEST(CheckContent, warns_of_what_runs_at_every_start) {
  EXPECT_THAT(warned_by(demo().add("demo.pth", "import os")), ElementsAre("content.pth"));
  EXPECT_THAT(warned_by(demo().add("demo-1.0.data/purelib/demo.pth", "import os")),
              ElementsAre("content.pth"));
  EXPECT_THAT(warned_by(demo().add("demo/data/x.pth", "weights")), IsEmpty());
  EXPECT_THAT(warned_by(demo().add("sitecustomize.py", "x")), ElementsAre("content.startup-hook"));
}

TEST(CheckContent, warns_of_native_code_in_files_for_every_platform) {
  EXPECT_THAT(warned_by(demo().add("demo/tool", elf)), ElementsAre("content.native-code"));
  EXPECT_THAT(warned_by(demo_sdist().add("tool", elf)), ElementsAre("content.native-code"));
  EXPECT_THAT(warned_by(WheelBuilder{"demo", "1.0", "py3-none-win_amd64"}.add("demo/tool", elf)), IsEmpty());
}

TEST(CheckContent, warns_of_bytecode_and_leftovers) {
  EXPECT_THAT(warned_by(demo().add("demo/__pycache__/x.pyc", "x")), ElementsAre("content.bytecode"));
  EXPECT_THAT(warned_by(demo_sdist().add(".env", "x").add(".git/config", "x")),
              ElementsAre("content.leftover"));
}

TEST(CheckContent, warns_of_secrets_without_showing_them) {
  for (const auto& report : {check(demo().add("demo/config.py", "a\nTOKEN = '" + token + "'\n")),
                             check(demo_sdist().add("config.py", "a\nTOKEN = '" + token + "'\n"))}) {
    EXPECT_THAT(warned(report), ElementsAre("content.secret"));
    const auto& result = result_of(report, "content.secret");
    EXPECT_THAT(result.found, HasSubstr("config.py\", line 2"));
    EXPECT_THAT(result.found, ::testing::Not(HasSubstr(token)));
  }
}

TEST(CheckContent, passes_over_secrets_among_tests) {
  const auto text = "TOKEN = '" + token + "'\n";
  for (const std::string path :
       {"tests/keys.py", "demo/Test/key.pem", "demo/test_auth.py", "demo/auth_test.py", "conftest.py",
        "demo/testing/x", "demo/fixtures/x", "test-data/x"})
    EXPECT_THAT(warned_by(demo().add(path, text)), IsEmpty()) << path;
  for (const std::string path : {"demo/latest/x.py", "demo/attest.py", "demo/contest.py", "contests/x"})
    EXPECT_THAT(warned_by(demo().add(path, text)), ElementsAre("content.secret")) << path;
}

TEST(CheckContent, finds_secrets_across_the_blocks_of_a_tar) {
  // 300 KB: more than one block of the inflater, less than what is scanned.
  auto text = std::string(256U << 10U, ' ');
  text.replace(text.size() - 700, token.size() + 2, "'" + token + "'");
  text += std::string(40'000, ' ');
  EXPECT_THAT(warned(check(demo_sdist().add("config.py", text))), ElementsAre("content.secret"));
}

TEST(CheckContent, can_refuse_code_that_was_made_unreadable) {
  const auto built = demo().add("demo/x.py", "from pyarmor_runtime_000000 import __pyarmor__\n");
  EXPECT_THAT(refused_by(built), IsEmpty());
  EXPECT_THAT(refused_by(built, Policy::public_index()), ElementsAre("content.obfuscated"));
}

// ---------------------------------------------------------------- form

FormClaims right_claims() {
  FormClaims claims;
  claims.name = "demo";
  claims.version = "1.0";
  claims.filetype = "bdist_wheel";
  claims.metadata_version = "2.4";
  claims.pyversion = "py3";
  claims.sha256 = std::string(64, 'a');
  claims.received =
      HashValues{.sha256 = *Sha256::parse(std::string(64, 'A')), .blake2b_256 = "b", .md5 = "c"};
  return claims;
}

TEST(CheckForm, accepts_claims_that_agree) {
  auto claims = right_claims();
  claims.name = "DEMO";
  claims.version = "1.0.0";
  const auto report = check(demo(), {}, claims);
  EXPECT_TRUE(report.accepted());
  EXPECT_THAT(warned(report), IsEmpty());
}

TEST(CheckForm, refuses_claims_that_disagree) {
  const auto with = [](auto change) {
    auto claims = right_claims();
    change(claims);
    return refused(check(demo(), {}, claims));
  };
  EXPECT_THAT(with([](auto& c) { c.name = "other"; }), ElementsAre("form.name"));
  EXPECT_THAT(with([](auto& c) { c.name.reset(); }), ElementsAre("form.name"));
  EXPECT_THAT(with([](auto& c) { c.version = "2"; }), ElementsAre("form.version"));
  EXPECT_THAT(with([](auto& c) { c.filetype = "sdist"; }), ElementsAre("form.filetype"));
  EXPECT_THAT(with([](auto& c) { c.sha256.reset(); }), ElementsAre("form.digest.present"));
  EXPECT_THAT(with([](auto& c) { c.sha256 = "x"; }), ElementsAre("form.digest.sha256"));
  EXPECT_THAT(with([](auto& c) { c.blake2b_256 = "x"; }), ElementsAre("form.digest.blake2b-256"));
  EXPECT_THAT(with([](auto& c) { c.md5 = "x"; }), ElementsAre("form.digest.md5"));
}

TEST(CheckForm, warns_where_known_clients_are_wrong) {
  auto claims = right_claims();
  claims.metadata_version = "2.3";
  claims.pyversion = "cp312";
  const auto report = check(demo(), {}, claims);
  EXPECT_TRUE(report.accepted());
  EXPECT_THAT(warned(report), ElementsAre("form.metadata-version", "form.pyversion"));
}

TEST(CheckForm, is_asked_only_where_there_is_one) {
  const auto report = check(demo());
  EXPECT_TRUE(std::ranges::none_of(report.results, [](const auto& r) { return r.id.starts_with("form."); }));
}

// ---------------------------------------------------------------- container alone

TEST(CheckArchive, applies_the_containers_rules_to_any_zip_or_tar) {
  const auto archive_rules = [](const std::string& bytes) {
    return refused(check_archive(archive::MemorySource{bytes}, "whatever.bin", Policy{}));
  };
  EXPECT_THAT(archive_rules(demo().bytes()), IsEmpty());
  EXPECT_THAT(archive_rules(demo_sdist().bytes()), IsEmpty());
  EXPECT_THAT(archive_rules("text"), ElementsAre("archive.container"));
  EXPECT_THAT(archive_rules(""), ElementsAre("archive.container"));
  EXPECT_THAT(archive_rules("#!/bin/sh\n" + demo().bytes()), ElementsAre("archive.zip.prepended-data"));
  EXPECT_THAT(archive_rules(archive::testing::RawZip{}.add("../x", "").bytes()),
              ElementsAre("archive.path.traversal"));
}

// ---------------------------------------------------------------- the table and its documentation

TEST(AllChecks, have_unique_names_of_one_form) {
  std::set<std::string_view> seen;
  const std::regex form{"[a-z][a-z0-9]*(\\.[a-z0-9]+(-[a-z0-9]+)*)+"};
  for (const auto& check_info : all_checks()) {
    EXPECT_TRUE(seen.insert(check_info.id).second) << check_info.id;
    EXPECT_TRUE(std::regex_match(std::string{check_info.id}, form)) << check_info.id;
    EXPECT_FALSE(check_info.expected.empty()) << check_info.id;
    EXPECT_FALSE(check_info.hint.empty()) << check_info.id;
  }
}

TEST(AllChecks, and_their_documentation_name_the_same_ones) {
  std::ifstream file{PACKHOUSE_SOURCE_DIR "/docs/checks.md"};
  ASSERT_TRUE(file) << "docs/checks.md is missing";
  std::vector<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("### `")) documented.push_back(line.substr(5, line.find('`', 5) - 5));
  }
  std::vector<std::string> existing;
  for (const auto& check_info : all_checks())
    existing.emplace_back(check_info.id);
  EXPECT_EQ(documented, existing);  // in the same order, too
}

}  // namespace
}  // namespace packhouse::dist
