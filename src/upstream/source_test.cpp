#include "upstream/source.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "upstream/testing/fake_peer.hpp"

namespace packhouse::upstream {
namespace {

using namespace upstream::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string root = "https://up.example/simple/";
const std::string digest(64, 'a');

std::string demo_page() {
  return fmt::format(R"({{"meta":{{"api-version":"1.4"}},"name":"demo","files":[
    {{"filename":"demo-1.0.tar.gz","url":"https://files.example/demo-1.0.tar.gz","hashes":{{"sha256":"{}"}}}}]}})",
                     digest);
}

class SourceTest : public ::testing::Test {
 protected:
  Source source(bool private_addresses = false) {
    return Source({.url = *http::Url::parse(root),
                   .credential = http::BasicAuth{"ada", Secret{"secret"}},
                   .private_addresses = private_addresses},
                  peer_.maker());
  }
  Result<PageAnswer> page(const Validators& validators = {}) {
    return source().page(*ProjectName::parse("demo"), validators);
  }
  std::string failure(const Validators& validators = {}) {
    const auto answer = page(validators);
    if (answer.ok()) return "no failure";
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    return answer.error().message;
  }
  Result<std::string> file(const std::string& url, std::uint64_t most = 100) {
    std::string bytes;
    CHECK_OK(source().file(url, most, [&](std::string_view piece) {
      bytes += piece;
      return success();
    }));
    return bytes;
  }

  FakePeer peer_;
};

TEST_F(SourceTest, reads_a_page_and_how_long_it_is_fresh) {
  peer_.answer(root + "demo/",
               page_answer(demo_page(), {{"ETag", "\"1\""}, {"Cache-Control", "max-age=60"}}));
  const auto answer = page();
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->kind, PageAnswer::Kind::page);
  EXPECT_EQ(answer->page.files.size(), 1U);
  EXPECT_EQ(answer->validators.etag, "\"1\"");
  EXPECT_EQ(answer->lifetime.count(), 60);
}

TEST_F(SourceTest, the_credential_goes_to_the_upstream_alone) {
  peer_.answer(root + "demo/", status_answer(302, {{"Location", "https://other.example/demo/"}}));
  peer_.answer("https://other.example/demo/", page_answer(demo_page()));
  ASSERT_TRUE(page().ok());
  peer_.answer("https://files.example/demo-1.0.tar.gz", bytes_answer("bytes"));
  EXPECT_EQ(file("https://files.example/demo-1.0.tar.gz").value(), "bytes");
  EXPECT_THAT(peer_.asked(), ElementsAre("upstream https://up.example/simple/demo/ as ada",
                                         "elsewhere https://other.example/demo/",
                                         "elsewhere https://files.example/demo-1.0.tar.gz"));
}

TEST_F(SourceTest, asks_with_what_it_was_answered_with) {
  peer_.answer(root + "demo/", [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
    EXPECT_EQ(request.headers.get("If-None-Match"), "\"1\"");
    EXPECT_EQ(request.headers.get("If-Modified-Since"), "yesterday");
    return status_answer(304, {{"Cache-Control", "max-age=30"}});
  });
  const auto answer = page({.etag = "\"1\"", .last_modified = "yesterday"});
  EXPECT_EQ(answer.value().kind, PageAnswer::Kind::not_modified);
  EXPECT_EQ(answer.value().lifetime.count(), 30);
}

TEST_F(SourceTest, a_304_to_a_question_without_conditions_is_no_answer) {
  peer_.answer(root + "demo/", status_answer(304));
  EXPECT_THAT(failure(), HasSubstr("upstream up.example: expected a page, found status 304"));
}

TEST_F(SourceTest, absent_is_what_the_upstream_says_is_absent_and_nothing_else) {
  for (const int status : {404, 410}) {
    peer_.answer(root + "demo/", status_answer(status));
    EXPECT_EQ(page().value().kind, PageAnswer::Kind::absent) << status;
  }
  for (const int status : {401, 403, 407, 429, 500, 502, 503}) {
    peer_.answer(root + "demo/", status_answer(status));
    EXPECT_THAT(failure(), HasSubstr(fmt::format("found status {}", status)));
  }
  peer_.stop();
  EXPECT_THAT(failure(), HasSubstr("connection refused"));
}

TEST_F(SourceTest, a_loop_of_redirects_ends) {
  peer_.answer(root + "demo/", status_answer(301, {{"Location", root + "demo/"}}));
  EXPECT_THAT(failure(), HasSubstr("more than 5 redirects"));
  EXPECT_EQ(peer_.asked().size(), 6U);
}

TEST_F(SourceTest, no_redirect_and_no_file_leads_from_https_to_http) {
  peer_.answer(root + "demo/", status_answer(301, {{"Location", "http://up.example/simple/demo/"}}));
  EXPECT_THAT(failure(), HasSubstr("expected https"));
  EXPECT_THAT(file("http://files.example/x").error().message, HasSubstr("expected https"));
  EXPECT_EQ(peer_.asked().size(), 1U) << "the second address was not asked";
}

TEST_F(SourceTest, a_redirect_to_no_web_address_is_refused) {
  for (const char* target : {"file:///etc/passwd", "gopher://x/", "https://user:secret@up.example/"}) {
    peer_.answer(root + "demo/", status_answer(302, {{"Location", target}}));
    EXPECT_NE(failure(), "no failure") << target;
  }
}

TEST_F(SourceTest, other_origins_are_asked_as_the_upstream_only_where_that_is_configured) {
  peer_.answer("https://files.example/x", bytes_answer("bytes"));
  ASSERT_TRUE(
      source(true).file("https://files.example/x", 100, [](std::string_view) { return success(); }).ok());
  EXPECT_THAT(peer_.asked(), ElementsAre("upstream https://files.example/x"));
}

TEST_F(SourceTest, a_file_may_not_be_longer_than_it_is_said_to_be) {
  peer_.answer("https://files.example/x", bytes_answer(std::string(101, 'x')));
  const auto answer = file("https://files.example/x", 100);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(file("https://files.example/x", 101).value().size(), 101U);
}

TEST_F(SourceTest, a_fault_of_the_sink_is_none_of_the_upstream) {
  peer_.answer("https://files.example/x", bytes_answer("bytes"));
  const auto status = source().file("https://files.example/x", 100, [](std::string_view) -> Status {
    return Error{Errc::unavailable, "the disk is full", {}};
  });
  EXPECT_EQ(status.error().message, "the disk is full");
}

TEST_F(SourceTest, a_file_that_is_gone_is_not_found) {
  EXPECT_EQ(file("https://files.example/gone").error().code, Errc::not_found);
}

TEST_F(SourceTest, every_wait_is_bounded) {
  const auto expect_bounds = [](const http::ClientRequest& request) -> Result<http::ClientResponse> {
    EXPECT_LE(request.connect_timeout.count(), 10'000);
    EXPECT_LE(request.stall_timeout.count(), 20);
    EXPECT_LE(request.total_timeout.count(), 121) << "a slow trickle ends, too";
    return status_answer(404);
  };
  peer_.answer(root + "demo/", expect_bounds);
  peer_.answer("https://files.example/x", expect_bounds);
  EXPECT_TRUE(page().ok());
  EXPECT_FALSE(file("https://files.example/x", 100'000).ok());
  EXPECT_THAT(peer_.asked(), ::testing::SizeIs(2));
}

TEST_F(SourceTest, no_message_holds_the_credential) {
  peer_.answer(root + "demo/", status_answer(401));
  EXPECT_THAT(failure(), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace packhouse::upstream
