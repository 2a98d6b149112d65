#include "http_server/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "http/testing/loopback.hpp"
#include "http_server/testing/memory_file.hpp"

namespace packhouse::http {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A gate that opens once.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 60s, [this] { return open_; }));
  }
  bool opens_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// What the sinks of one test saw.
struct SinkLog {
  std::mutex mutex;
  std::string received;
  std::size_t writes = 0;
  std::size_t finished = 0;
  bool overlapped = false;
  bool on_io_thread = false;
  std::atomic<std::thread::id> io_thread;
  std::atomic<int> inside = 0;
  Gate destroyed;
};

class LoggingSink : public BodySink {
 public:
  explicit LoggingSink(SinkLog& log) : log_(log) {}
  ~LoggingSink() override {
    {
      const Visit visit(log_);
    }
    log_.destroyed.open();
  }

  std::optional<Response> write(std::string_view chunk) override {
    const Visit visit(log_);
    const std::lock_guard lock(log_.mutex);
    log_.received += chunk;
    ++log_.writes;
    return std::nullopt;
  }
  Response finish() override {
    const Visit visit(log_);
    ++log_.finished;
    return Response::text(201, fmt::format("{} bytes\n", log_.received.size()));
  }

 protected:
  class Visit {
   public:
    explicit Visit(SinkLog& log) : log_(log) {
      if (++log_.inside > 1) log_.overlapped = true;
      if (std::this_thread::get_id() == log_.io_thread.load()) log_.on_io_thread = true;
    }
    ~Visit() { --log_.inside; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    SinkLog& log_;
  };
  SinkLog& log_;
};

class EarlySink final : public LoggingSink {
 public:
  using LoggingSink::LoggingSink;
  std::optional<Response> write(std::string_view) override { return Response::text(409, "enough\n"); }
};

class ThrowingSink final : public LoggingSink {
 public:
  ThrowingSink(SinkLog& log, bool in_write) : LoggingSink(log), in_write_(in_write) {}
  std::optional<Response> write(std::string_view) override {
    if (in_write_) throw std::runtime_error("write");
    return std::nullopt;
  }
  Response finish() override { throw std::runtime_error("finish"); }

 private:
  bool in_write_;
};

constexpr std::uint64_t huge_file = 1ULL << 30U;

int sparse_file(std::uint64_t size) {
  const int fd = ::memfd_create("test", MFD_CLOEXEC);
  EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(size)), 0);
  return fd;
}

/// An application whose paths say what they do.
class App final : public Handler {
 public:
  std::optional<Response> quick(Request& request) override {
    log.io_thread = std::this_thread::get_id();
    if (request.path == "/quick") return Response::text(200, fmt::format("quick {}\n", request.query));
    if (request.path == "/peer") return Response::text(200, request.peer);
    if (request.path == "/page") return prepared(page_);
    if (request.path == "/page-in-memory") return prepared(in_memory_);
    if (request.path == "/small") return prepared(small_);
    if (request.path == "/last") return closing(Response::text(200, "last\n"));
    if (request.path == "/throw-quick") throw std::runtime_error("quick");
    if (request.path == "/throw-odd") throw 7;  // what a server must survive
    return std::nullopt;
  }

  BodyPlan plan_body(Request& request) override {
    BodyPlan plan;
    plan.limit = 10'000'000;
    if (request.path == "/collect") plan.limit = 1000;
    if (request.path == "/sink") plan.sink = std::make_unique<LoggingSink>(log);
    if (request.path == "/small-sink") plan = {std::make_unique<LoggingSink>(log), 1000, std::nullopt};
    if (request.path == "/early") plan.sink = std::make_unique<EarlySink>(log);
    if (request.path == "/refuse") plan.refusal = Response::text(403, "no\n");
    if (request.path == "/refuse-by-file") {
      file = sparse_file(1);
      plan.refusal = Response{};
      plan.refusal->body = FileBody{file, 1, "\"a\""};
      blocked.open();
    }
    if (request.path == "/slow-plan") {
      blocked.open();
      release.wait();
    }
    if (request.path == "/throw-plan") throw std::runtime_error("plan");
    if (request.path == "/throw-write") plan.sink = std::make_unique<ThrowingSink>(log, true);
    if (request.path == "/throw-finish") plan.sink = std::make_unique<ThrowingSink>(log, false);
    return plan;
  }

