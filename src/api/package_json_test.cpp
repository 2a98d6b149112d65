#include "api/package_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace packhouse::api {
namespace {

File file_of(const std::string& version, const std::optional<std::string>& yanked = std::nullopt) {
  const auto filename = fmt::format("demo-{}-py3-none-any.whl", version);
  return {.release = *ReleaseName::parse("demo", version),
          .filename = filename,
          .sha256 = Sha256::of(filename),
          .blake2b_256 = std::string(64, 'b'),
          .requires_python = {},
          .metadata_sha256 = {},
          .uploaded = {},
          .yanked = yanked};
}

class PackageJson : public ::testing::Test {
 protected:
  void add(const std::string& version, std::vector<File> files) {
    project_.releases.push_back({.version = *Version::parse(version)});
    project_.files.insert(project_.files.end(), files.begin(), files.end());
  }
  std::string latest() const {
    const auto releases = by_release(project_);
    const auto* const found = latest_release(releases);
    return found == nullptr ? "none" : found->release->version.str();
  }

  ProjectDetail project_{.name = "demo", .serial = 7, .files = {}, .releases = {}};
};

TEST_F(PackageJson, the_latest_release_has_files_and_is_neither_yanked_nor_a_pre_release) {
  EXPECT_EQ(latest(), "none");
  add("9.0", {});
  EXPECT_EQ(latest(), "9.0");
  add("3.0", {file_of("3.0", "broken")});
  EXPECT_EQ(latest(), "3.0") << "yanked, but with a file";
  add("2.0rc1", {file_of("2.0rc1")});
  EXPECT_EQ(latest(), "2.0rc1");
  add("1.10", {file_of("1.10")});
  add("1.9", {file_of("1.9")});
  EXPECT_EQ(latest(), "1.10");
}

TEST_F(PackageJson, a_version_is_yanked_once_all_of_its_files_are) {
  add("1.0", {file_of("1.0", "broken"), file_of("1.0")});
  EXPECT_EQ(version_json(project_, by_release(project_).front(), {}, {}).at("info").at("yanked"),
            json::Value(false));
  project_.files.back().yanked = "late";
  const auto info = version_json(project_, by_release(project_).front(), {}, {}).at("info");
  EXPECT_EQ(info.at("yanked"), json::Value(true));
  EXPECT_EQ(info.at("yanked_reason"), json::Value("broken"));
}

TEST_F(PackageJson, a_long_document_is_written_in_pieces) {
  for (int i = 0; i < 1000; ++i)
    add(fmt::format("1.{}", i), {file_of(fmt::format("1.{}", i))});
  add("2.0", {});
  std::string text;
  std::size_t longest = 0;
  const auto written = write_project_json(project_, by_release(project_), {},
                                          {.pages = "http://localhost", .files = "http://localhost/packages"},
                                          [&](std::string_view piece) {
                                            longest = std::max(longest, piece.size());
                                            text += piece;
                                            return success();
                                          });
  ASSERT_TRUE(written.ok());
  EXPECT_LT(longest, 70'000U);
  const auto document = json::parse(text);
  ASSERT_TRUE(document.ok());
  const auto& releases = document->at("releases").as_object();
  EXPECT_EQ(releases.size(), 1001U);
  EXPECT_EQ(releases.at("1.7").at(0).at("filename"), json::Value("demo-1.7-py3-none-any.whl"));
  EXPECT_TRUE(releases.at("2.0").as_array().empty());
  EXPECT_EQ(document->at("info").at("version"), json::Value("1.999"));
  EXPECT_EQ(document->at("last_serial"), json::Value(7));
}

TEST_F(PackageJson, gives_the_error_of_the_sink) {
  add("1.0", {file_of("1.0")});
  const auto written =
      write_project_json(project_, by_release(project_), {}, {},
                         [](std::string_view) -> Status { return Error{Errc::unavailable, "full"}; });
  EXPECT_EQ(written.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace packhouse::api
