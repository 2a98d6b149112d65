#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "http/connection_rules.hpp"
#include "http/curl_library.hpp"
#include "http/public_address.hpp"

namespace packhouse::http {
namespace {

constexpr std::size_t max_header_bytes = 64UL * 1024;
constexpr long buffer_bytes = 256L * 1024;

struct FreeEasy {
  void operator()(CURL* handle) const noexcept { curl().easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl().slist_free_all(list); }
};
struct FreeMime {
  void operator()(curl_mime* mime) const noexcept { curl().mime_free(mime); }
};
struct CloseFile {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;
using Mime = std::unique_ptr<curl_mime, FreeMime>;
using File = std::unique_ptr<std::FILE, CloseFile>;

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl().easy_setopt(handle, option, value);
  if (code != CURLE_OK) throw std::runtime_error(fmt::format("libcurl: {}", curl().easy_strerror(code)));
}

void append(List& list, const std::string& line) {
  curl_slist* longer = curl().slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  if (!list) list.reset(longer);  // a list keeps its first member
}

/// One transfer: what its callbacks fill, and why they ended it.
struct Transfer {
  const ClientRequest& request;
  std::string place;  // "host:port"
  ClientResponse response = {};
  std::size_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  long proxy_status = 0;  // of its answer to CONNECT
  Status refusal = {};
  std::exception_ptr failure = nullptr;

  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
};

bool Transfer::take_header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > max_header_bytes) {
    refusal = Error{Errc::too_large,
                    fmt::format("{} sent more than {} bytes of header fields", place, max_header_bytes)};
    return false;
  }
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    // Another head: of the final answer, after that of "100 Continue".
    response = {};
    const std::size_t code = line.find(' ');
    if (code == std::string_view::npos) return true;
    response.status = static_cast<int>(parse_decimal(line.substr(code + 1, 3)).value_or(0));
    if (line.size() > code + 5) response.reason = line.substr(code + 5);
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return true;
  response.headers.add(std::string{trim(line.substr(0, colon))}, std::string{trim(line.substr(colon + 1))});
  return true;
}

bool Transfer::take_body(std::string_view bytes) {
  body_bytes += bytes.size();
  if (body_bytes > request.max_body) {
    refusal = Error{Errc::too_large,
                    fmt::format("{} sent more than the {} bytes that are accepted", place, request.max_body)};
    return false;
  }
  const bool good = response.status >= 200 && response.status < 300;
  if (good && request.sink) {
    if (body_bytes == bytes.size() && request.on_head) refusal = request.on_head(response);
    if (refusal.ok()) refusal = request.sink(bytes);
    return refusal.ok();
  }
  response.body += bytes;
  return true;
}

// Callbacks of libcurl. An exception must not cross its frames: it is kept and rethrown behind them.

template <typename Call>
std::size_t guarded(Transfer& transfer, std::size_t size, Call call) noexcept {
  try {
    return call() ? size : 0;
  } catch (...) {
    transfer.failure = std::current_exception();
    return size == 0 ? 1 : 0;
  }
}

std::size_t on_header(const char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  return guarded(transfer, size * count, [&] { return transfer.take_header({data, size * count}); });
}

std::size_t on_body(const char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  return guarded(transfer, size * count, [&] { return transfer.take_body({data, size * count}); });
}

int on_progress(void* user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up) {
  auto& transfer = *static_cast<Transfer*>(user);
  const auto report = [&] {
    transfer.request.progress(static_cast<std::uint64_t>(down + up),
                              static_cast<std::uint64_t>(down_total + up_total));
    return true;
  };
  return guarded(transfer, 1, report) == 1 ? 0 : 1;
}

Error not_public(std::string_view place) {
  return {Errc::forbidden, fmt::format("{}: expected a public address, found a local one", place), {}};
}

curl_socket_t open_public_socket(void* user, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (is_public_address(address->addr))
    return ::socket(address->family, address->socktype, address->protocol);
  transfer.refusal = not_public(transfer.place);
  return CURL_SOCKET_BAD;
}

bool environment_has_proxy() {
  return std::ranges::any_of(proxy_variables, [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' && !iequals(name, "no_proxy");
  });
}

constexpr std::string_view proxy_hint =
    "check the proxy in the environment (HTTPS_PROXY), its user and password, and NO_PROXY";

/// The hint for the user.
std::string_view hint_of(CURLcode code) noexcept {
  if (code == CURLE_COULDNT_RESOLVE_HOST) return "check the host's name and this machine's name service";
  if (code == CURLE_COULDNT_RESOLVE_PROXY) return proxy_hint;
  if (code == CURLE_COULDNT_CONNECT)
    return "check that the server runs and that nothing between blocks the port";
  if (code == CURLE_OPERATION_TIMEDOUT) return "try again later, or allow more time";
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return "if the server's certificate is issued privately, name its CA file in the configuration";
  }
  if (code == CURLE_SSL_CONNECT_ERROR) return "check that the port speaks TLS";
  return "try again later";
}

