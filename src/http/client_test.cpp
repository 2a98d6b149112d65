#include "http/client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "http/connection_rules.hpp"
#include "http/multipart.hpp"
#include "http/testing/loopback.hpp"

namespace packhouse::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Answers each request with the same bytes and keeps what was asked.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : answer_(std::move(answer)), server_([this](RawConnection& connection) { serve(connection); }) {}

  std::string url(std::string_view path = "/") const { return server_.url(path); }
  std::uint16_t port() const { return server_.port(); }
  std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve(RawConnection& connection) {
    std::string message = connection.read_until("\r\n\r\n");
    const std::lock_guard lock(mutex_);
    asked_ = std::move(message);
    connection.send(answer_);
  }

  std::string answer_;
  mutable std::mutex mutex_;
  std::string asked_;
  RawServer server_;
};

ClientRequest get(std::string url) {
  ClientRequest request;
  request.url = std::move(url);
  return request;
}

Result<ClientResponse> send(const ClientRequest& request) {
  return make_client({.user_agent = "packhouse-test/1"})->send(request);
}

TEST(Client, gives_status_reason_headers_and_body) {
  const OneAnswer server(
      "HTTP/1.1 404 Gone fishing\r\nX-A: 1\r\nx-a:  two \r\nEmpty:\r\nContent-Length: 3\r\n\r\nabc");
  const auto response = send(get(server.url("/a?b=c")));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->reason, "Gone fishing");
  EXPECT_EQ(response->headers.get_all("X-A"), "1, two");
  EXPECT_EQ(response->headers.get("empty"), "");
  EXPECT_EQ(response->body, "abc");
  EXPECT_THAT(server.asked(), StartsWith("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(server.asked(), HasSubstr("User-Agent: packhouse-test/1\r\n"));
  EXPECT_THAT(server.asked(), Not(HasSubstr("Authorization")));
}

TEST(Client, keeps_only_the_final_head) {
  const OneAnswer server(
      "HTTP/1.1 100 Continue\r\nX: interim\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto response = send(get(server.url()));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.get("X"), std::nullopt);
}

TEST(Client, follows_no_redirect) {
  const OneAnswer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const auto response = send(get(server.url()));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.get("Location"), "http://127.0.0.1:1/");
}

TEST(Client, sends_credentials_as_fields_and_only_where_they_belong) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto client = make_client({});
  auto request = get(server.url());
  request.auth = BasicAuth{"__token__", Secret("s:e c")};
  ASSERT_TRUE(client->send(request).ok());
  EXPECT_THAT(server.asked(), HasSubstr("Authorization: Basic X190b2tlbl9fOnM6ZSBj\r\n"));
  request.auth = BearerAuth{Secret("abc")};
  ASSERT_TRUE(client->send(request).ok());
  EXPECT_THAT(server.asked(), HasSubstr("Authorization: Bearer abc\r\n"));
  request.auth = {};
  ASSERT_TRUE(client->send(request).ok());
  EXPECT_THAT(server.asked(), Not(HasSubstr("Authorization")));
}

TEST(Client, refuses_a_url_with_credentials_without_showing_them) {
  const auto refused = send(get("http://user:secret@127.0.0.1:1/"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  EXPECT_EQ(refused.error().message, "the URL of a request to \"127.0.0.1\" holds credentials");
}

TEST(Client, reads_no_netrc) {
  std::string folder = testing::TempDir() + "netrc-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/.netrc") << "machine 127.0.0.1 login user password secret\n";
  const char* home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ::setenv("HOME", folder.c_str(), 1);
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(send(get(server.url())).ok());
  ::setenv("HOME", before.c_str(), 1);
  std::filesystem::remove_all(folder);
  EXPECT_THAT(server.asked(), Not(HasSubstr("Authorization")));
}

TEST(Client, shows_the_head_before_the_sink_gets_a_byte) {
  const OneAnswer server("HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Length: 4\r\n\r\nbody");
  std::string seen;
  auto request = get(server.url());
  request.on_head = [&](const ClientResponse& head) {
    seen += fmt::format("{} {};", head.status, head.headers.get("etag").value_or(""));
    return success();
  };
  request.sink = [&](std::string_view bytes) {
    seen += bytes;
    return success();
  };
  EXPECT_TRUE(send(request).ok());
  EXPECT_EQ(seen, "206 \"one\";body");
}

TEST(Client, a_head_that_is_not_wanted_ends_the_transfer) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  auto request = get(server.url());
  request.on_head = [](const ClientResponse&) { return Status(Error{Errc::conflict, "another archive"}); };
  request.sink = [](std::string_view) -> Status {
    ADD_FAILURE() << "a byte for the sink";
    return success();
  };
  EXPECT_EQ(send(request).error().message, "another archive");
}