  Response handle(Request& request) override {
    if (request.path == "/throw-handle") throw std::runtime_error("handle");
    if (request.path == "/split") {
      Response response;
      response.headers.add("X", "a\r\nInjected: b");
      return response;
    }
    if (request.path == "/block") {
      blocked.open();
      release.wait();
    }
    if (request.path == "/wait") {
      return deferred([this] {
        waiting.count_down();
        blocked.open();
        release.wait();
        return Response::text(200, "waited\n");
      });
    }
    if (request.path == "/wait-twice")
      return deferred([] { return deferred([] { return Response::text(200, "twice\n"); }); });
    if (request.path == "/throw-deferred")
      return deferred([]() -> Response { throw std::runtime_error("deferred"); });
    if (request.path == "/cached") {
      auto response = Response::text(200, "cached\n");
      response.cache_field = "Cache-Status: test; hit\r\n";
      return response;
    }
    if (request.path == "/huge") {
      Response response;
      response.body = FileBody{sparse_file(huge_file), huge_file, "\"huge\""};
      return response;
    }
    return Response::text(200,
                          fmt::format("{} {} [{}]\n", to_string(request.method), request.path, request.body));
  }

  SinkLog log;
  Gate blocked;
  Gate release;
  std::latch waiting{16};
  std::atomic<int> file = -1;
  const std::string page = std::string(100'000, 'p');

 private:
  static Response prepared(std::shared_ptr<const Prepared> body) {
    Response response;
    response.body = std::move(body);
    return response;
  }
  static Response deferred(std::function<Response()> call) {
    Response response;
    DeferredAnswer rest{.lane = "slow", .call = std::move(call)};
    response.deferred = std::make_shared<const DeferredAnswer>(std::move(rest));
    return response;
  }
  static Response closing(Response response) {
    response.close = true;
    return response;
  }

  const std::shared_ptr<const Prepared> page_ = Prepared::of_file(200, {}, memory_file(page), page.size());
  const std::shared_ptr<const Prepared> in_memory_ = Prepared::make(200, {}, page);
  const std::shared_ptr<const Prepared> small_ = Prepared::make(200, {}, "small\n");
};

ServerOptions small_options() {
  ServerOptions options;
  options.io_threads = 1;
  options.worker_threads = 2;
  return options;
}

/// A server that serves App until it goes.
class Running {
 public:
  explicit Running(ServerOptions options = small_options())
      : server_(Server::listen(std::move(options), app, &incidents).value()),
        thread_([this] { server_->run(); }) {}
  ~Running() { stop_and_join(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void stop() { server_->stop(); }
  void stop_and_join() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  RawConnection connect() const { return RawConnection(server_->port()); }
  std::uint16_t port() const { return server_->port(); }
  /// One request on a new connection.
  std::string ask(std::string_view request) const { return connect().send(request).read_message(); }

  App app;
  IncidentLog incidents;

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

std::string get(std::string_view path, std::string_view fields = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", path, fields);
}

std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", path, body.size(),
                     fields, body);
}

std::string body_of(const std::string& message) {
  return message.substr(message.find("\r\n\r\n") + 4);
}

constexpr std::string_view chunked = "Transfer-Encoding: chunked\r\n";

std::string post_chunked(std::string_view path, std::string_view chunks, std::string_view fields = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}{}\r\n{}", path, chunked, fields, chunks);
}

// ------------------------------------------------------------------ requests

TEST(Server, answers_many_requests_on_one_connection) {
  const Running server;
  auto connection = server.connect();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(body_of(connection.send(get("/quick?a")).read_message()), "quick a\n");
    EXPECT_EQ(body_of(connection.send(get("/other")).read_message()), "GET /other []\n");
    EXPECT_EQ(body_of(connection.send(get("/small")).read_message()), "small\n");
    EXPECT_EQ(body_of(connection.send(get("/page")).read_message()), server.app.page);
    EXPECT_EQ(body_of(connection.send(get("/page-in-memory")).read_message()), server.app.page);
    EXPECT_EQ(body_of(connection.send(post("/collect", "body")).read_message()), "POST /collect [body]\n");
  }
}