/// The sources of a body while it is sent.
struct OpenBody {
  Mime mime;
  File file;
};

Errc errc_of_proxy(long status) noexcept {
  if (status == 407) return Errc::unauthenticated;
  return status < 500 ? Errc::forbidden : Errc::unavailable;
}

Easy make_easy() {
  Easy easy(curl().easy_init());
  if (!easy) throw std::bad_alloc();
  return easy;
}

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientOptions options, ConnectionRules rules = {})
      : options_(std::move(options)), rules_(std::move(rules)), easy_(make_easy()) {}

  Result<ClientResponse> send(const ClientRequest& request) override;
  std::unique_ptr<Client> another() const override { return std::make_unique<CurlClient>(options_, rules_); }

 private:
  void set_basics(const ClientRequest& request, const Url& url);
  void set_timeouts(const ClientRequest& request);
  void set_callbacks(Transfer& transfer);
  List make_headers(const ClientRequest& request);
  void set_method(const ClientRequest& request);
  Status set_body(const ClientRequest& request, OpenBody& open);
  Result<Mime> make_mime(const Form& form);
  Result<File> open_file(const FileContent& content);
  Error failure(CURLcode code, const Transfer& transfer) const;

  ClientOptions options_;
  ConnectionRules rules_;
  Easy easy_;  // keeps its connections from request to request
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

void CurlClient::set_basics(const ClientRequest& request, const Url& url) {
  CURL* easy = easy_.get();
  curl().easy_reset(easy);
  set(easy, CURLOPT_URL, url.str().c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // One request at a time gains nothing from HTTP/2.
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else if (curl().ca_file != nullptr) {
    set(easy, CURLOPT_CAINFO, curl().ca_file);
  }
  set(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // An artifact of a hundred megabytes: each call of the system and of the sink costs more than the memory.
  set(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  detail_[0] = '\0';
  set(easy, CURLOPT_ERRORBUFFER, detail_.data());
  if (const auto* basic = std::get_if<BasicAuth>(&request.auth)) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, basic->user.c_str());
    set(easy, CURLOPT_PASSWORD, basic->password.reveal().c_str());
  }
}

void CurlClient::set_timeouts(const ClientRequest& request) {
  CURL* easy = easy_.get();
  const auto total = std::chrono::milliseconds(request.total_timeout);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(total.count()));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
}

void CurlClient::set_callbacks(Transfer& transfer) {
  CURL* easy = easy_.get();
  set(easy, CURLOPT_HEADERFUNCTION, &on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_WRITEFUNCTION, &on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  if (!rules_.proxy.empty()) set(easy, CURLOPT_PROXY, rules_.proxy.c_str());
  if (rules_.public_addresses_only && rules_.proxy.empty() && !environment_has_proxy()) {
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&transfer));
  }
  if (!transfer.request.progress) return;
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
}

List CurlClient::make_headers(const ClientRequest& request) {
  List list;
  for (const auto& [name, value] : request.headers.fields()) {
    // Curl's spelling of a field without a value.
    append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  if (const auto* bearer = std::get_if<BearerAuth>(&request.auth)) {
    append(list, fmt::format("Authorization: Bearer {}", bearer->token.reveal()));
  }
  // Without this, curl would state application/x-www-form-urlencoded.
  const bool form = std::holds_alternative<Form>(request.body);
  if (!form && request.headers.count("Content-Type") == 0) append(list, "Content-Type:");
  set(easy_.get(), CURLOPT_HTTPHEADER, list.get());
  // A proxy gets none of these fields.
  set(easy_.get(), CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  return list;
}

void CurlClient::set_method(const ClientRequest& request) {
  CURL* easy = easy_.get();
  const bool bodiless = std::holds_alternative<std::monostate>(request.body);
  if (request.method == Method::head) {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == Method::post && bodiless) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE, 0L);
  } else if (request.method != Method::post && (request.method != Method::get || !bodiless)) {
    set(easy, CURLOPT_CUSTOMREQUEST, std::string{to_string(request.method)}.c_str());
  }
  // For HEAD, curl would compare the Content-Length of a body that is not sent.
  if (request.method != Method::head) {
    const auto most = std::min<std::uint64_t>(request.max_body, std::numeric_limits<curl_off_t>::max());
    set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(most));
  }
}

Status CurlClient::set_body(const ClientRequest& request, OpenBody& open) {
  CURL* easy = easy_.get();
  if (const auto* text = std::get_if<std::string>(&request.body)) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text->size()));
    set(easy, CURLOPT_POSTFIELDS, text->c_str());
  } else if (const auto* form = std::get_if<Form>(&request.body)) {
    TRY(open.mime, make_mime(*form));
    set(easy, CURLOPT_MIMEPOST, open.mime.get());
  } else if (const auto* content = std::get_if<FileContent>(&request.body)) {
    TRY(open.file, open_file(*content));
  }
  return success();
}