TEST(Client, says_which_method_is_meant) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto client = make_client({});
  const std::pair<Method, bool> cases[] = {
      {Method::get, false},     {Method::post, false}, {Method::post, true}, {Method::put, true},
      {Method::put, false},     {Method::patch, true}, {Method::del, false}, {Method::del, true},
      {Method::options, false}, {Method::head, false}, {Method::get, true}};
  for (const auto& [method, with_body] : cases) {
    auto request = get(server.url("/x"));
    request.method = method;
    if (with_body) {
      request.body = std::string{"{}"};
      request.headers.add("Content-Type", "application/json");
    }
    ASSERT_TRUE(client->send(request).ok()) << to_string(method);
    const std::string asked = server.asked();
    EXPECT_THAT(asked, StartsWith(fmt::format("{} /x HTTP/1.1\r\n", to_string(method))));
    if (with_body) {
      EXPECT_THAT(asked, HasSubstr("Content-Length: 2\r\n"));
      EXPECT_THAT(asked, HasSubstr("Content-Type: application/json\r\n"));
    } else {
      EXPECT_THAT(asked, Not(HasSubstr("Content-Type")));
    }
  }
}

TEST(Client, names_no_type_that_the_caller_did_not) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  auto request = get(server.url());
  request.method = Method::post;
  request.body = std::string{"x"};
  ASSERT_TRUE(send(request).ok());
  EXPECT_THAT(server.asked(), Not(HasSubstr("Content-Type")));
}

TEST(Client, head_has_no_body_however_long_it_would_be) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
  auto request = get(server.url());
  request.method = Method::head;
  request.max_body = 10;
  const auto response = send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->headers.get("Content-Length"), "1000000");
}

TEST(Client, accepts_no_longer_body_than_it_may) {
  const OneAnswer announced("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890");
  const OneAnswer unannounced("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n01234567890");
  for (const auto* server : {&announced, &unannounced}) {
    auto request = get(server->url());
    request.max_body = 10;
    const auto refused = send(request);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::too_large);
    EXPECT_THAT(refused.error().message, HasSubstr("more than the 10 bytes that are accepted"));
    request.max_body = 11;
    EXPECT_EQ(send(request)->body, "01234567890");
  }
}

TEST(Client, accepts_no_endless_head) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i)
    head += fmt::format("X-{}: {}\r\n", i, std::string(1000, 'x'));
  const OneAnswer server(head + "Content-Length: 0\r\n\r\n");
  const auto refused = send(get(server.url()));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(),
            (Error{Errc::too_large,
                   fmt::format("127.0.0.1:{} sent more than 65536 bytes of header fields", server.port())}));
}

TEST(Client, gives_a_good_body_to_the_sink_and_a_bad_one_to_the_caller) {
  std::string sunk;
  const OneAnswer good("HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nbytes");
  auto request = get(good.url());
  request.sink = [&](std::string_view bytes) {
    sunk += bytes;
    return success();
  };
  EXPECT_EQ(send(request)->body, "");
  EXPECT_EQ(sunk, "bytes");
  const OneAnswer bad("HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nwhy");
  request.url = bad.url();
  EXPECT_EQ(send(request)->body, "why");
  EXPECT_EQ(sunk, "bytes");
}

TEST(Client, a_refusing_sink_ends_the_transfer) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes");
  auto request = get(server.url());
  request.sink = [](std::string_view) { return Status(Error{Errc::conflict, "enough"}); };
  EXPECT_EQ(send(request).error(), (Error{Errc::conflict, "enough"}));
  request.sink = [](std::string_view) -> Status { throw std::runtime_error("thrown"); };
  EXPECT_THROW((void)send(request), std::runtime_error);
}

TEST(Client, tells_its_progress) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes");
  auto request = get(server.url());
  std::uint64_t last = 0;
  std::uint64_t all = 0;
  request.progress = [&](std::uint64_t done, std::uint64_t total) {
    last = done;
    all = total;
  };
  ASSERT_TRUE(send(request).ok());
  EXPECT_EQ(last, 5U);
  EXPECT_EQ(all, 5U);
}

void expect_unavailable(const Result<ClientResponse>& result, std::uint16_t port, std::string_view why) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_EQ(result.error().message, fmt::format("127.0.0.1:{}: {}", port, why));
  EXPECT_FALSE(result.error().hint.empty());
}