TEST(Server, adds_the_fields_that_every_answer_has) {
  const Running server;
  const std::string answer = server.ask(get("/small"));
  EXPECT_THAT(answer, testing::MatchesRegex("HTTP/1.1 200 OK\r\nServer: packhouse\r\n"
                                            "Date: [A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] "
                                            "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT\r\n"
                                            "X-Content-Type-Options: nosniff\r\n"
                                            "Content-Length: 6\r\n\r\nsmall\n"));
}

TEST(Server, answers_pipelined_requests_in_order) {
  const Running server;
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += get(fmt::format("/quick?{}", i)) + get(fmt::format("/handle/{}", i)) +
                post("/collect", fmt::format("b{}", i)) +
                post_chunked("/collect", fmt::format("2\r\nc{}\r\n0\r\n\r\n", i % 10));
  }
  auto connection = server.connect();
  connection.send(requests);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(body_of(connection.read_message()), fmt::format("quick {}\n", i));
    ASSERT_EQ(body_of(connection.read_message()), fmt::format("GET /handle/{} []\n", i));
    ASSERT_EQ(body_of(connection.read_message()), fmt::format("POST /collect [b{}]\n", i));
    ASSERT_EQ(body_of(connection.read_message()), fmt::format("POST /collect [c{}]\n", i % 10));
  }
}

TEST(Server, reads_requests_that_come_byte_by_byte) {
  const Running server;
  auto connection = server.connect();
  for (const char byte : "\r\n" + get("/quick?x") + post_chunked("/collect", "3\r\nabc\r\n0\r\n\r\n")) {
    connection.send({&byte, 1});
  }
  EXPECT_EQ(body_of(connection.read_message()), "quick x\n");
  EXPECT_EQ(body_of(connection.read_message()), "POST /collect [abc]\n");
}

TEST(Server, http_1_0_closes_unless_asked_to_stay) {
  const Running server;
  auto connection = server.connect();
  EXPECT_THAT(connection.send("GET /quick HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_message(),
              HasSubstr("Connection: keep-alive\r\n"));
  const std::string answer = connection.send("GET /quick HTTP/1.0\r\n\r\n").read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("quick \n"));
}

TEST(Server, closes_when_either_side_wishes) {
  const Running server;
  for (const std::string& request : {get("/quick", "Connection: close\r\n"), get("/last")}) {
    const std::string answer = server.connect().send(request).read_to_end();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  }
}

TEST(Server, head_gets_no_body) {
  const Running server;
  auto connection = server.connect();
  for (const auto* path : {"/small", "/page", "/handle"}) {
    const std::string request = fmt::format("HEAD {} HTTP/1.1\r\nHost: x\r\n\r\n", path);
    EXPECT_THAT(connection.send(request).read_message(/*bodiless=*/true),
                Not(HasSubstr("Content-Length: 0\r\n")));
  }
  EXPECT_EQ(body_of(connection.send(get("/small")).read_message()), "small\n");
}

TEST(Server, sends_parts_of_files) {
  const Running server;
  auto connection = server.connect();
  const std::string part = connection.send(get("/huge", "Range: bytes=-5\r\n")).read_message();
  EXPECT_THAT(part, StartsWith("HTTP/1.1 206 Partial Content\r\n"));
  EXPECT_THAT(part, HasSubstr(fmt::format("Content-Range: bytes {}-{}/{}\r\n", huge_file - 5, huge_file - 1,
                                          huge_file)));
  EXPECT_EQ(body_of(part), std::string(5, '\0'));
  EXPECT_THAT(connection.send(get("/huge", fmt::format("Range: bytes={}-\r\n", huge_file))).read_message(),
              StartsWith("HTTP/1.1 416 Range Not Satisfiable\r\n"));
  EXPECT_THAT(connection.send(get("/huge", "If-None-Match: \"huge\"\r\n")).read_message(),
              StartsWith("HTTP/1.1 304 Not Modified\r\n"));
}

