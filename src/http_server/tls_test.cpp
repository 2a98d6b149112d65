#include "http_server/tls.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "http/client.hpp"
#include "http/testing/certificate.hpp"
#include "http/testing/loopback.hpp"
#include "http_server/server.hpp"
#include "http_server/testing/memory_file.hpp"

namespace packhouse::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string large(3'000'000, 'x');

class App final : public Handler {
 public:
  std::optional<Response> quick(Request& request) override {
    if (request.path == "/origin") return Response::text(200, request.origin());
    if (request.path == "/text") return Response::text(200, large);
    if (request.path == "/file") return file();
    if (request.path == "/growing") {
      Response response;
      response.body = FileBody{.size = large.size(), .etag = "\"large\"", .growing = growing};
      return response;
    }
    if (request.path == "/prepared") {
      Response response;
      response.body = Prepared::make(200, {}, large);
      return response;
    }
    return std::nullopt;
  }
  BodyPlan plan_body(Request& /*request*/) override { return {.limit = large.size()}; }
  Response handle(Request& request) override {
    return Response::text(200, fmt::format("{}", request.body.size()));
  }

  std::shared_ptr<GrowingFile> growing;  // of "/growing"

 private:
  static Response file() {
    Response response;
    response.body = FileBody{memory_file(large).release(), large.size(), "\"large\""};
    return response;
  }
};

/// A server with a certificate made now, and a client that trusts it and no other.
class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    write(TestCertificate::make("first"));
    serve(30s);
  }
  ~TlsTest() override {
    stop();
    std::filesystem::remove_all(folder_);
  }

  void serve(std::chrono::milliseconds head_timeout) {
    ServerOptions options;
    options.io_threads = 1;
    options.worker_threads = 2;
    options.limits.head_timeout = head_timeout;
    options.strict_transport = 60s;
    options.tls = TlsFiles{.certificate = path("cert.pem"), .key = path("key.pem")};
    server_ = Server::listen(options, app_).value();
    thread_ = std::thread([this] { server_->run(); });
  }
  void stop() {
    server_->stop();
    thread_.join();
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const TestCertificate& made) const {
    std::ofstream{path("cert.pem")} << made.certificate;
    std::ofstream{path("key.pem")} << made.key;
  }
  /// The body, or the error.
  std::string get(const std::string& where, const std::string& body = {}) const {
    const auto client = make_client({.ca_file = path("cert.pem")});
    ClientRequest request{.url = fmt::format("https://127.0.0.1:{}{}", server_->port(), where)};
    if (!body.empty()) {
      request.method = Method::post;
      request.body = body;
    }
    const auto response = client->send(request);
    return response.ok() ? response->body : "failed: " + response.error().message;
  }

  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "packhouse-tls-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
  }

  const std::filesystem::path folder_ = make_folder();
  App app_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(TlsTest, carries_requests_and_bodies_of_every_kind) {
  EXPECT_EQ(get("/origin"), fmt::format("https://127.0.0.1:{}", server_->port()));
  EXPECT_EQ(get("/worker"), "0");
  EXPECT_EQ(get("/worker", large), fmt::format("{}", large.size()));
  for (const auto* where : {"/text", "/file", "/prepared"})
    EXPECT_TRUE(get(where) == large) << where;
}

TEST_F(TlsTest, carries_a_file_as_it_grows_and_breaks_one_that_fails) {
  const auto half = large.size() / 2;
  for (const auto end : {GrowingFile::State::failed, GrowingFile::State::complete}) {
    app_.growing = std::make_shared<GrowingFile>(memory_file(large));
    app_.growing->grown_to(half);
    std::string body;
    bool ended = false;
    const auto client = make_client({.ca_file = path("cert.pem")});
    ClientRequest request{.url = fmt::format("https://127.0.0.1:{}/growing", server_->port())};
    request.max_body = large.size();
    request.sink = [&](std::string_view piece) {
      body += piece;
      if (body.size() < half || std::exchange(ended, true)) return success();
      if (end == GrowingFile::State::complete) app_.growing->grown_to(large.size());
      app_.growing->end(end);
      return success();
    };
    const bool whole = end == GrowingFile::State::complete;
    EXPECT_EQ(client->send(request).ok(), whole);
    EXPECT_TRUE(body == large.substr(0, whole ? large.size() : half));
  }
}

