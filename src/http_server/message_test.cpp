#include "http_server/message.hpp"

#include <gtest/gtest.h>

#include "http_server/testing/memory_file.hpp"

namespace packhouse::http {
namespace {

TEST(Request, reads_the_first_value_of_a_query_key) {
  Request request;
  request.query = "a=1&b=x+y%2F&a=2&flag&c%20d=e&bad=%zz";
  EXPECT_EQ(request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("b"), "x y/");
  EXPECT_EQ(request.query_value("flag"), "");
  EXPECT_EQ(request.query_value("c d"), "e");
  EXPECT_EQ(request.query_value("bad"), std::nullopt);
  EXPECT_EQ(request.query_value("none"), std::nullopt);
}

TEST(Request, gives_an_absent_parameter_as_empty) {
  Request request;
  request.params = {{"project", "demo"}};
  EXPECT_EQ(request.param("project"), "demo");
  EXPECT_EQ(request.param("file"), "");
}

TEST(Prepared, keeps_a_body_in_memory) {
  Headers fields;
  fields.add("ETag", "\"a\"");
  const auto made = Prepared::make(200, fields, "hello");
  EXPECT_EQ(made->head(), "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n");
  EXPECT_EQ(made->body(), "hello");
  EXPECT_EQ(made->size(), 5U);
  EXPECT_EQ(made->fd(), -1);
  EXPECT_EQ(made->memory(), made->head().size() + 5);
}

TEST(Prepared, sends_a_file_and_weighs_it_up_to_a_mebibyte) {
  const auto of_size = [](std::uint64_t size) {
    return Prepared::of_file(404, {}, memory_file("what is in it"), size);
  };
  const auto made = of_size(13);
  EXPECT_GE(made->fd(), 0);
  EXPECT_EQ(made->size(), 13U);
  EXPECT_TRUE(made->body().empty());
  EXPECT_EQ(made->memory(), made->head().size() + 13);
  EXPECT_EQ(of_size(5U << 20U)->memory(), made->head().size() + (1U << 20U));
}

TEST(Response, text_has_its_type) {
  const auto response = Response::text(404, "no\n");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(std::get<std::string>(response.body), "no\n");
}

TEST(ShownPath, masks_segments_that_give_access) {
  EXPECT_EQ(shown_path("/simple/demo/"), "\"/simple/demo/\"");
  EXPECT_EQ(shown_path("/stage/canary/simple/demo/"), "\"/stage/****/simple/demo/\"");
  EXPECT_EQ(shown_path("/upload/canary"), "\"/upload/****\"");
  EXPECT_EQ(shown_path("/dev/stage/canary/no/such/thing"), "\"/dev/stage/****/no/such/thing\"");
  EXPECT_EQ(shown_path("/upload/"), "\"/upload/\"");
}

}  // namespace
}  // namespace packhouse::http