TEST(Server, refuses_a_malformed_request_and_closes) {
  const Running server;
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\nHost: x\n\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
      {"GET /../x HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request"},
      {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400 Bad Request"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "400 Bad Request"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"},
      {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400 Bad Request"},
      {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"},
      {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "501 Not Implemented"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported"},
      {std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15}, "400 Bad Request"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: more\r\n\r\na", "417 Expectation Failed"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n",
       "431 Request Header Fields Too Large"},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n", "431 Request Header Fields Too Large"},
  };
  for (const auto& [request, status] : cases) {
    // A request behind it must never be answered.
    auto connection = server.connect();
    connection.try_send(request + get("/quick"));
    connection.finish_sending();
    const std::string answer = connection.read_to_end();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("quick")));
    EXPECT_EQ(answer.starts_with("HTTP/1.1 405"), answer.find("Allow: GET, HEAD, POST") != std::string::npos);
  }
  EXPECT_EQ(server.incidents.count(Incident::malformed_head), 14U);
  EXPECT_EQ(server.incidents.count(Incident::head_size), 2U);
}

TEST(Server, takes_the_path_of_the_absolute_form) {
  const Running server;
  EXPECT_EQ(body_of(server.ask(get("http://x/quick?a"))), "quick a\n");
}

// -------------------------------------------------------------------- deferred answers

TEST(Server, a_deferred_answer_holds_no_worker) {
  ServerOptions options = small_options();
  options.worker_threads = 1;
  Running server{options};
  auto waiting = server.connect();
  waiting.send(get("/wait"));
  server.app.blocked.wait();
  EXPECT_EQ(body_of(server.ask(get("/work"))), "GET /work []\n");
  server.app.release.open();
  EXPECT_EQ(body_of(waiting.read_message()), "waited\n");
  EXPECT_EQ(body_of(waiting.send(get("/wait-twice")).read_message()), "twice\n");
}

