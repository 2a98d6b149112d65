#include "http_server/answer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <string>

#include "http_server/testing/memory_file.hpp"

namespace packhouse::http {
namespace {

constexpr std::string_view common = "Server: test\r\nDate: now\r\n";

Request request_for(Method method = Method::get) {
  Request request;
  request.method = method;
  request.path = "/";
  return request;
}

/// Everything that an answer sends, through a real socket.
std::string sent(Response response, const Request& request = request_for(), AnswerContext context = {}) {
  context.common_fields = common;
  Outgoing out;
  compose_answer(std::move(response), request, context, out);
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_EQ(out.pump(ends[0]), Outgoing::State::done);
  ::close(ends[0]);
  std::string bytes(65536, '\0');
  std::size_t size = 0;
  ssize_t count = 0;
  while ((count = ::read(ends[1], bytes.data() + size, bytes.size() - size)) > 0) {
    size += static_cast<std::size_t>(count);
  }
  ::close(ends[1]);
  EXPECT_EQ(size, out.sent());
  bytes.resize(size);
  return bytes;
}

Response file_response(std::string_view bytes = "0123456789") {
  Response response;
  response.headers.add("Content-Type", "application/zip");
  response.headers.add("Cache-Control", "immutable");
  response.body = FileBody{memory_file(bytes).release(), bytes.size(), "\"tag\""};
  return response;
}

Request file_request(std::initializer_list<std::pair<const char*, const char*>> fields,
                     Method method = Method::get) {
  Request request = request_for(method);
  for (const auto& [name, value] : fields)
    request.headers.add(name, value);
  return request;
}

TEST(ComposeAnswer, text_gets_its_length_and_the_servers_fields) {
  auto response = Response::text(404, "no\n");
  EXPECT_EQ(
      sent(std::move(response)),
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nServer: test\r\nDate: now\r\n"
      "Content-Length: 3\r\n\r\nno\n");
}

TEST(ComposeAnswer, says_what_becomes_of_the_connection) {
  const auto request = request_for();
  EXPECT_EQ(sent({}, request, {.common_fields = {}, .close = true}),
            "HTTP/1.1 200 OK\r\nServer: test\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(
      sent({}, request, {.common_fields = {}, .close = false, .say_keep_alive = true}),
      "HTTP/1.1 200 OK\r\nServer: test\r\nDate: now\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ComposeAnswer, the_application_cannot_set_what_frames_the_message) {
  Response response;
  for (const char* name : {"date", "Connection", "content-length", "Transfer-Encoding", "SERVER"}) {
    response.headers.add(name, "x");
  }
  response.headers.add("X-Kept", "y");
  EXPECT_EQ(sent(std::move(response)),
            "HTTP/1.1 200 OK\r\nX-Kept: y\r\nServer: test\r\nDate: now\r\nContent-Length: 0\r\n\r\n");
}

TEST(ComposeAnswer, head_tells_the_length_and_sends_no_body) {
  const auto request = request_for(Method::head);
  EXPECT_EQ(sent(Response::text(200, "body", "a/b"), request),
            "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nServer: test\r\nDate: now\r\nContent-Length: 4\r\n\r\n");
  Response prepared;
  prepared.body = Prepared::make(200, {}, "body");
  EXPECT_EQ(sent(std::move(prepared), request),
            "HTTP/1.1 200 OK\r\nServer: test\r\nDate: now\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(
      sent(file_response(), request),
      "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nCache-Control: immutable\r\nETag: \"tag\"\r\n"
      "Accept-Ranges: bytes\r\nServer: test\r\nDate: now\r\nContent-Length: 10\r\n\r\n");
}

TEST(ComposeAnswer, statuses_without_a_body_have_no_length) {
  for (const int status : {204, 304}) {
    auto response = Response::text(status, "dropped");
    response.headers = {};
    const std::string line = status == 204 ? "HTTP/1.1 204 No Content" : "HTTP/1.1 304 Not Modified";
    EXPECT_EQ(sent(std::move(response)), line + "\r\nServer: test\r\nDate: now\r\n\r\n");
    Response prepared;
    prepared.body = Prepared::make(status, {}, "dropped");
    EXPECT_EQ(sent(std::move(prepared)), line + "\r\nServer: test\r\nDate: now\r\n\r\n");
  }
}

TEST(ComposeAnswer, prepared_bodies_leave_from_memory_or_from_a_file) {
  for (const std::size_t size : {1UL, 40'000UL}) {
    const std::string body(size, 'x');
    Response response;
    response.status = 500;  // ignored
    response.body = Prepared::make(203, {}, body);
    EXPECT_EQ(sent(std::move(response)),
              "HTTP/1.1 203 Non-Authoritative Information\r\nServer: test\r\nDate: now\r\n"
              "Content-Length: " +
                  std::to_string(size) + "\r\n\r\n" + body);
  }
}

TEST(ComposeAnswer, a_file_is_sent_whole_with_its_tag) {
  EXPECT_EQ(
      sent(file_response()),
      "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nCache-Control: immutable\r\nETag: \"tag\"\r\n"
      "Accept-Ranges: bytes\r\nServer: test\r\nDate: now\r\nContent-Length: 10\r\n\r\n0123456789");
}

TEST(ComposeAnswer, a_part_of_a_file_is_sent_as_such) {
  EXPECT_EQ(
      sent(file_response(), file_request({{"Range", "bytes=2-4"}})),
      "HTTP/1.1 206 Partial Content\r\nContent-Type: application/zip\r\nCache-Control: immutable\r\n"
      "ETag: \"tag\"\r\nAccept-Ranges: bytes\r\nContent-Range: bytes 2-4/10\r\nServer: test\r\nDate: now\r\n"
      "Content-Length: 3\r\n\r\n234");
  EXPECT_TRUE(sent(file_response(), file_request({{"Range", "bytes=2-4"}, {"If-Range", "\"tag\""}}))
                  .ends_with("\r\n\r\n234"));
}

TEST(ComposeAnswer, ranges_that_do_not_count_give_the_whole) {
  for (const auto& request : {file_request({{"Range", "bytes=0-1,3-4"}}),
                              file_request({{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}),
                              file_request({{"Range", "bytes=2-4"}}, Method::post)}) {
    const auto answer = sent(file_response(), request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n0123456789")) << answer;
  }
  EXPECT_TRUE(sent(file_response(), file_request({{"Range", "bytes=2-4"}}, Method::head))
                  .starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(ComposeAnswer, a_range_outside_of_the_file_is_refused) {
  EXPECT_EQ(sent(file_response(), file_request({{"Range", "bytes=10-"}})),
            "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Range: bytes */10\r\nServer: test\r\nDate: now\r\nContent-Length: 47\r\n\r\n"
            "the range is outside of the 10 bytes there are\n");
}

TEST(ComposeAnswer, a_file_that_is_known_is_not_sent_again) {
  const std::string expected =
      "HTTP/1.1 304 Not Modified\r\nCache-Control: immutable\r\nETag: \"tag\"\r\nServer: test\r\nDate: "
      "now\r\n\r\n";
  EXPECT_EQ(sent(file_response(), file_request({{"If-None-Match", "W/\"tag\""}})), expected);
  EXPECT_EQ(sent(file_response(), file_request({{"If-None-Match", "*"}}, Method::head)), expected);
  // The condition comes before the range (RFC 9110 section 13.2.2).
  EXPECT_EQ(sent(file_response(), file_request({{"If-None-Match", "\"tag\""}, {"Range", "bytes=2-4"}})),
            expected);
}

TEST(ComposeAnswer, an_empty_file_is_sent) {
  EXPECT_TRUE(sent(file_response("")).ends_with("Content-Length: 0\r\n\r\n"));
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(ComposeAnswer, a_file_is_closed_whatever_becomes_of_it) {
  for (const auto& request :
       {file_request({}), file_request({}, Method::head), file_request({{"If-None-Match", "*"}}),
        file_request({{"Range", "bytes=50-"}})}) {
    auto response = file_response();
    const int fd = std::get<FileBody>(response.body).fd;
    ASSERT_TRUE(is_open(fd));
    {
      Outgoing out;
      compose_answer(std::move(response), request, {}, out);
    }
    EXPECT_FALSE(is_open(fd));
  }
}

TEST(ComposeAnswer, a_file_that_shrank_fails_the_answer) {
  auto response = file_response();
  std::get<FileBody>(response.body).size = 11;
  Outgoing out;
  compose_answer(std::move(response), request_for(), {}, out);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_EQ(out.pump(ends[0]), Outgoing::State::blocked);
  EXPECT_EQ(out.pump(ends[0]), Outgoing::State::failed);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ComposeAnswer, the_reason_of_the_application_stands_on_the_status_line) {
  Response response;
  response.status = 400;
  response.reason = "File already exists\r\nX: y";
  EXPECT_TRUE(sent(std::move(response)).starts_with("HTTP/1.1 400 File already exists  X: y\r\nServer"));
}

TEST(CleanReason, is_latin_1_on_one_line) {
  EXPECT_EQ(clean_reason("plain text"), "plain text");
  EXPECT_EQ(clean_reason("gr\xc3\xbc\xc3\x9f"), "gr\xfc\xdf");
  EXPECT_EQ(clean_reason("\xc2\xa7"), "\xa7");
  EXPECT_EQ(clean_reason("\xc2\x85"), "?");
  EXPECT_EQ(clean_reason("\xe2\x82\xac 5"), "? 5");
  EXPECT_EQ(clean_reason("a\xff\x7f"), "a??");
  EXPECT_EQ(clean_reason(std::string("a\0\tb", 4)), "a  b");
  EXPECT_EQ(clean_reason(std::string(1000, 'x')).size(), 400U);
}

TEST(HttpDate, is_the_fixed_form) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Answer, more_fields_are_part_of_every_kind_of_answer) {
  constexpr std::string_view more = "Vary: Origin\r\n";
  Response prepared;
  prepared.body = Prepared::make(200, {}, "page");
  for (auto response : {Response::text(200, "text"), Response{.status = 204}, std::move(prepared)}) {
    response.more_fields = more;
    const auto bytes = sent(std::move(response));
    EXPECT_NE(bytes.find("\r\nVary: Origin\r\n"), std::string::npos) << bytes;
  }
  const std::pair<const char*, const char*> conditions[] = {
      {"X", "y"}, {"If-None-Match", "\"tag\""}, {"Range", "bytes=2-3"}, {"Range", "bytes=99-"}};
  for (const auto& condition : conditions) {
    auto response = file_response();
    response.more_fields = more;
    const auto bytes = sent(std::move(response), file_request({condition}));
    EXPECT_NE(bytes.find("\r\nVary: Origin\r\n"), std::string::npos) << bytes;
  }
}

}  // namespace
}  // namespace packhouse::http