TEST(Client, a_refused_connection_is_unavailable) {
  // The system gives no program a port below 1024.
  expect_unavailable(send(get("http://127.0.0.1:1/")), 1, "Couldn't connect to server");
}

TEST(Client, a_connection_cut_short_is_unavailable) {
  const OneAnswer silent("");
  expect_unavailable(send(get(silent.url())), silent.port(), "Server returned nothing (no headers, no data)");
  const OneAnswer half("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  expect_unavailable(send(get(half.url())), half.port(), "Transferred a partial file");
  const OneAnswer chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  expect_unavailable(send(get(chunked.url())), chunked.port(), "Transferred a partial file");
}

TEST(Client, a_reset_is_unavailable) {
  const RawServer server([](RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.reset();
  });
  expect_unavailable(send(get(server.url())), server.port(), "Failure when receiving data from the peer");
}

TEST(Client, a_server_that_says_nothing_in_time_is_unavailable) {
  // Holds the connection until the client goes.
  const RawServer server([](RawConnection& connection) { connection.read_to_end(); });
  auto request = get(server.url());
  request.stall_timeout = std::chrono::seconds(1);
  expect_unavailable(send(request), server.port(), "Timeout was reached");
  request.stall_timeout = std::chrono::seconds(60);
  request.total_timeout = std::chrono::seconds(1);
  expect_unavailable(send(request), server.port(), "Timeout was reached");
}

TEST(Client, a_plain_server_behind_https_is_unavailable) {
  const RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n").finish_sending();
    connection.read_to_end();  // closed with bytes unread, the connection would be reset, and the answer lost
  });
  const auto result = send(get(fmt::format("https://127.0.0.1:{}/", server.port())));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_THAT(result.error().message,
              StartsWith(fmt::format("127.0.0.1:{}: SSL connect error (", server.port())));
  EXPECT_EQ(result.error().hint, "check that the port speaks TLS");
}

/// A port whose queue of connections is full: the system drops what further clients send.
class FullQueue {
 public:
  FullQueue() : listener_(::socket(AF_INET, SOCK_STREAM, 0)), first_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const place = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, place, size), 0);
    EXPECT_EQ(::listen(listener_, 0), 0);
    EXPECT_EQ(::getsockname(listener_, place, &size), 0);
    port_ = ntohs(address.sin_port);
    EXPECT_EQ(::connect(first_, place, size), 0);
  }

  FullQueue(const FullQueue&) = delete;
  FullQueue& operator=(const FullQueue&) = delete;
  ~FullQueue() {
    ::close(first_);
    ::close(listener_);
  }

  std::uint16_t port() const noexcept { return port_; }

 private:
  int listener_;
  int first_;
  std::uint16_t port_ = 0;
};

TEST(Client, a_connection_that_is_not_taken_in_time_is_unavailable) {
  const FullQueue queue;
  auto request = get(fmt::format("http://127.0.0.1:{}/", queue.port()));
  request.connect_timeout = std::chrono::milliseconds(50);
  expect_unavailable(send(request), queue.port(), "Timeout was reached");
}

TEST(Client, an_unknown_host_is_unavailable) {
  const auto result = send(get("http://nowhere.invalid/"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_THAT(result.error().message, StartsWith("nowhere.invalid:80: "));
}

TEST(Client, asks_again_after_a_transfer_that_was_never_connected) {
  const RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n").finish_sending();
    connection.read_to_end();
  });
  const auto client = make_client({});
  for (const auto& url : {"http://" + std::string(64, 'a') + ".example/",  // no name server is asked for it
                          fmt::format("https://127.0.0.1:{}/", server.port())}) {
    for (int tries = 0; tries < 3; ++tries) {
      const auto result = client->send(get(url));
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.error().code, Errc::unavailable) << url;
    }
  }
}

