#include "http_server/request_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_server/chunked.hpp"

namespace packhouse::http {
namespace {

using testing::ElementsAre;
using testing::Pair;
using State = HeadScanner::State;

State scan_all(std::string_view bytes, HeadScanner& scanner) {
  return scanner.scan(bytes);
}

TEST(HeadScanner, finds_the_end_however_the_bytes_are_cut) {
  const std::string bytes = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  const std::size_t end = bytes.size() - 4;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    HeadScanner scanner;
    const auto first = scanner.scan(std::string_view{bytes}.substr(0, cut));
    EXPECT_EQ(first, cut < end ? State::more : State::complete) << cut;
    if (first == State::more) {
      EXPECT_EQ(scanner.scan(bytes), State::complete) << cut;
    }
    EXPECT_EQ(scanner.begin(), 4U);
    EXPECT_EQ(scanner.end(), end);
  }
}

TEST(HeadScanner, refuses_bare_line_feeds_and_folded_lines) {
  for (const std::string_view bytes :
       {"\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n",
        "GET / HTTP/1.1\r\n X: a\r\n\r\n"}) {
    HeadScanner scanner;
    EXPECT_EQ(scan_all(bytes, scanner), State::malformed) << bytes;
  }
}

struct Parsed {
  Request request;
  HeadFacts facts;
  std::optional<HeadRefusal> refusal;
};

Parsed parse(std::string_view head) {
  Parsed parsed;
  parsed.refusal = parse_head(head, parsed.request, parsed.facts);
  return parsed;
}

std::string refusal(std::string_view head) {
  const auto parsed = parse(head);
  if (!parsed.refusal) return "accepted";
  return std::to_string(parsed.refusal->status) + " " + std::string{parsed.refusal->message};
}

TEST(ParseHead, reads_a_request) {
  const auto parsed =
      parse("POST /legacy/?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-A:  v w \r\n\r\n");
  ASSERT_FALSE(parsed.refusal);
  EXPECT_EQ(parsed.request.method, Method::post);
  EXPECT_EQ(parsed.request.path, "/legacy/");
  EXPECT_EQ(parsed.request.query, "a=b");
  EXPECT_THAT(parsed.request.headers.fields(),
              ElementsAre(Pair("Host", "x"), Pair("Content-Length", "12"), Pair("X-A", "v w")));
  EXPECT_EQ(parsed.facts.content_length, 12U);
  EXPECT_TRUE(parsed.facts.has_body());
  EXPECT_TRUE(parsed.facts.keep_alive);
}

TEST(ParseHead, leaves_nothing_of_the_request_before) {
  Request request;
  HeadFacts facts;
  ASSERT_FALSE(
      parse_head("PUT /a?q HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
                 request, facts));
  EXPECT_TRUE(facts.chunked && facts.expects_continue);
  request.params = {{"a", "b"}};
  request.body = "body";
  request.handler_state = std::make_shared<int>(1);
  request.lane = "token 1";
  ASSERT_FALSE(parse_head("GET /b HTTP/1.1\r\nHost: y\r\n\r\n", request, facts));
  EXPECT_THAT(request.headers.fields(), ElementsAre(Pair("Host", "y")));
  EXPECT_EQ(request.query, "");
  EXPECT_TRUE(request.params.empty() && request.body.empty());
  EXPECT_EQ(request.handler_state, nullptr) << "it says who sent the request before";
  EXPECT_EQ(request.lane, "");
  EXPECT_FALSE(facts.chunked || facts.expects_continue || facts.has_body());
}

TEST(ParseHead, knows_when_the_connection_stays) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n").facts.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").facts.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: TE, Close\r\n\r\n").facts.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").facts.keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").facts.keep_alive);
}

