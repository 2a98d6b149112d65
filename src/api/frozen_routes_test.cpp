#include "api/frozen_routes.hpp"

#include <gmock/gmock.h>

#include "api/testing/routes_fixture.hpp"
#include "upstream/freeze.hpp"

namespace packhouse::api {
namespace {

using namespace api::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// The whole table on an index that was frozen with demo 1.0.
class FrozenRoutesTest : public RoutesTest {
 protected:
  FrozenRoutesTest() {
    const auto frozen = upstream::freeze_index(
        *site_.store, {}, {.index = "main", .reason = {}, .actor = actor()}, site_.clock.now());
    EXPECT_TRUE(frozen.ok());
    serial_ = frozen->serial;
  }

  static Actor actor() { return {.kind = "console", .id = "test", .address = {}}; }
  static LedgerNote note() {
    return {.actor = actor(), .action = "test", .subject = "main", .reason = {}, .detail = {}};
  }
  std::string at(std::string_view path) const { return fmt::format("/at/{}{}", serial_, path); }
  std::vector<std::string> files_of(const http::Response& page) {
    std::vector<std::string> names;
    for (const auto& file : json::parse(text_of(page)).value().at("files").as_array())
      names.emplace_back(file.at("filename").as_string());
    return names;
  }

  std::int64_t serial_ = 0;
};

TEST_F(FrozenRoutesTest, a_page_and_its_files_are_as_they_were) {
  ASSERT_TRUE(site_.add(wheel_filename("demo", "2.0"), wheel_bytes("demo", "2.0")).ok());
  ASSERT_TRUE(site_.store->files().remove("main", wheel_, note(), site_.clock.now()).ok());
  const auto page = get(at("/simple/demo/"), json_type);
  ASSERT_EQ(status_of(page), 200) << text_of(page);
  EXPECT_THAT(files_of(page), ElementsAre(wheel_, sdist_filename("demo", "1.0")));
  EXPECT_THAT(text_of(page), HasSubstr("\"../../files/"));
  EXPECT_THAT(prepared(page)->head(), HasSubstr(fmt::format("X-PyPI-Last-Serial: {}\r\n", serial_)));
  const auto digest = Sha256::of(wheel_content_);
  EXPECT_EQ(read_file(get(at("/files/" + file_path(digest, wheel_)))), wheel_content_);
  const auto metadata = get(at("/files/" + file_path(digest, wheel_) + ".metadata"));
  ASSERT_EQ(metadata.status, 200) << text_of(metadata);
  EXPECT_THAT(read_file(metadata), HasSubstr("Name: demo"));
  EXPECT_EQ(get("/files/" + file_path(digest, wheel_)).status, 404) << "the index itself has it no more";
}

TEST_F(FrozenRoutesTest, what_came_later_is_not_there) {
  ASSERT_TRUE(site_.add(wheel_filename("later", "1.0"), wheel_bytes("later", "1.0")).ok());
  const auto absent = get(at("/simple/later/"), json_type);
  EXPECT_EQ(status_of(absent), 404);
  EXPECT_THAT(text_of(absent), HasSubstr("had none when it was frozen, and had fetched no file of it"));
  EXPECT_EQ(
      get(at("/files/" + file_path(Sha256::of(wheel_bytes("later", "1.0")), wheel_filename("later", "1.0"))))
          .status,
      404);
  EXPECT_THAT(text_of(get(at("/simple/"), json_type)), Not(HasSubstr("later")));
  EXPECT_THAT(text_of(get(at("/simple/"), "text/html")), HasSubstr("demo/"));
}

TEST_F(FrozenRoutesTest, another_spelling_leads_to_the_page) {
  const auto moved = get(at("/simple/DEMO/"), json_type);
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.headers.get("Location"), "../demo/");
  EXPECT_EQ(get(at("/simple/demo"), json_type).headers.get("Location"), "demo/");
}

TEST_F(FrozenRoutesTest, a_freeze_that_is_not_there_is_404) {
  for (const char* path : {"/at/999/simple/", "/at/999/simple/demo/", "/at/x/simple/demo/", "/at/-1/simple/"})
    EXPECT_EQ(status_of(get(path, json_type)), 404) << path;
  EXPECT_EQ(status_of(get(at("/simple/demo/"), json_type)), 200);
  ASSERT_TRUE(site_.store->freezes().remove("main", serial_, note(), site_.clock.now()).ok());
  const auto gone = get(at("/simple/demo/"), json_type);
  EXPECT_EQ(status_of(gone), 404) << "also where its page was cached";
  EXPECT_THAT(text_of(gone), HasSubstr("was not frozen at serial"));
}

TEST_F(FrozenRoutesTest, a_token_of_another_project_reads_nothing_of_it) {
  const auto other = issue("read", "other");
  const auto digest = Sha256::of(wheel_content_);
  EXPECT_EQ(send(request(Method::get, at("/simple/demo/"), other)).status, 403);
  EXPECT_EQ(send(request(Method::get, at("/files/" + file_path(digest, wheel_)), other)).status, 403);
  EXPECT_EQ(send(request(Method::get, at("/files/ab/cd/demo-9.9.tar.gz"), other)).status, 403);
  EXPECT_EQ(send(request(Method::get, at("/simple/demo/"))).status, 401);
  const auto own = issue("read", "demo");
  EXPECT_EQ(status_of(send(request(Method::get, at("/simple/demo/"), own))), 200);
}

}  // namespace
}  // namespace packhouse::api