TEST(Server, requests_for_which_too_many_others_wait_are_told_to_come_again) {
  ServerOptions options = small_options();
  options.waiting_requests = 0;
  Running server{options};
  std::vector<RawConnection> waiting;
  for (int i = 0; i < 16; ++i)  // as many as wait on threads at a time
    waiting.emplace_back(server.connect()).send(get("/wait"));
  server.app.waiting.wait();
  const auto refused = server.ask(get("/wait"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 10\r\n"));
  EXPECT_EQ(server.incidents.count(Incident::waiting), 1U);
  EXPECT_EQ(body_of(server.ask(get("/work"))), "GET /work []\n");
  server.app.release.open();
  for (auto& connection : waiting)
    EXPECT_EQ(body_of(connection.read_message()), "waited\n");
}

TEST(Server, an_exception_of_a_deferred_answer_is_a_500) {
  const Running server;
  EXPECT_THAT(server.ask(get("/throw-deferred")), StartsWith("HTTP/1.1 500 "));
}

TEST(Server, the_field_of_a_cache_is_sent) {
  const Running server;
  EXPECT_THAT(server.ask(get("/cached")), HasSubstr("\r\nCache-Status: test; hit\r\n"));
}

// -------------------------------------------------------------------- bodies

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>((i * 31 + i / 251) & 0xffU);
  return bytes;
}

TEST(Server, streams_a_body_into_the_sink_one_call_at_a_time_on_workers) {
  Running server;
  auto connection = server.connect();
  connection.send(get("/quick")).read_message();
  const std::string body = pattern(5'000'000);
  EXPECT_THAT(connection.send(post("/sink", body)).read_message(), StartsWith("HTTP/1.1 201 Created\r\n"));
  server.app.log.destroyed.wait();
  EXPECT_TRUE(server.app.log.received == body);
  EXPECT_EQ(server.app.log.finished, 1U);
  EXPECT_GT(server.app.log.writes, 1U);
  EXPECT_FALSE(server.app.log.overlapped);
  EXPECT_FALSE(server.app.log.on_io_thread);
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
}

TEST(Server, streams_a_chunked_body_into_the_sink) {
  Running server;
  const std::string body = pattern(3'000'000);
  std::string chunks;
  for (std::size_t at = 0, size = 1; at < body.size(); at += size, size = size * 7 % 100'003) {
    chunks += fmt::format("{:x}\r\n{}\r\n", std::min(size, body.size() - at),
                          std::string_view{body}.substr(at, size));
  }
  chunks += "0\r\nTrailer: x\r\n\r\n";
  auto connection = server.connect();
  EXPECT_EQ(body_of(connection.send(post_chunked("/sink", chunks)).read_message()), "3000000 bytes\n");
  EXPECT_TRUE(server.app.log.received == body);
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
}

TEST(Server, an_empty_chunked_body_finishes_the_sink) {
  Running server;
  EXPECT_EQ(body_of(server.ask(post_chunked("/sink", "0\r\n\r\n"))), "0 bytes\n");
  EXPECT_EQ(server.app.log.writes, 0U);
}

TEST(Server, refuses_a_body_whose_content_length_is_too_long) {
  Running server;
  auto connection = server.connect();
  const std::string answer = connection.send(post("/small-sink", std::string(1001, 'x'))).read_message();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  EXPECT_EQ(body_of(answer), "the body is longer than the 1000 bytes that are accepted here\n");
  server.app.log.destroyed.wait();
  EXPECT_EQ(server.app.log.writes, 0U);
  EXPECT_EQ(server.app.log.finished, 0U);
  // It was drained: the connection is as good as new.
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
}

TEST(Server, refuses_a_chunked_body_that_turns_out_too_long) {
  Running server;
  const std::string chunk = "100\r\n" + std::string(256, 'x') + "\r\n";
  auto connection = server.connect();
  connection.send(post_chunked("/small-sink", chunk + chunk + chunk + chunk + "0\r\n\r\n"));
  EXPECT_THAT(connection.read_message(), StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  server.app.log.destroyed.wait();
  EXPECT_EQ(server.app.log.finished, 0U);
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
  connection.send(post_chunked("/collect", chunk + chunk + chunk + chunk + "0\r\n\r\n"));
  EXPECT_THAT(connection.read_message(), StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
}

TEST(Server, refuses_broken_chunks_and_discards_what_came) {
  Running server;
  auto connection = server.connect();
  connection.send(post_chunked("/sink", "3\r\nabc\r\nnonsense\r\n" + get("/quick")));
  connection.finish_sending();
  const std::string answer = connection.read_to_end();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, EndsWith("the body's chunks are malformed\n"));
  server.app.log.destroyed.wait();
  EXPECT_EQ(server.app.log.finished, 0U);
}

TEST(Server, sends_100_continue_to_a_client_that_waits_for_it) {
  Running server;
  auto connection = server.connect();
  connection.send("POST /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(connection.read_message(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(connection.send("abc").read_message()), "3 bytes\n");
  // No client waits here: the body came with the head.
  EXPECT_THAT(connection.send(post("/collect", "abc", "Expect: 100-continue\r\n")).read_message(),
              StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, survives_a_client_that_resets_before_its_100_continue) {
  Running server;
  {
    auto connection = server.connect();
    connection.send(get("/small"))
        .read_message();  // prepared: the connection's last response keeps none of it
    connection.send(
        "POST /slow-plan HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    server.app.blocked.wait();
    connection.reset();
  }
  server.app.release.open();
  EXPECT_EQ(body_of(server.ask(get("/quick?still"))), "quick still\n");
}

TEST(Server, sends_no_100_continue_for_a_body_that_it_refuses) {
  const Running server;
  for (const auto& [path, status] : {std::pair{"/refuse", "403 Forbidden"},
                                     {"/collect", "413 Content Too Large"},
                                     {"/throw-plan", "500 Internal Server Error"}}) {
    auto connection = server.connect();
    connection.send(fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n", path));
    const std::string answer = connection.read_message();
    EXPECT_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {}\r\n", status)));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  }
}

TEST(Server, a_refusal_does_not_wait_for_the_body) {
  const Running server;
  for (const auto& [path, status] : {std::pair{"/refuse", "403 Forbidden"},
                                     {"/throw-plan", "500 Internal Server Error"},
                                     {"/collect", "413 Content Too Large"}}) {
    auto connection = server.connect();
    connection.send(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n", path) +
                    std::string(100'000, 'x'));
    EXPECT_THAT(connection.read_message(), StartsWith(fmt::format("HTTP/1.1 {}\r\n", status)));
    // What still comes is dropped, and the connection serves the next request.
    connection.send(std::string(800'000, 'x'));
    EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
  }
}

TEST(Server, a_body_that_was_refused_by_its_head_is_not_read_for_long) {
  auto options = small_options();
  options.limits.refused_timeout = 40ms;
  const Running server(std::move(options));
  auto connection = server.connect();
  connection.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n");
  EXPECT_THAT(connection.read_message(), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_EQ(connection.read_to_end(), "");
}

TEST(Server, an_early_answer_reaches_a_client_that_sends_everything_first) {
  Running server;
  auto connection = server.connect();
  const std::string body(1'000'000, 'x');
  for (const auto& [path, status] : {std::pair{"/refuse", "403 Forbidden"},
                                     {"/early", "409 Conflict"},
                                     {"/throw-plan", "500 Internal Server Error"},
                                     {"/throw-write", "500 Internal Server Error"},
                                     {"/throw-finish", "500 Internal Server Error"}}) {
    EXPECT_THAT(connection.send(post(path, body)).read_message(),
                StartsWith(fmt::format("HTTP/1.1 {}\r\n", status)));
  }
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
  EXPECT_FALSE(server.app.log.overlapped);
}

TEST(Server, closes_the_file_of_an_answer_whose_client_is_gone) {
  Running server;
  {
    auto connection = server.connect();
    connection.send("POST /refuse-by-file HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc");
    server.app.blocked.wait();
  }
  server.stop_and_join();
  EXPECT_EQ(::fcntl(server.app.file, F_GETFD), -1);
}

TEST(Server, drains_no_more_than_its_limit) {
  auto options = small_options();
  options.limits.max_refused_bytes = 100'000;
  const Running server(std::move(options));
  auto announced = server.connect();
  announced.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
  EXPECT_THAT(announced.read_message(), HasSubstr("Connection: close\r\n"));
  auto endless = server.connect();
  endless.send(post_chunked("/refuse", ""));
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  endless.send(chunk + chunk + chunk);
  const std::string answer = endless.read_message();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_EQ(endless.read_to_end(), "");
}

TEST(Server, discards_a_body_whose_sender_vanishes) {
  for (const bool by_reset : {false, true}) {
    Running server;
    auto connection = server.connect();
    connection.send(get("/quick")).read_message();
    connection.send("POST /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" +
                    std::string(1'000'000, 'x'));
    if (by_reset) connection.reset();
    if (!by_reset) connection.finish_sending();
    server.app.log.destroyed.wait();
    EXPECT_EQ(server.app.log.finished, 0U);
    EXPECT_FALSE(server.app.log.overlapped);
    EXPECT_FALSE(server.app.log.on_io_thread);
    server.stop_and_join();
    EXPECT_EQ(server.incidents.count(Incident::body_cut), 1U);
  }
}

// ----------------------------------------------------------- faulty handlers

TEST(Server, a_throwing_handler_gives_a_500_and_the_server_goes_on) {
  const Running server;
  auto connection = server.connect();
  for (const auto* path : {"/throw-quick", "/throw-odd", "/throw-handle", "/split"}) {
    const std::string answer = connection.send(get(path)).read_message();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
    EXPECT_THAT(answer, EndsWith("the server failed; its log says why\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Injected")));
  }
  EXPECT_EQ(body_of(connection.send(get("/quick")).read_message()), "quick \n");
}

// -------------------------------------------------------------------- limits

/// A connection on which one request was answered. Where heads must come soon, a busy machine needs several
/// tries.
RawConnection used_connection(const Running& server) {
  while (true) {
    auto connection = server.connect();
    if (!connection.try_send(get("/quick")) || !connection.wait_for_bytes()) continue;
    connection.read_message();
    return connection;
  }
}

/// A connection whose request for /block has reached the handler, likewise.
RawConnection blocked_connection(Running& server) {
  while (true) {
    auto connection = server.connect();
    if (!connection.try_send(get("/block"))) continue;
    while (!connection.closed_by_peer()) {
      if (server.app.blocked.opens_within(10ms)) return connection;
    }
  }
}

TEST(Server, closes_a_connection_with_a_slow_head) {
  auto options = small_options();
  options.limits.head_timeout = 100ms;
  const Running server(std::move(options));
  EXPECT_EQ(server.connect().read_to_end(), "");
  EXPECT_EQ(server.connect().send("GET /quick HTT").read_to_end(), "");
  auto second = used_connection(server);
  EXPECT_EQ(second.send("GET /quick HTT").read_to_end(), "");
  EXPECT_EQ(server.incidents.count(Incident::head_time), 3U);
}

TEST(Server, closes_idle_connections) {
  auto options = small_options();
  options.limits.idle_timeout = 100ms;
  const Running server(std::move(options));
  EXPECT_EQ(used_connection(server).read_to_end(), "");
}

ServerOptions stall_options() {
  auto options = small_options();
  options.limits.stall_timeout = 100ms;
  return options;
}

TEST(Server, closes_a_connection_with_a_slow_body_and_discards_it) {
  Running server(stall_options());
  auto connection = server.connect();
  connection.send("POST /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(connection.read_to_end(), "");
  server.app.log.destroyed.wait();
  EXPECT_EQ(server.app.log.finished, 0U);
}

TEST(Server, closes_a_connection_whose_peer_does_not_read) {
  Running server(stall_options());
  auto connection = server.connect();
  connection.send(get("/huge"));
  ASSERT_TRUE(connection.wait_for_bytes());
  // Ends only once the server has given up: what the buffers hold is much less than the file.
  server.stop_and_join();
  EXPECT_LT(connection.read_to_end().size(), huge_file / 2);
}

TEST(Server, what_left_at_once_counts_for_the_rate_of_a_peer_that_then_pauses) {
  auto options = small_options();
  options.limits.rate_grace = 1ms;
  options.limits.min_bytes_per_second = 1;
  options.limits.idle_timeout = 100ms;
  Running server(std::move(options));
  auto connection = server.connect();
  connection.send(get("/huge"));
  ASSERT_TRUE(connection.wait_for_bytes());
  // An idle connection is cut meanwhile, so the sweep has seen this one.
  EXPECT_EQ(server.connect().read_to_end(), "");
  constexpr std::size_t more_than_buffers_hold = 16U << 20U;
  EXPECT_EQ(connection.read_exactly(more_than_buffers_hold).size(), more_than_buffers_hold);
}

TEST(Server, time_of_the_handler_does_not_count_against_the_peer) {
  auto options = stall_options();
  options.limits.head_timeout = 100ms;
  options.limits.idle_timeout = 100ms;
  Running server(std::move(options));
  auto connection = blocked_connection(server);
  // Three idle connections are cut one after the other meanwhile.
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(server.connect().read_to_end(), "");
  server.app.release.open();
  EXPECT_EQ(body_of(connection.read_message()), "GET /block []\n");
}

TEST(Server, refuses_connections_over_its_limits) {
  for (const bool per_address : {false, true}) {
    auto options = small_options();
    (per_address ? options.limits.max_connections_per_address : options.limits.max_connections) = 2;
    const Running server(std::move(options));
    auto first = server.connect();
    first.send(get("/quick")).read_message();
    {
      auto second = server.connect();
      second.send(get("/quick")).read_message();
      auto third = server.connect();
      EXPECT_THAT(third.read_to_end(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
      EXPECT_GT(server.incidents.count(per_address ? Incident::network_connections : Incident::connections),
                0U);
      second.finish_sending();
      second.read_to_end();
    }
    EXPECT_EQ(body_of(first.send(get("/quick")).read_message()), "quick \n");
    // The second's place is free again as soon as the server has seen it go.
    std::string answer;
    while (answer.empty() || answer.starts_with("HTTP/1.1 503")) {
      auto fourth = server.connect();
      fourth.try_send(get("/quick"));
      answer = fourth.wait_for_bytes() ? fourth.read_message() : "";
    }
    EXPECT_EQ(body_of(answer), "quick \n");
  }
}

TEST(Server, serves_many_connections_at_once) {
  auto options = small_options();
  options.io_threads = 2;
  const Running server(std::move(options));
  std::vector<RawConnection> connections;
  for (int i = 0; i < 200; ++i)
    connections.push_back(server.connect());
  for (int round = 0; round < 3; ++round) {
    for (auto& connection : connections)
      connection.send(get("/quick") + get("/handle") + get("/page"));
    for (auto& connection : connections) {
      ASSERT_EQ(body_of(connection.read_message()), "quick \n");
      ASSERT_EQ(body_of(connection.read_message()), "GET /handle []\n");
      ASSERT_EQ(body_of(connection.read_message()), server.app.page);
    }
  }
}

TEST(Server, aborted_downloads_end_nothing_but_themselves) {
  const Running server;
  for (int i = 0; i < 3; ++i) {
    auto connection = server.connect();
    connection.send(get("/huge"));
    connection.read_exactly(1'000'000);
    connection.reset();
  }
  EXPECT_EQ(body_of(server.ask(get("/quick"))), "quick \n");
}

TEST(Server, believes_trusted_proxies_only) {
  const std::string forwarded = get("/peer", "X-Forwarded-For: 192.0.2.7\r\n");
  EXPECT_EQ(body_of(Running().ask(forwarded)), "127.0.0.1");
  auto options = small_options();
  options.trusted_proxies = {"127.0.0.0/8"};
  EXPECT_EQ(body_of(Running(std::move(options)).ask(forwarded)), "192.0.2.7");
}

TEST(Server, strict_transport_is_sent_over_tls_of_a_trusted_proxy_only) {
  constexpr std::string_view field = "Strict-Transport-Security: max-age=60\r\n";
  const auto encrypted = get("/small", "X-Forwarded-Proto: https\r\n");
  auto options = small_options();
  options.strict_transport = 60s;
  EXPECT_THAT(Running(options).ask(encrypted), Not(HasSubstr(field))) << "the proxy is not trusted";
  options.trusted_proxies = {"127.0.0.0/8"};
  EXPECT_THAT(Running(options).ask(encrypted), HasSubstr(field));
  EXPECT_THAT(Running(options).ask(get("/small")), Not(HasSubstr(field)));
  options.proxies_encrypt = true;
  EXPECT_THAT(Running(options).ask(get("/small")), HasSubstr(field));
  EXPECT_THAT(Running(options).ask(get("/small", "X-Forwarded-Proto: http\r\n")), Not(HasSubstr(field)));
  options.strict_transport = 0s;
  EXPECT_THAT(Running(options).ask(encrypted), Not(HasSubstr("Strict-Transport")));
}

// ------------------------------------------------------------ start and stop

TEST(Server, finishes_requests_in_flight_when_it_stops) {
  Running server;
  auto idle = server.connect();
  idle.send(get("/quick")).read_message();
  auto silent = server.connect();
  auto busy = server.connect();
  busy.send(get("/block"));
  server.app.blocked.wait();
  server.stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_THROW(server.connect(), std::exception);
  server.app.release.open();
  const std::string answer = busy.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("GET /block []\n"));
  server.stop_and_join();
}

TEST(Server, aborts_requests_that_do_not_finish_in_time_when_it_stops) {
  auto options = small_options();
  options.limits.drain_timeout = 100ms;
  Running server(std::move(options));
  auto connection = server.connect();
  connection.send(get("/quick")).read_message();
  connection.send("POST /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  server.stop_and_join();
  EXPECT_EQ(connection.read_to_end(), "");
  EXPECT_EQ(server.app.log.finished, 0U);
}

TEST(Server, may_be_stopped_before_it_runs) {
  App app;
  const auto server = Server::listen(small_options(), app).value();
  server->stop();
  server->run();
  EXPECT_FALSE(listens_on(server->port()));
}

TEST(Server, may_be_destroyed_without_having_run) {
  App app;
  std::uint16_t port = 0;
  {
    const auto server = Server::listen(small_options(), app).value();
    port = server->port();
    EXPECT_NE(port, 0);
    EXPECT_TRUE(listens_on(port));
  }
  EXPECT_FALSE(listens_on(port));
}

TEST(Server, refuses_a_port_that_is_taken) {
  for (const unsigned threads : {1U, 2U}) {
    App app;
    auto options = small_options();
    options.io_threads = threads;
    const auto first = Server::listen(options, app).value();
    options.port = first->port();
    const auto second = Server::listen(options, app);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(
        second.error(),
        (Error{Errc::conflict,
               fmt::format("cannot listen on \"127.0.0.1\" port {}: Address already in use", first->port()),
               "choose another port, or stop what uses it"}));
  }
}

TEST(Server, refuses_malformed_addresses) {
  App app;
  auto options = small_options();
  options.address = "localhost";
  EXPECT_EQ(Server::listen(options, app).error().code, Errc::invalid_input);
  options.address = "192.0.2.1";
  EXPECT_EQ(Server::listen(options, app).error().code, Errc::invalid_input);
  options = small_options();
  options.trusted_proxies = {"nobody"};
  EXPECT_EQ(Server::listen(options, app).error().message,
            "expected an address or a network of a trusted proxy, found \"nobody\"");
}

}  // namespace
}  // namespace packhouse::http