TEST(ParseHead, refuses_every_shape_of_smuggling) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::string one_length = "400 Content-Length must be one number";
  const std::string one_coding = "400 Transfer-Encoding must be \"chunked\", once, without a Content-Length";
  const std::string malformed = "400 the request head is malformed";
  const std::pair<std::string, std::string> cases[] = {
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", one_coding},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", one_length},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", one_length},
      {"Content-Length: 5\r\nContent-Length: 6\r\n", one_length},
      {"Content-Length: 5, 5\r\n", one_length},
      {"Content-Length: +5\r\n", one_length},
      {"Content-Length: -5\r\n", one_length},
      {"Content-Length: 0x5\r\n", one_length},
      {"Content-Length: 5 5\r\n", one_length},
      {"Content-Length:\r\n", one_length},
      {"Content-Length: 99999999999999999999\r\n", one_length},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", one_coding},
      {"Transfer-Encoding: gzip, chunked\r\n", "501 no Transfer-Encoding but \"chunked\" is served"},
      {"Transfer-Encoding: identity\r\n", "501 no Transfer-Encoding but \"chunked\" is served"},
      {"Transfer-Encoding: \"chunked\"\r\n", "501 no Transfer-Encoding but \"chunked\" is served"},
      {"Transfer-Encoding: xchunked\r\n", "501 no Transfer-Encoding but \"chunked\" is served"},
      {"Transfer-Encoding : chunked\r\n", malformed},
      {"Content-Length : 5\r\n", malformed},
      {": 5\r\n", malformed},
      {"X\r\n", malformed},
      {"X Y: a\r\n", malformed},
      {std::string{"X: a\0b\r\n", 8}, malformed},
      {"X: a\x01\r\n", malformed},
      {"X: a\x7f\r\n", malformed},
      {"X: a\rb\r\n", malformed},
      {"X\xc3\xa9: a\r\n", malformed},
      {"Host: y\r\n", "400 exactly one Host is needed"},
      {"Expect: 200-ok\r\n", "417 only 100-continue can be expected"},
  };
  for (const auto& [fields, expected] : cases)
    EXPECT_EQ(refusal(start + fields + "\r\n"), expected) << fields;
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "400 HTTP/1.0 has no Transfer-Encoding");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "400 exactly one Host is needed");
}

TEST(ParseHead, refuses_request_lines_that_are_wrong) {
  const std::string host = "\r\nHost: x\r\n\r\n";
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\n"), "505 this server speaks HTTP/1.0 and HTTP/1.1");
  EXPECT_EQ(refusal("GET / HTTP/0.9" + host), "505 this server speaks HTTP/1.0 and HTTP/1.1");
  EXPECT_EQ(refusal("GET / HTTP/1.2" + host), "505 this server speaks HTTP/1.0 and HTTP/1.1");
  EXPECT_EQ(refusal("GET /" + host), "400 the request target is malformed");
  EXPECT_EQ(refusal("GET  / HTTP/1.1" + host), "400 the request target is malformed");
  EXPECT_EQ(refusal("GET / HTTP/1.1 " + host), "505 this server speaks HTTP/1.0 and HTTP/1.1");
  EXPECT_EQ(refusal("BREW / HTTP/1.1" + host), "501 this method is not served here");
  EXPECT_EQ(refusal("get / HTTP/1.1" + host), "501 this method is not served here");
  EXPECT_EQ(refusal("TRACE / HTTP/1.1" + host), "405 this method is not served here");
  EXPECT_EQ(refusal("CONNECT a:1 HTTP/1.1" + host), "405 this method is not served here");
  EXPECT_EQ(refusal("G(T / HTTP/1.1" + host), "400 the request head is malformed");
  EXPECT_EQ(refusal("GET a HTTP/1.1" + host), "400 the request target is malformed");
  EXPECT_EQ(refusal("GET * HTTP/1.1" + host), "400 the request target is malformed");
}

std::string target(std::string_view text, Method method = Method::get) {
  Request request;
  request.query = "left over";
  request.single_slashes = "left over";
  if (!parse_target(text, method, request)) return "refused";
  const auto moved = request.single_slashes.empty() ? "" : " -> " + request.single_slashes;
  return (request.query.empty() ? request.path : request.path + " ? " + request.query) + moved;
}

TEST(ParseTarget, normalises_once) {
  EXPECT_EQ(target("/"), "/");
  EXPECT_EQ(target("/simple/demo/"), "/simple/demo/");
  EXPECT_EQ(target("/a%20b/%7Euser?x=%2F"), "/a b/~user ? x=%2F");
  EXPECT_EQ(target("/a+b.whl"), "/a+b.whl");
  EXPECT_EQ(target("/%e2%82%ac"), "/\xe2\x82\xac");
  EXPECT_EQ(target("/a.b/..c/.d"), "/a.b/..c/.d");
  EXPECT_EQ(target("/a?b?c"), "/a ? b?c");
  EXPECT_EQ(target("http://host:80/a/b?c"), "/a/b ? c");
  EXPECT_EQ(target("HTTPS://host"), "/");
  EXPECT_EQ(target("*", Method::options), "*");
}

