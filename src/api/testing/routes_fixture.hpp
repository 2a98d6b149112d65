#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/resource.h>
#include <unistd.h>

#include <map>
#include <set>
#include <sstream>

#include "api/index_routes.hpp"
#include "api/server_routes.hpp"
#include "api/simple_page.hpp"
#include "auth/credential.hpp"
#include "base/text.hpp"
#include "index/testing/test_index.hpp"
#include "oidc/testing/issuer.hpp"
#include "routing/gate.hpp"

namespace packhouse::api::testing {

using namespace index::testing;
using http::Method;

inline constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";

/// While it lives, this process can open no further file.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// The whole table on an index with one project "demo", without a socket.
class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() {
    EXPECT_TRUE(site_.add(wheel_, wheel_content_).ok());
    EXPECT_TRUE(site_.add(sdist_filename("demo", "1.0"), sdist_bytes("demo", "1.0")).ok());
  }

  Secret issue(std::string_view permissions, const std::optional<std::string>& project = std::nullopt) {
    const auto issued = tokens_.create(
        *index::TokenRequest::parse({.label = "test", .permissions = permissions, .project = project}),
        {.kind = "console", .id = "test", .address = {}});
    EXPECT_TRUE(issued.ok());
    return issued->secret;
  }

  void revoke(const Secret& token) {
    const auto listed = tokens_.list();
    ASSERT_TRUE(listed.ok());
    const auto found = std::ranges::find(*listed, auth::hash_of(token), &Token::hash);
    ASSERT_NE(found, listed->end());
    ASSERT_TRUE(
        tokens_.revoke(found->id, "it leaked", {.kind = "console", .id = "test", .address = {}}).ok());
  }

  static http::Request request(Method method, std::string path, const Secret& token = {}) {
    http::Request made;
    made.method = method;
    made.path = std::move(path);
    made.peer = "192.0.2.1";
    if (!token.empty())
      made.headers.add("Authorization", "Basic " + to_base64("__token__:" + token.reveal()));
    return made;
  }

  /// As the server does it: a request without a body goes to quick, then handle; one with a body is planned
  /// first. A body whose type is not stated is JSON, as the clients of those routes send it.
  http::Response send(http::Request made, std::string body = {}) {
    if (body.empty()) {
      if (auto quick = gate_.quick(made)) return std::move(*quick);
      return gate_.handle(made);
    }
    if (made.headers.count("Content-Type") == 0) made.headers.add("Content-Type", "application/json");
    auto plan = gate_.plan_body(made);
    if (plan.refusal) return std::move(*plan.refusal);
    if (plan.sink) {
      for (std::string_view rest = body; !rest.empty();
           rest.remove_prefix(std::min<std::size_t>(rest.size(), 700))) {
        if (auto early = plan.sink->write(rest.substr(0, 700))) return std::move(*early);
      }
      return plan.sink->finish();
    }
    if (body.size() > plan.limit) return http::Response::text(413, "");
    made.body = std::move(body);
    return gate_.handle(made);
  }

  http::Response get(std::string path, std::string_view accept = "", std::string_view query = "") {
    auto made = request(Method::get, std::move(path), reader_);
    if (!accept.empty()) made.headers.add("Accept", std::string(accept));
    made.query = query;
    return send(std::move(made));
  }

  struct Part {
    std::string name;
    std::string value;
    std::string filename = {};
  };

  static std::string multipart(const std::vector<Part>& parts) {
    std::string body;
    for (const auto& part : parts) {
      body += fmt::format("--XX\r\nContent-Disposition: form-data; name=\"{}\"", part.name);
      if (!part.filename.empty()) {
        body += fmt::format("; filename=\"{}\"\r\nContent-Type: application/octet-stream", part.filename);
      }
      body += fmt::format("\r\n\r\n{}\r\n", part.value);
    }
    return body + "--XX--\r\n";
  }

