#include "pep/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace packhouse {
namespace {

using testing::ElementsAre;

std::string with(std::string_view fields, std::string_view version = "2.6") {
  return "Metadata-Version: " + std::string(version) + "\nName: foo\nVersion: 1.0\n" + std::string(fields);
}

// "field: message" of each problem; none if the file is right.
std::vector<std::string> problems(std::string_view bytes) {
  const auto result = CoreMetadata::parse(bytes);
  std::vector<std::string> out;
  if (result.has_value()) return out;
  for (const auto& problem : result.error())
    out.push_back(problem.field + ": " + problem.message);
  return out;
}

std::vector<MetadataFault> faults(std::string_view bytes) {
  std::vector<MetadataFault> out;
  for (const auto& problem : CoreMetadata::read(bytes).problems)
    out.push_back(problem.fault);
  return out;
}

TEST(MetadataReading, keeps_what_installers_take_and_says_what_is_wrong) {
  EXPECT_THAT(faults(with("License-File: ../x\n", "2.1")), ElementsAre(MetadataFault::newer_field));
  EXPECT_THAT(faults(with("License-File: ../x\n", "2.4")), ElementsAre(MetadataFault::value));
  EXPECT_THAT(faults(with("", "2.0")), ElementsAre(MetadataFault::withdrawn_version));
  EXPECT_THAT(faults(with("New-Field: x\n", "2.7")),
              ElementsAre(MetadataFault::newer_version, MetadataFault::newer_field));
  EXPECT_THAT(faults(with("", "3.0")), ElementsAre(MetadataFault::structure));
  EXPECT_THAT(faults(with("", "2.")), ElementsAre(MetadataFault::structure));
  EXPECT_THAT(faults(with("Description-Content-Type: UNKNOWN\n")), ElementsAre(MetadataFault::placeholder));

  const auto reading = CoreMetadata::read(with("Requires-Python: >=3.*\nRequires-Dist: a b\nNonsense: x\n"));
  ASSERT_TRUE(reading.metadata);
  EXPECT_EQ(reading.problems.size(), 3U);
  EXPECT_EQ(reading.metadata->requires_python, ">=3.*");
  EXPECT_FALSE(reading.metadata->requires_python_specifier);
  EXPECT_FALSE(CoreMetadata::read(with("Summary: a\nSummary: b\n")).metadata);
}

TEST(MetadataReading, knows_which_version_comes_first) {
  const auto stated = [](std::string_view version) {
    return *CoreMetadata::read(with("", version)).metadata;
  };
  EXPECT_FALSE(stated("2.0").is_at_least("2.1"));
  EXPECT_TRUE(stated("2.0").is_at_least("1.2"));
  EXPECT_TRUE(stated("2.4").is_at_least("2.4"));
  EXPECT_FALSE(stated("2.3").is_at_least("2.4"));
  EXPECT_TRUE(stated("2.10").is_at_least("2.6"));
}

TEST(CoreMetadata, holds_every_field) {
  const auto result = CoreMetadata::parse(with(
      "Dynamic: Classifier\nPlatform: any\nSupported-Platform: x\nSummary: s\nKeywords: a, b\nHome-page: h\n"
      "Download-URL: d\nAuthor: A\nAuthor-email: a@e\nMaintainer: M\nMaintainer-email: m@e\nLicense: L\n"
      "License-Expression: mit\nLicense-File: LICENSE\nLicense-File: a/b\nClassifier: C\nRequires-Dist: "
      "x>=1\n"
      "Requires-Dist: y ; extra == 'z'\nRequires-Python: >=3.8\nRequires-External: e\nProject-URL: Docs, u, "
      "v\n"
      "Provides-Extra: z\nProvides-Dist: p\nObsoletes-Dist: o\nImport-Name: foo ; private\n"
      "Import-Namespace: ns\nRequires: r\nProvides: q\nObsoletes: w\nDescription-Content-Type: text/plain\n"
      "\nThe body.\n"));
  ASSERT_TRUE(result.has_value());
  const CoreMetadata& m = *result;
  EXPECT_EQ(m.metadata_version, "2.6");
  EXPECT_EQ(m.name->str(), "foo");
  EXPECT_EQ(m.version->str(), "1.0");
  EXPECT_THAT(m.dynamic_fields, ElementsAre("classifier"));
  EXPECT_EQ(m.keywords, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(m.canonical_license_expression, "MIT");
  EXPECT_EQ(m.requirements.size(), 2U);
  EXPECT_EQ(m.requires_python_specifier->str(), ">=3.8");
  EXPECT_THAT(m.project_urls, ElementsAre(std::pair<std::string, std::string>("Docs", "u, v")));
  EXPECT_EQ(m.description, "The body.\n");
  EXPECT_EQ(
      boost::json::serialize(m.to_json()),
      R"({"metadata_version":"2.6","name":"foo","version":"1.0","dynamic":["Classifier"],"platform":["any"],)"
      R"("supported_platform":["x"],"summary":"s","description":"The body.\n",)"
      R"("description_content_type":"text/plain","keywords":["a","b"],"home_page":"h","download_url":"d",)"
      R"("author":"A","author_email":"a@e","maintainer":"M","maintainer_email":"m@e","license":"L",)"
      R"("license_expression":"mit","license_file":["LICENSE","a/b"],"classifier":["C"],)"
      R"("requires_dist":["x>=1","y ; extra == 'z'"],"requires_python":">=3.8","requires_external":["e"],)"
      R"("project_url":["Docs, u, v"],"provides_extra":["z"],"provides_dist":["p"],"obsoletes_dist":["o"],)"
      R"("import_name":["foo ; private"],"import_namespace":["ns"],"requires":["r"],"provides":["q"],)"
      R"("obsoletes":["w"]})");
}

TEST(CoreMetadata, leaves_out_what_is_absent) {
  const auto result = CoreMetadata::parse(with("Summary:\nImport-Name:\n"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(boost::json::serialize(result->to_json()),
            R"({"metadata_version":"2.6","name":"foo","version":"1.0","summary":"","import_name":[]})");
  EXPECT_EQ(result->description, std::nullopt);
}

TEST(CoreMetadata, knows_its_versions) {
  // rule 11
  for (const char* version : {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"}) {
    EXPECT_THAT(problems(with("", version)), ElementsAre()) << version;
  }
  for (const std::string version : {"2.0", "2.7", "3.0", "1", ""}) {
    EXPECT_THAT(
        problems(with("", version)),
        ElementsAre(
            "metadata-version: expected one of 1.0, 1.1, 1.2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, found \"" +
            version + "\""));
  }
}

TEST(CoreMetadata, wants_its_three_fields) {
  // rule 12
  EXPECT_THAT(problems(""),
              ElementsAre("metadata-version: expected the field, found none",
                          "name: expected the field, found none", "version: expected the field, found none"));
  EXPECT_THAT(problems("Metadata-Version: 2.1\nName:\nVersion: dog\n"),
              ElementsAre("name: expected a name, found nothing at byte 0 of \"\"",
                          "version: expected a digit at byte 0 of \"dog\""));
}

TEST(CoreMetadata, knows_when_a_field_was_introduced) {
  // rule 14
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"Classifier: x", "1.0", "1.1"},
      {"Requires-Dist: x", "1.1", "1.2"},
      {"Provides-Extra: x", "1.2", "2.1"},
      {"Dynamic: Summary", "2.1", "2.2"},
      {"License-File: x", "2.3", "2.4"},
      {"Import-Name: x", "2.4", "2.5"},
      {"Description-Content-Type: text/plain", "1.2", "2.1"},
      {"License-Expression: MIT", "2.1", "2.4"},
  };
  for (const auto& [line, version, added] : rows) {
    const std::string field = ascii_lower(std::string_view(line).substr(0, std::string_view(line).find(':')));
    EXPECT_THAT(problems(with(line, version)), ElementsAre(field + ": expected metadata version " + added +
                                                           " or later for " + field + ", found " + version));
    EXPECT_THAT(problems(with(line, added)), ElementsAre());
  }
}

TEST(CoreMetadata, checks_each_field_by_its_rule) {
  const std::tuple<const char*, const char*, std::string> rows[] = {
      {"rule 15", "Summary: a\nsummary: b", "summary: expected the field once, found it 2 times"},
      {"rule 15", "Project-URL: a, x\nProject-URL: a ,y",
       "project-url: expected each label once, found \"a\" twice"},
      {"rule 15", "Description: a\n\nb",
       "description: expected the field once, found it 2 times (the body counts)"},
      {"rule 16", "Summary: a\n b", "summary: expected a single line, found several"},
      {"rule 16", "Summary: a\u2028b", "summary: expected a single line, found several"},
      {"rule 17", "Description-Content-Type: text/html",
       "description-content-type: expected text/plain, text/x-rst or text/markdown, found \"text/html\""},
      {"rule 18", "Requires-Python: x",
       "requires-python: expected one of ==, !=, <=, >=, <, >, ~= and === at byte 0 of \"x\""},
      {"rule 19", "Requires-Dist: bad name",
       "requires-dist: expected a version specifier, '[', '@', ';' or the end at byte 4 of \"bad name\""},
      {"rule 21", "Provides-Extra: -x",
       "provides-extra: expected a name to start with a letter or digit at byte 0 of \"-x\""},
      {"rule 22", "License-Expression: Nonsense",
       "license-expression: expected an SPDX licence identifier, found \"Nonsense\" at byte 0 of "
       "\"Nonsense\""},
      {"rule 24", "License-File: ../x",
       "license-file: expected no parent folder ('..') in it, found \"../x\""},
      {"rule 24", "License-File: a*", "license-file: expected no pattern ('*') in it, found \"a*\""},
      {"rule 24", "License-File: /x", "license-file: expected a relative path, found \"/x\""},
      {"rule 24", "License-File: C:/x", "license-file: expected a relative path, found \"C:/x\""},
      {"rule 24", "License-File: C:LICENSE", "license-file: expected a relative path, found \"C:LICENSE\""},
      {"rule 24", "License-File: a\\b", "license-file: expected '/' between its parts, found \"a\\\\b\""},
      {"rule 24", "License-File: a//b",
       "license-file: expected a path without empty parts and '.', found \"a//b\""},
      {"rule 25", "Dynamic: Nonsense",
       "dynamic: expected the name of a core metadata field, found \"Nonsense\""},
      {"rule 25", "Dynamic: Version", "dynamic: expected no field that must be static, found \"Version\""},
      {"rule 26", "Import-Name: 1a", "import-name: expected identifiers and dots, found \"1a\""},
      {"rule 26", "Import-Name: a.class",
       "import-name: expected no keyword in an import name, found \"a.class\""},
      {"rule 26", "Import-Namespace: a;x",
       "import-namespace: expected only \"private\" after ';', found \"a;x\""},
      {"unknown field", "Foo: x", "foo: expected a field of the core metadata specification, found \"foo\""},
      {"not UTF-8", "Author: \xe9", "author: expected UTF-8, found other bytes"},
      {"not UTF-8", "\n\xff", "description: expected UTF-8, found other bytes"},
  };
  for (const auto& [rule, fields, problem] : rows) {
    EXPECT_THAT(problems(with(fields)), ElementsAre(problem)) << rule;
  }
}

TEST(CoreMetadata, tells_all_problems_and_not_only_the_first) {
  EXPECT_THAT(
      problems(with("Requires-Dist: a b\nRequires-Dist: ok\nRequires-Dist: c d\nSummary: x\n y\nFoo: x\n")),
      ElementsAre(
          "requires-dist: expected a version specifier, '[', '@', ';' or the end at byte 2 of \"a b\"",
          "requires-dist: expected a version specifier, '[', '@', ';' or the end at byte 2 of \"c d\"",
          "summary: expected a single line, found several",
          "foo: expected a field of the core metadata specification, found \"foo\""));
}

TEST(CoreMetadata, refuses_more_fields_than_any_project_has) {
  std::string bytes = with("");
  for (std::size_t i = 0; i < CoreMetadata::max_fields; ++i)
    bytes += "Classifier: x\n";

  EXPECT_THAT(problems(bytes), ElementsAre(": expected at most 100000 header fields, found more"));
}

TEST(CoreMetadata, tells_no_more_problems_than_anyone_reads) {
  std::string bytes = with("");
  for (int i = 0; i < 5000; ++i)
    bytes += "Requires-Dist: a b\n";

  EXPECT_EQ(problems(bytes).size(), 1000U);
}

}  // namespace
}  // namespace packhouse