TEST(ParseTarget, refuses_what_two_readers_would_read_differently) {
  for (const std::string_view text :
       {"",           "a",       "*",       "//..",      "/a//../b",     "/a//%2fb", "/a%2f/",    "/.",
        "/..",        "/a/../b", "/a/./b",  "/a/..",     "/%2e%2e/a",    "/a/%2E/b", "/a%2fb",    "/a%2Fb",
        "/a%00b",     "/a%0ab",  "/a%7f",   "/a%",       "/a%2",         "/a%zz",    "/%ff",      "/%c0%af",
        "/%ed%a0%80", "/a#b",    "http://", "http:///a", "ftp://host/a", "host:443", "http://h?x"}) {
    EXPECT_EQ(target(text), "refused") << text;
  }
}

TEST(ParseTarget, reads_several_slashes_as_one_and_says_where_links_would_lead_astray) {
  EXPECT_EQ(target("//"), "/");
  EXPECT_EQ(target("//simple/demo/"), "/simple/demo/") << "the links of the page are right";
  EXPECT_EQ(target("///a?b"), "/a ? b");
  EXPECT_EQ(target("/simple//demo/"), "/simple/demo/ -> ../../demo/");
  EXPECT_EQ(target("/simple//demo"), "/simple/demo -> ../demo");
  EXPECT_EQ(target("/simple/demo//"), "/simple/demo/ -> ../");
  EXPECT_EQ(target("/simple///demo//"), "/simple/demo/ -> ../../../../demo/");
  EXPECT_EQ(target("//a//b%2B/c//?x=//"), "/a/b+/c/ ? x=// -> ../../../../b%2B/c/");
  EXPECT_EQ(target("http://host//a//b"), "/a/b -> ../b");
  EXPECT_EQ(target("/a?//"), "/a ? //");
}

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  bool broken = false;
};

/// In pieces of `step` bytes, through an output of `room` bytes.
Decoded decode(std::string_view bytes, std::size_t step, std::size_t room) {
  ChunkedDecoder decoder;
  Decoded decoded;
  std::string output(room, '\0');
  while (decoded.consumed < bytes.size() && !decoder.done() && !decoder.broken()) {
    const auto made = decoder.decode(bytes.substr(decoded.consumed, step), output);
    decoded.consumed += made.consumed;
    decoded.body.append(output, 0, made.produced);
  }
  decoded.done = decoder.done();
  decoded.broken = decoder.broken();
  return decoded;
}

TEST(ChunkedDecoder, takes_the_coding_off_in_pieces_of_any_size) {
  const std::string bytes =
      "5\r\nhello\r\n00a;name=\"value\"; x\r\n, world!\r\n\r\n1\t\r\n!\r\n0\r\nTrailer: a\r\nB: c\r\n\r\nGET";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    for (const std::size_t room : {1UL, 3UL, 100UL}) {
      const auto decoded = decode(bytes, step, room);
      EXPECT_TRUE(decoded.done);
      EXPECT_EQ(decoded.body, "hello, world!\r\n!");
      EXPECT_EQ(decoded.consumed, bytes.size() - 3);
    }
  }
}

TEST(ChunkedDecoder, refuses_broken_framing) {
  const std::string overlong_extension = "1;" + std::string(20'000, 'x') + "\r\n";
  const std::string overlong_trailer = "0\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
  for (const std::string& bytes : {std::string{"\r\n"},
                                   std::string{"g\r\n"},
                                   std::string{"-1\r\n"},
                                   std::string{"+1\r\n"},
                                   std::string{"0x1\r\n"},
                                   std::string{" 1\r\n"},
                                   std::string{"1\n"},
                                   std::string{"1\rx"},
                                   std::string{"1\r\nab"},
                                   std::string{"1\r\na\n"},
                                   std::string{"1\r\na\rx"},
                                   std::string{"0\r\n\rx"},
                                   std::string{"1;\x01\r\n"},
                                   std::string{"1\n\r\n"},
                                   std::string{"11111111111111111\r\n"},
                                   std::string{"00000000000000001\r\n"},
                                   std::string{"0\r\nX: a\n"},
                                   std::string{"1,5\r\n"},
                                   overlong_extension,
                                   overlong_trailer}) {
    EXPECT_TRUE(decode(bytes, 7, 100).broken) << bytes.substr(0, 40);
  }
}

TEST(ChunkedDecoder, many_chunks_are_no_overhead) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i)
    bytes += "1\r\nx\r\n";
  bytes += "0\r\n\r\n";
  const auto decoded = decode(bytes, 1000, 1000);
  EXPECT_TRUE(decoded.done);
  EXPECT_EQ(decoded.body.size(), 20'000U);
}

}  // namespace
}  // namespace packhouse::http
