#include <fmt/format.h>
#include <gmock/gmock.h>

#include "http/client.hpp"
#include "http/connection_rules.hpp"
#include "http/testing/loopback.hpp"
#include "upstream/source.hpp"

namespace packhouse::upstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A server that answers every request with these bytes and closes.
http::RawServer server_of(std::string answer) {
  return http::RawServer([answer = std::move(answer)](http::RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.send(answer);
  });
}

std::string redirect_to(std::string_view location) {
  return fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                     location);
}

/// An upstream at that server, asked by the real client, as the program does it.
Source source_at(const http::RawServer& server, bool private_addresses = false) {
  return Source({.url = *http::Url::parse(server.url("/simple/")), .private_addresses = private_addresses},
                [](Peer peer) {
                  return http::make_client({.user_agent = "test"},
                                           {.public_addresses_only = peer == Peer::elsewhere});
                });
}

std::string failure_of_page(const Source& source) {
  const auto answer = source.page(*ProjectName::parse("demo"), {});
  return answer.ok() ? "no failure" : answer.error().message;
}

std::string failure_of_file(const Source& source, const std::string& url, std::uint64_t most) {
  const auto status = source.file(url, most, [](std::string_view) { return success(); });
  return status.ok() ? "no failure" : status.error().message;
}

TEST(HostileUpstream, ten_megabytes_of_header_fields_end_the_request) {
  const http::RawServer server([](http::RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\n");
    const std::string field = "X: " + std::string(8000, 'x') + "\r\n";
    for (int sent = 0; sent < 10'000'000 && connection.try_send(field);
         sent += static_cast<int>(field.size())) {
    }
  });
  EXPECT_THAT(failure_of_page(source_at(server)), HasSubstr("bytes of header fields"));
}

TEST(HostileUpstream, an_endless_file_ends_at_its_size) {
  const http::RawServer server([](http::RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
    while (connection.try_send(chunk)) {
    }
  });
  EXPECT_THAT(failure_of_file(source_at(server), server.url("/f"), 100'000),
              HasSubstr("more than the 100000 bytes that are accepted"));
}

TEST(HostileUpstream, an_endless_page_ends_at_the_limit) {
  const http::RawServer server([](http::RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "100000\r\n" + std::string(1U << 20U, ' ') + "\r\n";
    while (connection.try_send(chunk)) {
    }
  });
  EXPECT_THAT(failure_of_page(source_at(server)), HasSubstr("bytes that are accepted"));
}

TEST(HostileUpstream, a_file_that_is_announced_longer_than_its_page_says_is_refused_by_its_length) {
  const auto server = server_of("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
  EXPECT_THAT(failure_of_file(source_at(server), server.url("/f"), 100),
              HasSubstr("would send more than the 100 bytes that are accepted"));
}

TEST(HostileUpstream, a_chunked_body_that_ends_early_is_a_failure) {
  for (const std::string_view chunks : {"4\r\nhalf\r\n", "4\r\nha", "xyz\r\n", ""}) {
    const auto server =
        server_of(fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunks));
    EXPECT_NE(failure_of_file(source_at(server), server.url("/f"), 100), "no failure") << chunks;
  }
}

TEST(HostileUpstream, a_part_of_a_file_or_another_answer_is_no_file) {
  for (const std::string_view status : {"206 Partial Content", "203 Other", "500 Broken", "304 Same"}) {
    const auto server =
        server_of(fmt::format("HTTP/1.1 {}\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhalf", status));
    std::string came;
    const auto got = source_at(server).file(server.url("/f"), 100, [&](std::string_view piece) {
      came += piece;
      return success();
    });
    EXPECT_FALSE(got.ok()) << status;
    EXPECT_EQ(came, "") << status;
  }
}

TEST(HostileUpstream, a_truncated_body_is_a_failure) {
  const auto server = server_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_NE(failure_of_file(source_at(server), server.url("/f"), 100), "no failure");
  EXPECT_NE(failure_of_page(source_at(server)), "no failure");
}

TEST(HostileUpstream, a_page_over_the_limit_is_refused_by_its_length) {
  const auto server = server_of("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{");
  EXPECT_THAT(failure_of_page(source_at(server)), HasSubstr("bytes that are accepted"));
}

TEST(HostileUpstream, a_redirect_to_a_local_address_of_another_origin_is_not_followed) {
  std::atomic<bool> asked = false;
  const http::RawServer victim([&](http::RawConnection&) { asked = true; });
  for (const auto& target : {victim.url("/"), fmt::format("http://localhost:{}/", victim.port()),
                             fmt::format("http://[::ffff:127.0.0.1]:{}/", victim.port()),
                             std::string{"http://169.254.169.254/latest/"}, std::string{"http://10.0.0.1/"},
                             std::string{"http://[fe80::1]/"}, std::string{"http://0/"}}) {
    const auto server = server_of(redirect_to(target));
    EXPECT_THAT(failure_of_page(source_at(server)), HasSubstr("expected a public address, found a local one"))
        << target;
  }
  EXPECT_FALSE(asked);
}

TEST(HostileUpstream, a_file_at_a_local_address_of_another_origin_is_not_fetched) {
  const auto server = server_of(redirect_to("/"));
  const auto other = server_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_THAT(failure_of_file(source_at(server), other.url("/f"), 1), HasSubstr("expected a public address"));
  EXPECT_EQ(failure_of_file(source_at(server, true), other.url("/f"), 1), "no failure") << "configured";
}

TEST(HostileUpstream, a_file_that_is_redirected_to_a_local_address_is_not_fetched) {
  for (const std::string_view target : {"http://169.254.169.254/latest/", "http://[fe80::1]/",
                                        "http://127.0.0.1:1/", "http://192.168.0.1/"}) {
    const auto server = server_of(redirect_to(target));
    EXPECT_THAT(failure_of_file(source_at(server), server.url("/f"), 100),
                HasSubstr("expected a public address, found a local one"))
        << target;
  }
}

TEST(HostileUpstream, a_loop_of_redirects_ends) {
  const auto server = server_of(redirect_to("/simple/demo/"));
  EXPECT_THAT(failure_of_page(source_at(server)), HasSubstr("more than 5 redirects"));
}

TEST(HostileUpstream, no_content_coding_is_asked_for_and_a_page_in_one_is_none) {
  std::string asked;
  const http::RawServer server([&](http::RawConnection& connection) {
    asked = connection.read_until("\r\n\r\n");
    connection.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.pypi.simple.v1+json\r\n"
        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01");
  });
  EXPECT_NE(failure_of_page(source_at(server)), "no failure");
  EXPECT_THAT(asked, Not(HasSubstr("ccept-")));
}

TEST(HostileUpstream, a_page_that_is_none_is_a_failure) {
  for (const std::string_view body : {"<html>please log in</html>", "", "{", "[]"}) {
    for (const std::string_view type : {"text/html", "application/vnd.pypi.simple.v1+json", "image/png"}) {
      const auto server = server_of(fmt::format(
          "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", type, body.size(), body));
      EXPECT_NE(failure_of_page(source_at(server)), "no failure") << type << " " << body;
    }
  }
}

}  // namespace
}  // namespace packhouse::upstream