/// Read by curl itself, which rewinds it when a kept connection turns out to be dead.
Result<File> CurlClient::open_file(const FileContent& content) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(content.path, failed);
  File file(failed ? nullptr : std::fopen(content.path.c_str(), "rbe"));
  if (!file) {
    return Error{Errc::invalid_input, fmt::format("cannot read the file {}", quote(content.path)),
                 "check that it exists and may be read"};
  }
  set(easy_.get(), CURLOPT_POST, 1L);
  set(easy_.get(), CURLOPT_READDATA, static_cast<void*>(file.get()));
  set(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
  return file;
}

Result<Mime> CurlClient::make_mime(const Form& form) {
  Mime mime(curl().mime_init(easy_.get()));
  if (!mime) throw std::bad_alloc();
  for (const FormField& field : form.fields) {
    curl_mimepart* part = curl().mime_addpart(mime.get());
    if (part == nullptr || curl().mime_name(part, field.name.c_str()) != CURLE_OK ||
        curl().mime_data(part, field.value.data(), field.value.size()) != CURLE_OK) {
      throw std::bad_alloc();
    }
  }
  for (const FormFile& file : form.files) {
    curl_mimepart* part = curl().mime_addpart(mime.get());
    if (part == nullptr || curl().mime_name(part, file.name.c_str()) != CURLE_OK) throw std::bad_alloc();
    if (curl().mime_filedata(part, file.path.c_str()) != CURLE_OK) {
      return Error{Errc::invalid_input, fmt::format("cannot read the file {}", quote(file.path)),
                   "check that it exists and may be read"};
    }
    curl().mime_filename(part, file.filename.c_str());
    curl().mime_type(part,
                     file.content_type.empty() ? "application/octet-stream" : file.content_type.c_str());
  }
  return mime;
}

Error CurlClient::failure(CURLcode code, const Transfer& transfer) const {
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (!transfer.refusal.ok()) return transfer.refusal.error();
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code == CURLE_FILESIZE_EXCEEDED) {
    return {Errc::too_large, fmt::format("{} would send more than the {} bytes that are accepted",
                                         transfer.place, transfer.request.max_body)};
  }
  if (code == CURLE_READ_ERROR) {
    return {Errc::invalid_input,
            fmt::format("a file could not be read while it was sent to {}", transfer.place),
            "check that nothing else changes it"};
  }
  // An answer to CONNECT is the proxy's: the request did not reach the server.
  if (transfer.proxy_status >= 300) {
    return {errc_of_proxy(transfer.proxy_status),
            fmt::format("{}: the proxy does not let us through: status {}", transfer.place,
                        transfer.proxy_status),
            std::string{proxy_hint}};
  }
  // Curl's details say more than its code only for certificates.
  const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
  const std::string_view detail{detail_.data()};
  const bool unknown_peer = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
  return {unknown_peer ? Errc::forbidden : Errc::unavailable,
          fmt::format("{}: {}{}", transfer.place, curl().easy_strerror(code),
                      tls && !detail.empty() ? fmt::format(" ({})", quote(detail)) : ""),
          std::string{hint_of(code)}};
}

Result<ClientResponse> CurlClient::send(const ClientRequest& request) {
  TRY(const Url url, Url::parse(request.url));
  if (url.has_credentials()) {
    return Error{Errc::invalid_input,
                 fmt::format("the URL of a request to {} holds credentials", quote(url.host)),
                 "give them apart from the URL, which ends up in logs"};
  }
  const bool literal = url.host.find(':') != std::string::npos;
  Transfer transfer{
      .request = request,
      .place = fmt::format("{}{}{}:{}", literal ? "[" : "", url.host, literal ? "]" : "", url.port)};
  if (rules_.public_addresses_only && !may_be_public(url.host)) return not_public(transfer.place);
  set_basics(request, url);
  set_timeouts(request);
  set_callbacks(transfer);
  const List headers = make_headers(request);
  OpenBody open;
  CHECK_OK(set_body(request, open));
  set_method(request);
  const CURLcode code = curl().easy_perform(easy_.get());
  curl().easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &transfer.proxy_status);
  // The handle must keep no pointer into this call, and no credential.
  curl().easy_reset(easy_.get());
  if (code == CURLE_OK) return std::move(transfer.response);
  // A handle whose transfer ended before it was connected keeps its buffer, and takes no size for another
  // one.
  easy_ = make_easy();
  return failure(code, transfer);
}

}  // namespace

std::unique_ptr<Client> make_client(ClientOptions options, ConnectionRules rules) {
  return std::make_unique<CurlClient>(std::move(options), std::move(rules));
}

std::unique_ptr<Client> make_client(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace packhouse::http