  static std::vector<Part> upload_parts(const std::string& filename, const std::string& bytes,
                                        const std::string& name, const std::string& version) {
    return {{":action", "file_upload"},
            {"protocol_version", "1"},
            {"name", name},
            {"version", version},
            {"filetype", "bdist_wheel"},
            {"pyversion", "py3"},
            {"sha256_digest", Sha256::of(bytes).hex()},
            {"content", bytes, filename},
            {"attestations", "[]"}};
  }

  http::Response upload(const std::vector<Part>& parts, const Secret& token,
                        std::string_view accept = "*/*") {
    auto made = request(Method::post, "/legacy/", token);
    made.headers.add("Content-Type", "multipart/form-data; boundary=XX");
    made.headers.add("Accept", std::string(accept));
    return send(std::move(made), multipart(parts));
  }

  Session open_session(std::string_view name, std::string_view version) {
    const auto opened = sessions_.open(*index::SessionRequest::parse({{"name", name}, {"version", version}}),
                                       {.kind = "token", .id = "1", .address = {}});
    EXPECT_TRUE(opened.ok());
    return opened->session;
  }

  std::string file_url(std::string_view filename) {
    const auto file = site_.store->files().find("main", filename);
    EXPECT_TRUE(file.ok());
    return "/files/" + file_path(*file);
  }

  static const http::Prepared* prepared(const http::Response& response) {
    const auto* found = std::get_if<std::shared_ptr<const http::Prepared>>(&response.body);
    return found != nullptr ? found->get() : nullptr;
  }

  static int status_of(const http::Response& response) {
    return prepared(response) != nullptr ? prepared(response)->status() : response.status;
  }

  static std::string text_of(const http::Response& response) {
    if (const auto* page = prepared(response)) return page->body();
    const auto* text = std::get_if<std::string>(&response.body);
    return text != nullptr ? *text : std::string{};
  }

  /// Closes the descriptor that a server would send.
  static std::string read_file(const http::Response& response) {
    const auto& file = std::get<http::FileBody>(response.body);
    std::string bytes(file.size, '\0');
    EXPECT_EQ(::read(file.fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::close(file.fd);
    return bytes;
  }

  const std::string wheel_ = wheel_filename("demo", "1.0");
  const std::string wheel_content_ = wheel_bytes("demo", "1.0");

  TestIndex site_;
  auth::Authenticator authenticator_;
  index::TokenService tokens_{site_.store->access(), site_.clock, authenticator_};
  index::UserService users_{site_.store->access(), site_.clock, authenticator_};
  oidc::PublisherService publishers_{site_.store->publishers(), site_.store->access(), site_.clock,
                                     authenticator_};
  oidc::TestIssuer github_{"https://token.actions.githubusercontent.com"};
  oidc::TokenMint mint_{
      "packages.example.org",
      {{.kind = IssuerKind::github, .name = github_.name(), .make_client = github_.make_client()}},
      site_.store->publishers(),
      site_.store->access(),
      site_.clock,
      authenticator_};
  Caches caches_{1U << 20U, 100};
  index::Context context_ = site_.context(caches_);
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  const index::Sessions sessions_{context_, {.max_file_size = 20'000}};
  IndexRoutes index_routes_{context_,
                            {.caches = caches_, .users = users_, .publishers = publishers_, .log = log_},
                            {.folder = site_.folder.path(),
                             .uploads = {.max_file_size = 20'000, .max_in_flight = 8},
                             .sessions = sessions_.limits()}};
  ServerRoutes server_routes_{context_, tokens_, users_, mint_, routing::BaseUrl{}, {}, log_};
  routing::Gate gate_{server_routes_.table(index_routes_.table()), authenticator_, site_.clock, log_, {}};
  const Secret reader_ = issue("read");
  const Secret uploader_ = issue("upload");
  const Secret admin_ = issue("admin");
};

}  // namespace packhouse::api::testing
