#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dist/check.hpp"

// The files of tests/real, which tools of their time made.
namespace packhouse::dist {
namespace {

const std::filesystem::path folder = PACKHOUSE_SOURCE_DIR "/tests/real";

Report check(const std::string& filename, const Policy& policy) {
  const auto source = archive::FileSource::open(folder / filename);
  return check_file(*source, filename, policy);
}

std::vector<std::string> refused(const Report& report) {
  std::vector<std::string> ids;
  for (const auto& result : report.results) {
    if (result.outcome == Outcome::refused) ids.push_back(result.id);
  }
  return ids;
}

struct Known {
  std::string metadata_version;
  std::string version;
  std::vector<std::string> refused;  ///< for a private index
};

const std::map<std::string, Known> known{
    {"Old.Demo-1.0.RC1.tar.gz", {"1.0", "1.0rc1", {}}},
    {"old-demo-1.1.tar.gz", {"1.1", "1.1", {}}},
    {"old-demo-1.1.zip", {"1.1", "1.1", {"file.name.extension"}}},
    {"Old_Demo-1.2.tar.gz", {"1.2", "1.2", {}}},
    {"Old_Demo-1.2-py2-none-any.whl", {"2.0", "1.2", {"metadata.withdrawn-version"}}},
    {"old-demo-1!2.1+local.7.tar.gz", {"2.1", "1!2.1+local.7", {}}},
    {"old_demo-1!2.1+local.7-py3-none-any.whl", {"2.1", "1!2.1+local.7", {}}},
    {"old-demo-2.1.1.tar.gz", {"2.1", "2.1.1", {}}},
    {"old_demo-2.1.1-py3-none-any.whl", {"2.1", "2.1.1", {}}},
    {"old_demo-3.2.2.tar.gz", {"2.2", "3.2.2", {}}},
    {"old_demo-3.2.2-py2.py3-none-any.whl", {"2.2", "3.2.2", {}}},
    {"old_demo-3.2.3.tar.gz", {"2.3", "3.2.3", {}}},
    {"old_demo-3.2.3-py2.py3-none-any.whl", {"2.3", "3.2.3", {}}},
    {"old_demo-3.2.4.tar.gz", {"2.4", "3.2.4", {}}},
    {"old_demo-3.2.4-py2.py3-none-any.whl", {"2.4", "3.2.4", {}}},
    {"old_demo-3.2.5.tar.gz", {"2.5", "3.2.5", {}}},
    {"old_demo-3.2.5-py2.py3-none-any.whl", {"2.5", "3.2.5", {}}},
};

TEST(RealFiles, are_all_known) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".sh" || extension == ".md") continue;
    EXPECT_TRUE(known.contains(entry.path().filename().string())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, known.size());
}

TEST(RealFiles, of_any_time_are_taken_by_a_mirror) {
  for (const auto& [filename, facts] : known) {
    const auto report = check(filename, Policy::mirror());
    EXPECT_THAT(refused(report), ::testing::IsEmpty()) << filename;
    ASSERT_TRUE(report.inspection) << filename;
    EXPECT_EQ(report.inspection->name.str(), "old-demo");
    EXPECT_EQ(report.inspection->version.str(), facts.version);
    EXPECT_EQ(report.inspection->metadata.metadata_version, facts.metadata_version);
  }
}

TEST(RealFiles, are_taken_by_a_private_index_but_for_forms_that_ended) {
  for (const auto& [filename, facts] : known)
    EXPECT_EQ(refused(check(filename, Policy{})), facts.refused) << filename;
}

}  // namespace
}  // namespace packhouse::dist
