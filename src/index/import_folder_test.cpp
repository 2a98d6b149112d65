#include "index/import_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "sys/temporary_folder.hpp"

namespace packhouse::index {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ImportFolder : public ::testing::Test {
 protected:
  void write(const fs::path& path, std::string_view text = "bytes",
             std::string_view time = "2020-01-01T00:00:00Z") {
    const auto file = top_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    const auto written = std::chrono::file_clock::from_sys(parse_iso8601(time).value());
    fs::last_write_time(file, std::chrono::time_point_cast<fs::file_time_type::duration>(written));
  }

  FoundFiles found(const fs::path& below = {}) {
    auto found = find_distributions(*disk_, top_ / below);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.value();
  }

  /// "2020-01-01T00:00:00.000000Z demo-1.0.tar.gz", and whether it is yanked.
  std::vector<std::string> lines(const fs::path& below = {}) {
    std::vector<std::string> lines;
    for (const auto& file : found(below).files) {
      const auto yanked = file.yanked ? " yanked: " + *file.yanked : "";
      lines.push_back(to_iso8601(file.uploaded) + " " + file.filename + yanked);
    }
    return lines;
  }

  TemporaryFolder folder_ = TemporaryFolder::make().value();
  const fs::path top_ = folder_.path();
  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
};

TEST_F(ImportFolder, a_flat_folder_gives_the_time_of_each_file) {
  write("demo-1.0-py3-none-any.whl", "wheel", "2021-03-04T05:06:07Z");
  write("demo-1.0.tar.gz", "sdist", "2021-03-04T05:06:06Z");
  write("team/Old.Demo-0.1.zip", "sdist", "2012-01-01T00:00:00Z");
  EXPECT_THAT(lines(), ElementsAre("2012-01-01T00:00:00.000000Z Old.Demo-0.1.zip",
                                   "2021-03-04T05:06:06.000000Z demo-1.0.tar.gz",
                                   "2021-03-04T05:06:07.000000Z demo-1.0-py3-none-any.whl"));
}

TEST_F(ImportFolder, what_is_no_distribution_is_passed_over) {
  write("demo.whl");
  write("photos.zip");
  write("README.md");
  write(".cache/demo-1.0.tar.gz");
  write(".demo-1.0.tar.gz");
  const auto all = found();
  EXPECT_THAT(all.files, IsEmpty());
  EXPECT_THAT(all.passed_over, ElementsAre(top_ / "demo.whl", top_ / "photos.zip"));
}

TEST_F(ImportFolder, a_page_in_json_gives_the_upload_time_and_what_is_yanked) {
  write("web/packages/ab/cd/demo-1.0.tar.gz");
  write("web/packages/ab/ef/demo-2.0.tar.gz");
  write("web/packages/ab/00/demo-3.0.tar.gz");
  write("web/simple/demo/index.v1_json", R"({"files":[
      {"filename":"demo-1.0.tar.gz","upload-time":"2015-06-07T08:09:10.5Z","yanked":false},
      {"filename":"demo-2.0.tar.gz","upload-time":"2016-06-07T08:09:10Z","yanked":"it lost data"},
      {"filename":"demo-3.0.tar.gz","upload-time":null,"yanked":true}, 7, {"filename":8}]})");
  EXPECT_THAT(lines(), ElementsAre("2015-06-07T08:09:10.500000Z demo-1.0.tar.gz",
                                   "2016-06-07T08:09:10.000000Z demo-2.0.tar.gz yanked: it lost data",
                                   "2020-01-01T00:00:00.000000Z demo-3.0.tar.gz yanked: "));
}

TEST_F(ImportFolder, the_export_of_devpi_gives_the_upload_time_for_one_index_and_for_all) {
  write("root/dev/hello.pkg/hello.pkg-1.0.tar.gz");
  write("root/prod/other/other-1.0.tar.gz");
  write("dataindex.json",
        R"({"secret":"s","users":{},"indexes":{"root/pypi":{"indexconfig":{}},"root/dev":{"files":[
      {"projectname":"hello.pkg","version":"1.0","type":"releasefile",
       "relpath":"root/dev/hello.pkg/hello.pkg-1.0.tar.gz",
       "entrymapping":{"last_modified":"Fri, 12 Sep 2014 13:18:55 GMT","md5":"9a03"}}]}}})");
  EXPECT_THAT(lines(), ElementsAre("2014-09-12T13:18:55.000000Z hello.pkg-1.0.tar.gz",
                                   "2020-01-01T00:00:00.000000Z other-1.0.tar.gz"));
  EXPECT_THAT(lines("root/dev"), ElementsAre("2014-09-12T13:18:55.000000Z hello.pkg-1.0.tar.gz"));
}

TEST_F(ImportFolder, a_page_that_is_none_says_nothing) {
  write("demo-1.0.tar.gz");
  for (const auto* text : {"", "{", "[]", R"({"files":{}})",
                           R"({"files":[{"filename":"demo-1.0.tar.gz","upload-time":"soon"}]})"}) {
    write("index.v1_json", text);
    EXPECT_THAT(lines(), ElementsAre("2020-01-01T00:00:00.000000Z demo-1.0.tar.gz")) << text;
  }
}

TEST_F(ImportFolder, a_link_to_a_folder_is_not_followed) {
  write("real/demo-1.0.tar.gz");
  fs::create_directory_symlink(top_, top_ / "real" / "loop");
  EXPECT_EQ(found().files.size(), 1U);
}

TEST_F(ImportFolder, a_folder_that_is_missing_is_named) {
  const auto missing = find_distributions(*disk_, top_ / "nothing");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_TRUE(missing.error().message.ends_with("nothing\"")) << missing.error().message;
}

}  // namespace
}  // namespace packhouse::index