TEST(Client, speaks_no_other_protocol) {
  const auto refused = send(get("file:///etc/passwd"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
}

/// Reads one form off a connection and answers with what it held.
class FormReader final : public PartHandler {
 public:
  Status begin(const PartHead& head) override {
    text += fmt::format("{}|{}|{}=", head.name, head.filename, head.content_type);
    return success();
  }
  Status data(std::string_view bytes) override {
    text += bytes;
    return success();
  }
  Status end() override {
    text += "\n";
    return success();
  }
  std::string text;
};

void answer_with_form(RawConnection& connection) {
  const std::string head = connection.read_until("\r\n\r\n");
  FormReader form;
  const std::size_t at = head.find("Content-Type: ") + 14;
  auto reader = MultipartReader::make(std::string_view{head}.substr(at, head.find('\r', at) - at), form);
  if (reader.ok()) (void)reader->feed(connection.read_until("--\r\n"));
  connection.send(
      fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", form.text.size(), form.text));
}

TEST(Client, sends_a_form_with_a_file_from_disk) {
  std::string path = testing::TempDir() + "file-XXXXXX";
  const int fd = ::mkstemp(path.data());
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::write(fd, "bytes", 5), 5);
  ::close(fd);
  const RawServer server(answer_with_form);
  auto request = get(server.url());
  request.method = Method::post;
  request.body =
      Form{.fields = {{":action", "file_upload"}, {"empty", ""}, {"nul", std::string{"a\0b", 3}}},
           .files = {{"content", "de\"mo.whl", "application/x-wheel", path}, {"other", "x", "", path}}};
  const auto response = send(request);
  ::unlink(path.c_str());
  ASSERT_TRUE(response.ok()) << response.error().message;
  const std::string nul("a\0b", 3);
  EXPECT_EQ(response->body, ":action||=file_upload\nempty||=\nnul||=" + nul +
                                "\ncontent|de\"mo.whl|application/x-wheel=bytes\n"
                                "other|x|application/octet-stream=bytes\n");
}

TEST(Client, sends_a_file_as_the_body) {
  std::string path = testing::TempDir() + "file-XXXXXX";
  const int fd = ::mkstemp(path.data());
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::write(fd, "by\0es", 5), 5);
  ::close(fd);
  const RawServer server([](RawConnection& connection) {
    const std::string head = connection.read_until("\r\n\r\n");
    const std::string body = connection.read_until("es");
    connection.send(
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", (head + body).size(), head + body));
  });
  auto request = get(server.url());
  request.method = Method::post;
  request.headers.add("Content-Type", "application/octet-stream");
  request.body = FileContent{path};
  const auto response = send(request);
  ::unlink(path.c_str());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_THAT(response->body, StartsWith("POST /"));
  EXPECT_THAT(response->body, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(response->body, HasSubstr("\r\nContent-Type: application/octet-stream\r\n"));
  EXPECT_TRUE(response->body.ends_with(std::string("\r\n\r\nby\0es", 9)));
}

TEST(Client, a_file_that_cannot_be_read_is_the_callers_fault) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  auto request = get(server.url());
  request.method = Method::post;
  request.body = Form{.fields = {}, .files = {{"content", "x", "", "/no/such/file"}}};
  EXPECT_EQ(send(request).error(), (Error{Errc::invalid_input, "cannot read the file \"/no/such/file\"",
                                          "check that it exists and may be read"}));
  request.body = FileContent{"/no/such/file"};
  EXPECT_EQ(send(request).error().message, "cannot read the file \"/no/such/file\"");
}

Result<ClientResponse> send(const ClientRequest& request, ConnectionRules rules) {
  return make_client({.user_agent = "packhouse-test/1"}, std::move(rules))->send(request);
}

TEST(ConnectionRules, a_local_address_is_refused_whatever_its_name) {
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  std::array<char, 256> machine{};
  ASSERT_EQ(::gethostname(machine.data(), machine.size() - 1), 0);
  const std::string own{machine.data()};  // resolves to an address of this machine, which is a local one
  for (const std::string& host : {std::string{"127.0.0.1"}, std::string{"localhost"}, std::string{"127.1"},
                                  std::string{"2130706433"}, std::string{"[::ffff:127.0.0.1]"}, own}) {
    const auto refused =
        send(get(fmt::format("http://{}:{}/", host, server.port())), {.public_addresses_only = true});
    ASSERT_FALSE(refused.ok()) << host;
    if (refused.error().code == Errc::unavailable && host == own) continue;  // it has no address at all
    EXPECT_EQ(refused.error().code, Errc::forbidden) << host << ": " << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr("expected a public address, found a local one"));
  }
  EXPECT_EQ(server.asked(), "");
  EXPECT_TRUE(send(get(server.url()), ConnectionRules{}).ok());
}

TEST(ConnectionRules, a_proxy_takes_the_place_of_those_in_the_environment) {
  const OneAnswer proxy("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto answered =
      send(get("http://files.example/x"), {.proxy = proxy.url(), .public_addresses_only = true});
  ASSERT_TRUE(answered.ok()) << answered.error().message;
  EXPECT_THAT(proxy.asked(), StartsWith("GET http://files.example/x HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace packhouse::http
