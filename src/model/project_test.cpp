#include "model/project.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace packhouse {
namespace {

File file_of(const std::string& version, const std::string& filename) {
  return {.release = *ReleaseName::parse("demo", version),
          .filename = filename,
          .sha256 = Sha256::of(filename),
          .blake2b_256 = {},
          .requires_python = {},
          .metadata_sha256 = {},
          .uploaded = {},
          .yanked = {}};
}

ProjectDetail project_of(const std::vector<std::string>& versions, std::vector<File> files) {
  ProjectDetail project{.name = "demo", .files = std::move(files), .releases = {}};
  for (const auto& version : versions)
    project.releases.push_back({.version = *Version::parse(version)});
  return project;
}

/// "1.0: a b; 2.0:"
std::string shown(const std::vector<ReleaseFiles>& releases) {
  std::string text;
  for (const auto& [release, files] : releases) {
    text += (text.empty() ? "" : "; ") + release->version.str() + ":";
    for (const File& file : files)
      text += " " + file.filename;
  }
  return text;
}

TEST(ByRelease, gives_each_release_its_files) {
  const auto project =
      project_of({"1.0", "3.0", "2.0"}, {file_of("1.0", "a"), file_of("1.0", "b"), file_of("2.0", "c")});
  EXPECT_EQ(shown(by_release(project)), "1.0: a b; 3.0:; 2.0: c");
}

TEST(ByRelease, gives_nothing_for_a_project_without_a_release) {
  EXPECT_TRUE(by_release(project_of({}, {})).empty());
}

TEST(ByRelease, takes_another_spelling_of_the_version) {
  EXPECT_EQ(shown(by_release(project_of({"1.0"}, {file_of("1.0.0", "a")}))), "1.0: a");
}

TEST(ByRelease, refuses_files_in_another_order) {
  const auto project = project_of({"1.0", "2.0"}, {file_of("2.0", "a"), file_of("1.0", "b")});
  EXPECT_THROW(by_release(project), std::logic_error);
  EXPECT_THROW(by_release(project_of({"1.0"}, {file_of("2.0", "a")})), std::logic_error);
}

}  // namespace
}  // namespace packhouse
