#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/headers.hpp"
#include "http/url.hpp"

namespace packhouse::http {

/// A text part of a multipart/form-data body that is sent.
struct FormField {
  std::string name;
  std::string value;
};
struct FormFile {
  std::string name;
  std::string filename;
  std::string content_type;
  std::string path;  ///< streamed from disk
};
struct Form {
  std::vector<FormField> fields;
  std::vector<FormFile> files;
};

/// A body that is one file, streamed from disk.
struct FileContent {
  std::string path;
};

struct BasicAuth {
  std::string user;
  Secret password;
};
struct BearerAuth {
  Secret token;
};

struct ClientResponse {
  int status = 0;
  std::string reason;
  Headers headers;
  std::string body;
};

struct ClientRequest {
  Method method = Method::get;
  /// http or https, without credentials.
  std::string url;
  Headers headers = {};
  std::variant<std::monostate, BasicAuth, BearerAuth> auth = {};
  std::variant<std::monostate, std::string, Form, FileContent> body = {};
  /// Longest body that is accepted, with or without a sink; more is too_large.
  std::uint64_t max_body = 16ULL << 20U;
  std::chrono::milliseconds connect_timeout{15'000};
  /// No byte for this long ends the transfer: unavailable.
  std::chrono::seconds stall_timeout{60};
  std::chrono::seconds total_timeout{3600};
  /// Set: a 2xx body goes here in pieces and not into ClientResponse::body. An Error ends the transfer.
  std::function<Status(std::string_view)> sink = nullptr;
  /// Called with the head of a 2xx answer before the first piece of its body goes to `sink`. An Error ends
  /// the transfer.
  std::function<Status(const ClientResponse&)> on_head = nullptr;
  /// Up and down alike.
  Progress progress = nullptr;
};

struct ClientOptions {
  std::string user_agent = "packhouse";
  std::string ca_file = {};  ///< PEM, trusted in place of the system's authorities; empty: those
};

/// Sends requests. Never follows a redirect and never reads .netrc: the caller decides where a credential
/// goes (see follow_redirects()). Proxies are taken from the environment as curl does (proxy_variables). Any
/// answer of a server, also 500, is a ClientResponse. Errors: `unavailable` for connections that are refused,
/// reset, timed out or cut short and for names that do not resolve; `forbidden` for certificates that do not
/// verify and for a proxy that refuses the connection, `unauthenticated` for one that asks for another
/// password; `too_large` for more than max_body or 64 KiB of header fields; `invalid_input` for a malformed
/// URL, a URL with credentials and a file to be sent that cannot be read. Messages name host and port, never
/// a credential.
class Client {
 public:
  virtual ~Client() = default;
  virtual Result<ClientResponse> send(const ClientRequest& request) = 0;
  /// Another client of the same kind with separate connections, for another thread; null if there is none.
  virtual std::unique_ptr<Client> another() const { return nullptr; }
};

/// The environment variables from which the proxies and the exceptions to them are taken. There is no upper
/// case of http_proxy: a CGI program's caller could set it.
inline constexpr std::array<const char*, 7> proxy_variables{
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

/// The libcurl client. One connection pool; used on one thread at a time.
std::unique_ptr<Client> make_client(ClientOptions options);

}  // namespace packhouse::http
