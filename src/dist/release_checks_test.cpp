#include "dist/release_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dist/check.hpp"
#include "dist/testing/builders.hpp"

namespace packhouse::dist {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SdistBuilder;
using testing::WheelBuilder;

template <typename Builder>
Inspection inspect(const Builder& built) {
  const auto bytes = built.bytes();
  auto report = check_file(archive::MemorySource{bytes}, built.filename(), Policy{});
  EXPECT_TRUE(report.accepted()) << report.refusal();
  return *report.inspection;
}

std::vector<std::string> refused_by(const std::vector<Inspection>& files) {
  std::vector<const Inspection*> pointers;
  for (const auto& file : files)
    pointers.push_back(&file);
  std::vector<std::string> found;
  for (const auto& result : check_release(pointers, Policy{})) {
    if (result.outcome == Outcome::refused) found.push_back(result.id);
  }
  return found;
}

std::string metadata(const std::string& version, const std::string& lines) {
  return "Metadata-Version: " + version + "\nName: demo\nVersion: 1.0\n" + lines + "\n";
}

// The sdist with the first lines, the wheel with the second.
std::vector<std::string> pair(const std::string& version, const std::string& sdist,
                              const std::string& wheel) {
  return refused_by({inspect(SdistBuilder{"demo", "1.0"}.metadata(metadata(version, sdist))),
                     inspect(WheelBuilder{"demo", "1.0"}.metadata(metadata(version, wheel)))});
}

TEST(Release, accepts_files_that_agree) {
  EXPECT_THAT(refused_by({inspect(SdistBuilder{"demo", "1.0"}), inspect(WheelBuilder{"demo", "1.0"}),
                          inspect(WheelBuilder{"demo", "1.0", "cp312-cp312-win_amd64"})}),
              IsEmpty());
  EXPECT_THAT(refused_by({}), IsEmpty());
}

TEST(Release, refuses_other_projects_and_versions) {
  EXPECT_THAT(refused_by({inspect(WheelBuilder{"demo", "1.0"}), inspect(WheelBuilder{"demo", "1.1"})}),
              ElementsAre("release.one-version"));
  EXPECT_THAT(refused_by({inspect(WheelBuilder{"demo", "1.0"}), inspect(SdistBuilder{"other", "1.0"})}),
              ElementsAre("release.one-version"));
}

TEST(Release, refuses_a_second_sdist) {
  EXPECT_THAT(refused_by({inspect(SdistBuilder{"demo", "1.0"}), inspect(SdistBuilder{"demo", "1.0"})}),
              ElementsAre("release.single-sdist"));
}

TEST(Release, refuses_a_wheel_that_changes_a_static_field) {
  EXPECT_THAT(pair("2.4", "Requires-Python: >=3.9\n", "Requires-Python: >=3.10\n"),
              ElementsAre("release.static-fields"));
  EXPECT_THAT(pair("2.4", "", "Requires-Dist: evil\n"), ElementsAre("release.static-fields"));
  EXPECT_THAT(pair("2.4", "Requires-Dist: a\n", ""), ElementsAre("release.static-fields"));
  EXPECT_THAT(pair("2.4", "Summary: one\n", "Summary: two\n"), ElementsAre("release.static-fields"));
}

TEST(Release, ignores_spelling_and_order) {
  EXPECT_THAT(pair("2.4", "Requires-Dist: a>=1,<2\nRequires-Dist: b\nRequires-Python: >=3.9,<4\n",
                   "Requires-Dist: b\nRequires-Dist: a <2, >=1\nRequires-Python: <4,>=3.9\n"),
              IsEmpty());
}

TEST(Release, line_ends_of_a_description_are_no_difference) {
  EXPECT_THAT(pair("2.4", "\n# Demo\n\nwords\n", "\n# Demo\r\n\r\nwords\r\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "\n# Demo\n\nwords\n", "\n# Demo\nwords\n"), ElementsAre("release.static-fields"));
}

TEST(Release, line_ends_of_any_text_are_no_difference) {
  EXPECT_THAT(pair("2.4", "License: a\n        b\n", "License: a\r\n        b\r\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Summary: a\n", "Summary: a\r\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "\na\n\nb\n", "\na\r\r\n\r\r\nb\r\r\n"), IsEmpty());
}

TEST(Release, spellings_and_repeats_are_no_difference) {
  EXPECT_THAT(pair("2.4", "Requires-Dist: Foo.Bar[B_c]>1\n", "Requires-Dist: foo-bar[b-c] >1\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Requires-Dist: a\nRequires-Dist: a\n", "Requires-Dist: A\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Classifier: x\nClassifier: x\n", "Classifier: x\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Project-URL: A,https://a.org\n", "Project-URL: A, https://a.org\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Platform: UNKNOWN\nHome-page: UNKNOWN\n", ""), IsEmpty());
  EXPECT_THAT(pair("2.4", "Description-Content-Type: text/markdown; charset=UTF-8\n",
                   "Description-Content-Type: text/markdown;charset=utf-8\n"),
              IsEmpty());
  EXPECT_THAT(pair("2.4", "Requires-Dist: a\nRequires-Dist: a<2\n", "Requires-Dist: a\n"),
              ElementsAre("release.static-fields"));
}

TEST(Release, lets_a_wheel_fill_in_dynamic_fields) {
  EXPECT_THAT(pair("2.4", "Dynamic: Requires-Dist\n", "Requires-Dist: a\n"), IsEmpty());
  EXPECT_THAT(pair("2.4", "Dynamic: Requires-Dist\nRequires-Dist: a\n", "Requires-Dist: b\n"), IsEmpty());
}

TEST(Release, lets_a_wheel_only_extend_dynamic_fields_since_metadata_2_6) {
  const std::string sdist = "Dynamic: Requires-Dist\nRequires-Dist: a\nRequires-Dist: b\n";
  EXPECT_THAT(pair("2.6", sdist, "Requires-Dist: a\nRequires-Dist: b\nRequires-Dist: c\n"), IsEmpty());
  EXPECT_THAT(pair("2.6", sdist, "Requires-Dist: a\n"), ElementsAre("release.extended-fields"));
  EXPECT_THAT(pair("2.6", sdist, "Requires-Dist: b\nRequires-Dist: a\n"),
              ElementsAre("release.extended-fields"));
  EXPECT_THAT(pair("2.6", sdist, "Requires-Dist: a>1\nRequires-Dist: b\n"),
              ElementsAre("release.extended-fields"));
}

TEST(Release, asks_nothing_of_sdists_that_promise_nothing) {
  EXPECT_THAT(pair("2.1", "", "Requires-Dist: a\n"), IsEmpty());
}

}  // namespace
}  // namespace packhouse::dist
