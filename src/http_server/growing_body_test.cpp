#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "http/testing/loopback.hpp"
#include "http_server/server.hpp"
#include "http_server/testing/memory_file.hpp"

namespace packhouse::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using State = GrowingFile::State;

/// Answers every request with one file that the test lets grow.
class GrowingBody : public testing::Test, private Handler {
 protected:
  GrowingBody() : server_(Server::listen(options(), *this).value()), thread_([this] { server_->run(); }) {}
  ~GrowingBody() override {
    server_->stop();
    thread_.join();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.io_threads = 1;
    options.worker_threads = 1;
    return options;
  }
  RawConnection ask(std::string_view fields = {}, std::string_view method = "GET") const {
    RawConnection connection(server_->port());
    connection.send(fmt::format("{} / HTTP/1.1\r\nHost: x\r\n{}\r\n", method, fields));
    return connection;
  }
  void grow_to(std::size_t size) { file_->grown_to(size); }
  void complete() {
    grow_to(content_.size());
    file_->end(State::complete);
  }
  std::size_t half() const { return content_.size() / 2; }

  const std::string content_ = [] {
    std::string text;
    while (text.size() < 300'000)
      text += fmt::format("{:08}", text.size());
    return text;
  }();
  const std::shared_ptr<GrowingFile> file_ = std::make_shared<GrowingFile>(memory_file(content_));

 private:
  std::optional<Response> quick(Request& /*request*/) override {
    Response response;
    response.body = FileBody{.size = content_.size(), .etag = "\"digest\"", .growing = file_};
    return response;
  }
  BodyPlan plan_body(Request& /*request*/) override { return {}; }
  Response handle(Request& /*request*/) override { return {}; }

  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(GrowingBody, is_sent_as_it_grows) {
  auto client = ask();
  const auto head = client.read_until("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr(fmt::format("Content-Length: {}\r\n", content_.size())));
  for (std::size_t size = 0; size < content_.size() - 50'000; size += 50'000) {
    grow_to(size + 50'000);
    ASSERT_TRUE(client.read_exactly(50'000) == content_.substr(size, 50'000)) << size;
  }
  complete();
  EXPECT_TRUE(client.read_exactly(content_.size() % 50'000) ==
              content_.substr(content_.size() - content_.size() % 50'000));
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read_message(), EndsWith(content_)) << "the connection is as good as new";
}

TEST_F(GrowingBody, its_last_byte_waits_until_it_is_complete) {
  grow_to(content_.size());
  auto client = ask();
  client.read_until("\r\n\r\n");
  client.read_exactly(content_.size() - 1);
  file_->end(State::failed);
  EXPECT_EQ(client.read_to_end(), "") << "no client has it whole";
}

TEST_F(GrowingBody, that_fails_ends_the_connection_before_its_length) {
  grow_to(half());
  auto client = ask();
  client.read_until("\r\n\r\n");
  client.read_exactly(half());
  file_->end(State::failed);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(GrowingBody, that_is_shorter_than_was_announced_ends_the_connection) {
  grow_to(half());
  auto client = ask();
  client.read_until("\r\n\r\n");
  client.read_exactly(half());
  ASSERT_EQ(::ftruncate(file_->fd(), static_cast<off_t>(half())), 0);
  file_->end(State::complete);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(GrowingBody, a_range_waits_for_its_bytes_and_for_their_verification) {
  auto client = ask("Range: bytes=200000-200009\r\n");
  auto early = ask("Range: bytes=10-19\r\n");
  grow_to(half());
  const auto head = early.read_until("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 206 "));
  EXPECT_EQ(early.read_exactly(9), content_.substr(10, 9));
  complete();
  EXPECT_EQ(early.read_exactly(1), content_.substr(19, 1));
  EXPECT_THAT(client.read_message(), EndsWith("\r\n\r\n" + content_.substr(200'000, 10)));
}

TEST_F(GrowingBody, its_head_and_its_conditions_are_answered_at_once) {
  EXPECT_THAT(ask({}, "HEAD").read_message(true),
              HasSubstr(fmt::format("Content-Length: {}\r\n", content_.size())));
  EXPECT_THAT(ask("If-None-Match: \"digest\"\r\n").read_message(), StartsWith("HTTP/1.1 304 "));
  EXPECT_THAT(ask("Range: bytes=999999-\r\n").read_message(), StartsWith("HTTP/1.1 416 "));
}

TEST_F(GrowingBody, many_clients_share_it_and_one_that_leaves_disturbs_no_other) {
  std::vector<RawConnection> clients;
  for (int i = 0; i < 40; ++i)
    clients.push_back(ask());
  grow_to(half());
  for (std::size_t i = 0; i < clients.size(); i += 4) {
    clients[i].read_exactly(10'000 + i);
    clients[i].reset();
  }
  complete();
  for (std::size_t i = 0; i < clients.size(); ++i)
    if (i % 4 != 0) EXPECT_THAT(clients[i].read_message(), EndsWith(content_)) << i;
}

}  // namespace
}  // namespace packhouse::http