TEST_F(TlsTest, every_answer_says_that_the_server_wants_tls) {
  const auto client = make_client({.ca_file = path("cert.pem")});
  for (const auto* where : {"/origin", "/worker", "/text", "/file", "/prepared"}) {
    const auto response =
        client->send({.url = fmt::format("https://127.0.0.1:{}{}", server_->port(), where)});
    ASSERT_TRUE(response.ok()) << where;
    EXPECT_EQ(response->headers.get("Strict-Transport-Security"), "max-age=60") << where;
  }
}

TEST_F(TlsTest, a_new_certificate_is_used_for_new_connections_and_open_ones_stay) {
  const auto client = make_client({.ca_file = path("cert.pem")});
  const ClientRequest request{.url = fmt::format("https://127.0.0.1:{}/origin", server_->port())};
  ASSERT_EQ(client->send(request)->status, 200);
  EXPECT_EQ(server_->reload_certificate(false).value(), false) << "nothing has changed";
  write(TestCertificate::make("second"));
  EXPECT_EQ(server_->reload_certificate(false).value(), true);
  EXPECT_EQ(client->send(request)->status, 200) << "the connection that was open";
  EXPECT_EQ(get("/worker"), "0") << "trusts the second certificate alone";
  EXPECT_EQ(server_->reload_certificate(true).value(), true);
}

TEST_F(TlsTest, a_certificate_that_cannot_be_used_leaves_the_old_one) {
  const auto good = path("good.pem");
  std::filesystem::copy_file(path("cert.pem"), good);
  std::ofstream{path("key.pem")} << TestCertificate::make("other").key;
  const auto refused = server_->reload_certificate(false);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("key.pem\": \"key values mismatch\""));
  EXPECT_EQ(server_->reload_certificate(false).value(), false) << "reported once, until it changes again";
  std::filesystem::copy_file(good, path("cert.pem"), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(get("/worker"), "0");
}

TEST_F(TlsTest, unusable_files_are_refused_at_start) {
  std::ofstream{path("empty.pem")} << "";
  for (const auto& files :
       {TlsFiles{path("empty.pem"), path("key.pem")}, TlsFiles{path("none"), path("key.pem")},
        TlsFiles{path("cert.pem"), path("empty.pem")}}) {
    const auto refused = TlsCredentials::load(files);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Errc::invalid_input);
    EXPECT_THAT(refused.error().message, HasSubstr("cannot use the "));
  }
}

TEST_F(TlsTest, a_fifo_in_place_of_a_file_is_refused_and_does_not_block) {
  const auto fifo = path("fifo.pem");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const auto& files : {TlsFiles{fifo, path("key.pem")}, TlsFiles{path("cert.pem"), fifo}}) {
    const auto refused = TlsCredentials::load(files);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("expected a regular file"));
  }
}

TEST_F(TlsTest, plain_http_gets_a_400) {
  RawConnection connection(server_->port());
  connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(connection.read_to_end(), HasSubstr("400 Bad Request\r\n"));
}

TEST_F(TlsTest, closes_a_connection_with_a_slow_handshake) {
  stop();
  serve(100ms);
  RawConnection connection(server_->port());
  connection.send("\x16\x03\x01");
  EXPECT_EQ(connection.read_to_end(), "");
}

TEST_F(TlsTest, speaks_no_version_before_1_2) {
  const auto handshake = [&](int version) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{::SSL_CTX_new(::TLS_client_method()),
                                                         ::SSL_CTX_free};
    ::SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    ::SSL_CTX_set_min_proto_version(context.get(), version);
    ::SSL_CTX_set_max_proto_version(context.get(), version);
    std::unique_ptr<BIO, void (*)(BIO*)> bio{::BIO_new_ssl_connect(context.get()), ::BIO_free_all};
    BIO_set_conn_hostname(bio.get(), fmt::format("127.0.0.1:{}", server_->port()).c_str());
    return BIO_do_handshake(bio.get()) == 1;
  };
  EXPECT_FALSE(handshake(TLS1_1_VERSION));
  EXPECT_TRUE(handshake(TLS1_2_VERSION));
  EXPECT_TRUE(handshake(TLS1_3_VERSION));
}

}  // namespace
}  // namespace packhouse::http
