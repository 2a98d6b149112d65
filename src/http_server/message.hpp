#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/headers.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/growing_file.hpp"

namespace packhouse::http {

class Handler;

/// A request whose head has been read, decoded and normalised once.
struct Request {
  Method method = Method::get;
  /// Percent-decoded; several slashes count as one; no "." or ".." segment, no NUL, valid UTF-8. Anything
  /// else was answered with 400 before routing.
  std::string path;
  /// Where the path was sent with several slashes in a row behind its beginning: the address with one each,
  /// relative to the one that was sent, encoded as that, without the query. Relative links of an answer lead
  /// astray there. Empty otherwise.
  std::string single_slashes;
  /// As sent, without the "?".
  std::string query;
  Headers headers;
  /// The peer's address, or what a trusted proxy says it is.
  std::string peer;
  /// Came over TLS, to us or, as it says, to a trusted proxy.
  bool secure = false;
  /// What a trusted proxy says that Host was; empty: the Host field counts.
  std::string forwarded_host = {};
  /// The path below which a trusted proxy says that it shows the server: "/python"; empty: its root.
  std::string forwarded_prefix = {};
  /// What the route's `{name}` segments matched.
  std::vector<std::pair<std::string, std::string>> params;
  /// The whole body, for routes that collect it; empty otherwise.
  std::string body;
  /// The handler's own, from one of its calls for this request to the next; the server clears it with each
  /// head.
  std::shared_ptr<const void> handler_state = nullptr;
  /// Which handler answers it, where there may be several (HandlerSwitch), as long as its answer may refer to
  /// what that holds; the server clears it with each head.
  std::shared_ptr<Handler> handler = nullptr;
  /// Requests of one lane, such as those of one caller that take long, run on at most Workers::lane_width
  /// workers. Empty: no such limit. The handler sets it in its first call; the server clears it with each
  /// head.
  std::string lane = {};

  std::string_view param(std::string_view name) const;
  /// "https://packages.example.org/python": the scheme, the host and the path above the server's own that the
  /// client used, as far as is known. Without a slash at the end.
  std::string origin() const;
  /// The first value of that key, decoded as application/x-www-form-urlencoded.
  std::optional<std::string> query_value(std::string_view key) const;
};

/// A path as a log may show it, quoted and cut: the segment after "/stage/" or "/upload/" is a secret
/// that gives access, and is masked, also in paths without a route.
std::string shown_path(std::string_view path);

/// A prepared answer: its head and body are bytes already, so that serving it costs one copy to the socket.
/// Immutable, shared between threads.
class Prepared {
 public:
  /// `fields` holds everything but Date, Connection and Content-Length, which the server adds.
  static std::shared_ptr<const Prepared> make(int status, const Headers& fields, std::string body);
  /// The same with a body of `size` bytes in a file, which must not change any more. It is sent by sendfile,
  /// which costs less than a copy from 32 KiB on: against nginx, a page of 60 KB was measured at 0.85 copied,
  /// at 0.97 from a memfd, which has small pages, and at 1.01 from a file on disk.
  static std::shared_ptr<const Prepared> of_file(int status, const Headers& fields, FileDescriptor file,
                                                 std::uint64_t size);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  int status() const noexcept { return status_; }
  /// Status line and fields, each ended by CRLF, without the empty line that ends a head.
  const std::string& head() const noexcept { return head_; }
  std::uint64_t size() const noexcept { return size_; }
  const std::string& body() const noexcept { return body_; }  ///< empty when `fd() >= 0`
  int fd() const noexcept { return file_.get(); }             ///< the file, or -1
  /// The memory that it takes. Of a long file the system caches only the parts in use.
  std::uint64_t memory() const noexcept {
    return head_.size() + (file_.valid() ? std::min(size_, max_file_memory) : size_);
  }

 private:
  static constexpr std::uint64_t max_file_memory = 1U << 20U;
  Prepared(int status, const Headers& fields);
  int status_ = 200;
  std::string head_;
  std::string body_;
  std::uint64_t size_ = 0;
  FileDescriptor file_;
};

/// A file from disk. The server answers ranges (RFC 9110 section 14, one range), If-Range, If-None-Match
/// and HEAD for it, and sends it with sendfile.
struct FileBody {
  int fd = -1;  ///< open for reading; the server closes it
  std::uint64_t size = 0;
  std::string etag;  ///< strong, with its quotes
  /// In place of `fd`: a file that is still written and will have `size` bytes. An answer waits for what is
  /// not there, and its last byte leaves once the file is complete: no client takes bytes for whole that
  /// were not verified. Of a file that fails, the connection ends before that. Shared by its answers.
  std::shared_ptr<GrowingFile> growing = nullptr;
};

struct Response;

/// The rest of a handler's work, for which another server has to be waited for.
struct DeferredAnswer {
  /// Calls of one lane, such as those to one server, run on a bounded number of threads.
  std::string lane;
  std::function<Response()> call;
};

/// An answer. `body` decides how it is sent: text is copied, Prepared and FileBody are not.
/// For Prepared, `status` and `headers` are ignored; `more_fields` are added to every answer.
struct Response {
  int status = 200;
  /// Shown on the status line in place of the standard phrase: twine prints nothing else of an error.
  /// CR, LF and what is not Latin-1 are replaced by the server.
  std::string reason = {};
  Headers headers = {};
  /// Made beforehand, each ended by CRLF; valid until the answer has been composed.
  std::string_view more_fields = {};
  std::variant<std::string, std::shared_ptr<const Prepared>, FileBody> body = std::string{};
  bool close = false;  ///< end the connection after this answer
  /// Sent with every form of the answer, ended by CRLF: a text that outlives it, such as a constant.
  std::string_view cache_field = {};
  /// Set: no answer yet. The call runs on a thread that may wait, so that no worker does, and its result
  /// takes the place of this. Shared only so that a Response can be copied.
  std::shared_ptr<const DeferredAnswer> deferred = nullptr;

  static Response text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
};

}  // namespace packhouse::http
