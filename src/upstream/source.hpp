#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "pep/project_name.hpp"
#include "upstream/page.hpp"
#include "upstream/policy.hpp"

namespace packhouse::upstream {

using Credential = std::variant<std::monostate, http::BasicAuth, http::BearerAuth>;

/// Where an upstream is, and how it is asked.
struct SourceSettings {
  http::Url url;  ///< of the Simple API; its path ends in '/', it has no credential
  Credential credential = {};
  /// Files and redirects may lead to local addresses of other origins than `url`.
  bool private_addresses = false;
  /// In place of what its Cache-Control says.
  std::optional<std::chrono::seconds> fresh_for = {};
  SourcePolicy policy = {};
};

/// To whom a client's requests go: to the upstream itself, or to another origin that its pages or redirects
/// name and that must have a public address unless the settings say otherwise.
enum class Peer { upstream, elsewhere };
using MakeClient = std::function<std::unique_ptr<http::Client>(Peer)>;

/// What a page was answered with, for the next request.
struct Validators {
  std::string etag = {};
  std::string last_modified = {};
  bool operator==(const Validators&) const = default;
};

struct PageAnswer {
  enum class Kind { page, not_modified, absent };
  Kind kind = Kind::absent;
  RemotePage page = {};  ///< of Kind::page, as the next
  Validators validators = {};
  std::chrono::seconds lifetime{0};  ///< of page and not_modified, as the next
  std::chrono::seconds grace{0};     ///< after it: see grace_of()
};

/// One upstream of an index. The credential goes to its origin alone; at most five redirects are followed,
/// from https to https only. Every wait is bounded. Errors are `unavailable`, whatever is wrong with the
/// upstream, and name its host. Thread-safe: each call has a client of its own.
class Source {
 public:
  Source(SourceSettings settings, MakeClient make_client);

  /// Its address, without a credential.
  const std::string& name() const noexcept { return name_; }
  const SourcePolicy& policy() const noexcept { return settings_.policy; }

  /// Kind::not_modified only for validators that are not empty.
  Result<PageAnswer> page(const ProjectName& project, const Validators& validators) const;
  /// Gives the bytes at `url` to `sink`, in pieces: at most `max_bytes`; before the first, the length that
  /// the upstream announces to `on_length`. not_found for a 404.
  Status file(const std::string& url, std::uint64_t max_bytes,
              const std::function<Status(std::string_view)>& sink,
              const std::function<void(std::optional<std::uint64_t>)>& on_length = nullptr) const;

 private:
  struct Clients {
    std::unique_ptr<http::Client> upstream;
    std::unique_ptr<http::Client> elsewhere;
  };
  struct Answer {
    http::Url url;
    http::ClientResponse response;
  };
  Result<Answer> get(http::Url url, http::ClientRequest request) const;
  Result<http::ClientResponse> send(Clients& clients, const http::Url& url,
                                    http::ClientRequest& request) const;
  Result<PageAnswer> read(const ProjectName& project, const Answer& answer, bool conditional) const;
  Status check_target(const http::Url& url) const;
  Error fault(const Error& cause) const;
  Clients take_clients() const;
  void give_back(Clients clients) const;

  const SourceSettings settings_;
  const MakeClient make_client_;
  const std::string name_;
  mutable std::mutex mutex_;
  mutable std::vector<Clients> idle_;  // guarded by mutex_
};

}  // namespace packhouse::upstream
