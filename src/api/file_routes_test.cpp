#include <filesystem>
#include <stdexcept>

#include "api/testing/routes_fixture.hpp"
#include "blob/fs/fs_blob_store.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;

using FileRoutesTest = RoutesTest;

TEST_F(FileRoutesTest, a_file_and_its_metadata_are_immutable_to_caches) {
  for (int round = 0; round < 2; ++round) {  // from the database, then from memory
    const auto response = get(file_url(wheel_));
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("Cache-Control"), "private, max-age=31536000, immutable");
    EXPECT_EQ(response.headers.get("Content-Security-Policy"),
              "default-src 'none'; sandbox; frame-ancestors 'none'");
    EXPECT_EQ(std::get<http::FileBody>(response.body).etag, "\"" + Sha256::of(wheel_content_).hex() + "\"");
    EXPECT_EQ(read_file(response), wheel_content_);
    EXPECT_TRUE(read_file(get(file_url(wheel_) + ".metadata")).starts_with("Metadata-Version: 2.4\n"));
  }
}

TEST_F(FileRoutesTest, bytes_are_served_only_under_a_filename_that_a_row_has) {
  const auto digest = Sha256::of(wheel_content_).hex();
  const auto url = [&](std::string_view a, std::string_view b, std::string_view name) {
    return status_of(get(fmt::format("/files/{}/{}/{}", a, b, name)));
  };
  const auto a = digest.substr(0, 2);
  const auto b = digest.substr(2);
  EXPECT_EQ(url(a, b, wheel_filename("demo", "2.0")), 404);
  EXPECT_EQ(url(digest.substr(0, 3), digest.substr(3), wheel_), 404);
  EXPECT_EQ(url("00", b, wheel_), 404);
  EXPECT_EQ(status_of(get(file_url(sdist_filename("demo", "1.0")) + ".metadata")), 404)
      << "only wheels have it";
  const auto metadata = site_.store->files().find("main", wheel_)->metadata_sha256->hex();
  EXPECT_EQ(url(metadata.substr(0, 2), metadata.substr(2), wheel_), 404) << "a blob, but not this file's";
}

TEST_F(FileRoutesTest, a_server_without_descriptors_answers_503_and_does_not_say_where_its_files_are) {
  const auto url = file_url(wheel_);
  (void)read_file(get(url));
  http::Response response;
  {
    const NoDescriptors none;
    response = get(url);
  }
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(text_of(response).find("Too many open files"), std::string::npos) << text_of(response);
  EXPECT_EQ(text_of(response).find(site_.folder.path().native()), std::string::npos) << text_of(response);
  EXPECT_EQ(read_file(get(url)), wheel_content_);
}

TEST_F(FileRoutesTest, a_blob_of_another_length_than_was_recorded_is_not_sent) {
  const auto url = file_url(wheel_);
  (void)read_file(get(url));
  std::filesystem::resize_file(fs_blob_path(site_.folder.path(), Sha256::of(wheel_content_)), 100);
  EXPECT_THROW(get(url), std::runtime_error) << "a 500 and an error in the log";
  EXPECT_EQ(get(url + ".metadata").status, 200) << "of another blob";
}

TEST_F(FileRoutesTest, a_deleted_file_is_no_longer_served_from_memory) {
  const auto url = file_url(wheel_);
  (void)read_file(get(url));
  auto made = request(Method::del, "/api/v1/projects/demo/files/" + wheel_, admin_);
  EXPECT_EQ(send(std::move(made), R"({"reason":"broken"})").status, 200);
  EXPECT_EQ(get(url).status, 404);
  EXPECT_EQ(text_of(get("/simple/demo/", json_type)).find(wheel_), std::string::npos);
}

TEST_F(FileRoutesTest, a_token_of_another_project_gets_403_whether_a_file_exists_or_not) {
  const auto bound = issue("read", "other");
  const auto absent = replace_all(file_url(wheel_), wheel_, wheel_filename("demo", "9.0"));
  for (int round = 0; round < 2; ++round) {  // from the database, then from memory
    const auto there = send(request(Method::get, file_url(wheel_), bound));
    const auto missing = send(request(Method::get, absent, bound));
    EXPECT_EQ(status_of(there), 403);
    EXPECT_EQ(status_of(missing), 403);
    EXPECT_EQ(replace_all(text_of(there), "-1.0-", "-9.0-"), text_of(missing));
    EXPECT_EQ(status_of(send(request(Method::get, file_url(wheel_) + ".metadata", bound))), 403);
    const auto own = issue("read", "demo");
    EXPECT_EQ(read_file(send(request(Method::get, file_url(wheel_), own))), wheel_content_);
    EXPECT_EQ(status_of(send(request(Method::get, absent, own))), 404);
    EXPECT_EQ(status_of(send(request(Method::get, absent + ".metadata", own))), 404);
  }
}

TEST_F(FileRoutesTest, files_are_below_packages_too) {
  const auto url = replace_all(file_url(wheel_), "/files/", "/packages/");
  EXPECT_EQ(read_file(get(url)), wheel_content_);
  EXPECT_TRUE(read_file(get(url + ".metadata")).starts_with("Metadata-Version: 2.4\n"));
  EXPECT_EQ(status_of(send(request(Method::get, url))), 401);
}

}  // namespace
}  // namespace packhouse::api
