// Whole requests against all routes of an index: none is answered as a fault of the server, and a caller who
// may not change anything changes nothing.
//
// The first byte chooses the caller; the rest is a request head and its body. The index is made again after
// some thousand requests, so that it stays small.
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "api/index_routes.hpp"
#include "api/server_routes.hpp"
#include "http_server/request_head.hpp"
#include "index/testing/test_index.hpp"
#include "routing/gate.hpp"

using packhouse::Actor;
using packhouse::Secret;
using packhouse::http::HeadFacts;
using packhouse::http::HeadScanner;
using packhouse::http::Request;
using packhouse::http::Response;
namespace api = packhouse::api;
namespace auth = packhouse::auth;
namespace index_of = packhouse::index;
namespace oidc = packhouse::oidc;
namespace routing = packhouse::routing;

namespace {

constexpr std::size_t requests_of_a_site = 5000;
constexpr std::array<std::string_view, 4> callers{"", "read", "upload,stage,smoke,publish,yank", "admin"};
constexpr std::size_t readers = 2;  // the first of them may change nothing

void require(bool holds) {
  if (!holds) std::abort();
}

/// An index with one project "demo" and a token for each caller.
class Site {
 public:
  Site() {
    for (const auto* version : {"1.0", "1.1"}) {
      const auto filename = index_of::testing::wheel_filename("demo", version);
      require(site_.add(filename, index_of::testing::wheel_bytes("demo", version)).ok());
    }
    const Actor actor{.kind = "console", .id = "fuzz", .address = {}};
    for (std::size_t i = 1; i < callers.size(); ++i) {
      const auto request = index_of::TokenRequest::parse({.label = "fuzz", .permissions = callers[i]});
      tokens_[i] = service_.create(*request, actor)->secret;
    }
    length_ = site_.ledger_length();
  }

  void take(std::size_t caller, std::string_view head, std::string_view body) {
    Request request;
    HeadFacts facts;
    if (parse_head(head, request, facts)) return;
    request.peer = "192.0.2.1";
    if (!tokens_[caller].empty() && request.headers.count("Authorization") == 0)
      request.headers.add("Authorization", "Bearer " + tokens_[caller].reveal());
    const bool known = request.headers.count("Authorization") == 1 && !tokens_[caller].empty();
    check(body.empty() ? answer(request) : answer_to_body(request, body));
    if (caller < readers || !known) require(entries_since() == 0);
    length_ += static_cast<std::int64_t>(entries_since());
  }

 private:
  Response answer(Request& request) {
    if (auto quick = gate_.quick(request)) return std::move(*quick);
    return gate_.handle(request);
  }

  Response answer_to_body(Request& request, std::string_view body) {
    auto plan = gate_.plan_body(request);
    if (plan.refusal) return std::move(*plan.refusal);
    if (plan.sink) {
      if (auto early = plan.sink->write(body)) return std::move(*early);
      return plan.sink->finish();
    }
    if (body.size() > plan.limit) return Response::text(413, "");
    request.body = body;
    return gate_.handle(request);
  }

  static void check(const Response& response) {
    if (const auto* file = std::get_if<packhouse::http::FileBody>(&response.body)) ::close(file->fd);
    require(response.status >= 200 && response.status < 500);
  }

  std::size_t entries_since() { return site_.store->ledger().entries(length_, 1000)->size(); }

  index_of::testing::TestIndex site_;
  auth::Authenticator authenticator_;
  index_of::TokenService service_{site_.store->access(), site_.clock, authenticator_};
  index_of::UserService users_{site_.store->access(), site_.clock, authenticator_};
  oidc::PublisherService publishers_{site_.store->publishers(), site_.store->access(), site_.clock,
                                     authenticator_};
  oidc::TokenMint mint_{
      "", {}, site_.store->publishers(), site_.store->access(), site_.clock, authenticator_};
  api::Caches caches_{1U << 20U, 100};
  const index_of::Context context_ = site_.context(caches_);
  spdlog::logger log_{"fuzz", std::make_shared<spdlog::sinks::null_sink_mt>()};
  api::IndexRoutes index_routes_{
      context_,
      {.caches = caches_, .users = users_, .publishers = publishers_, .log = log_},
      {.folder = site_.folder.path(), .uploads = {.max_file_size = 1U << 20U, .max_in_flight = 4}}};
  api::ServerRoutes server_routes_{context_, service_, users_, mint_, routing::BaseUrl{}, {}, log_};
  routing::Gate gate_{server_routes_.table(index_routes_.table()), authenticator_, site_.clock, log_, {}};
  std::array<Secret, callers.size()> tokens_;
  std::int64_t length_ = 0;
};

Site& site() {
  static std::unique_ptr<Site> current;
  static std::size_t taken = 0;
  if (!current || ++taken % requests_of_a_site == 0) {
    current.reset();
    current = std::make_unique<Site>();
  }
  return *current;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadScanner scanner;
  if (scanner.scan(bytes) != HeadScanner::State::complete) return 0;
  site().take(data[0] % callers.size(), bytes.substr(scanner.begin(), scanner.end() - scanner.begin()),
              bytes.substr(scanner.end()));
  return 0;
}
