#include "http_server/answer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "http/conditional.hpp"
#include "http/status.hpp"

namespace packhouse::http {
namespace {

/// Bytes; a client prints it as one line.
constexpr std::size_t max_reason = 400;

bool has_no_body(int status) noexcept {
  return status == 204 || status == 304 || status < 200;
}

bool is_ours(std::string_view name) noexcept {
  return iequals(name, "Date") || iequals(name, "Connection") || iequals(name, "Content-Length") ||
         iequals(name, "Transfer-Encoding") || iequals(name, "Server");
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_status(std::string& out, int status, std::string_view reason) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(std::clamp(status, 100, 999)));
  out += ' ';
  out += reason.empty() ? std::string{standard_reason(status)} : clean_reason(reason);
  out += "\r\n";
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

/// The end of every head. `length` is absent where a Content-Length would be wrong.
void append_end(std::string& out, const AnswerContext& context, std::optional<std::uint64_t> length) {
  out += context.more_fields;
  out += context.cache_field;
  out += context.common_fields;
  if (length) {
    out += "Content-Length: ";
    append_number(out, *length);
    out += "\r\n";
  }
  if (context.close) {
    out += "Connection: close\r\n";
  } else if (context.say_keep_alive) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

void compose_text(Response& response, std::string body, const Request& request, const AnswerContext& context,
                  Outgoing& out) {
  append_status(out.head(), response.status, response.reason);
  for (const auto& [name, value] : response.headers.fields()) {
    if (!is_ours(name)) append_field(out.head(), name, value);
  }
  const bool bodiless = has_no_body(response.status);
  append_end(out.head(), context, bodiless ? std::nullopt : std::optional{std::uint64_t{body.size()}});
  if (!bodiless && request.method != Method::head) out.send_text(std::move(body));
}

void compose_prepared(std::shared_ptr<const Prepared> body, const Request& request,
                      const AnswerContext& context, Outgoing& out) {
  out.head() += body->head();
  const bool bodiless = has_no_body(body->status());
  append_end(out.head(), context, bodiless ? std::nullopt : std::optional{body->size()});
  if (!bodiless && request.method != Method::head) out.send_prepared(std::move(body));
}

/// Closes the descriptor unless it is handed on.
class OwnedFile {
 public:
  explicit OwnedFile(int fd) : fd_(fd) {}
  ~OwnedFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedFile(const OwnedFile&) = delete;
  OwnedFile& operator=(const OwnedFile&) = delete;
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

bool may_be_conditional(const Response& response, const Request& request) noexcept {
  return response.status == 200 && (request.method == Method::get || request.method == Method::head);
}

ByteRange wanted_range(const FileBody& file, const Request& request) noexcept {
  const auto range = request.headers.get("Range");
  if (!range || request.method != Method::get) return {};
  return parse_range(*range, request.headers.get("If-Range"), file.etag, file.size);
}

/// A 304 repeats the caching fields of a 200, and no field about the content (RFC 9110 section 15.4.5).
void compose_not_modified(const Response& response, const FileBody& file, const AnswerContext& context,
                          Outgoing& out) {
  append_status(out.head(), 304, {});
  for (const auto& [name, value] : response.headers.fields()) {
    const bool of_content = name.size() > 8 && iequals(std::string_view{name}.substr(0, 8), "content-");
    if (!is_ours(name) && !of_content && !iequals(name, "ETag")) append_field(out.head(), name, value);
  }
  append_field(out.head(), "ETag", file.etag);
  append_end(out.head(), context, std::nullopt);
}

void compose_unsatisfiable(const FileBody& file, const Request& request, const AnswerContext& context,
                           Outgoing& out) {
  auto refusal =
      Response::text(416, fmt::format("the range is outside of the {} bytes there are\n", file.size));
  refusal.headers.add("Content-Range", fmt::format("bytes */{}", file.size));
  std::string body = std::get<std::string>(std::move(refusal.body));
  compose_text(refusal, std::move(body), request, context, out);
}

void compose_file(const Response& response, const FileBody& file, const Request& request,
                  const AnswerContext& context, Outgoing& out) {
  OwnedFile owned(file.fd);
  const bool conditional = may_be_conditional(response, request) && !file.etag.empty();
  const auto known = request.headers.get("If-None-Match");
  if (conditional && known && matches_etag(*known, file.etag)) {
    return compose_not_modified(response, file, context, out);
  }
  ByteRange range = conditional ? wanted_range(file, request) : ByteRange{};
  if (range.kind == ByteRange::Kind::unsatisfiable) return compose_unsatisfiable(file, request, context, out);

  const bool part = range.kind == ByteRange::Kind::part;
  if (!part) range = {ByteRange::Kind::whole, 0, file.size};
  append_status(out.head(), part ? 206 : response.status, part ? std::string_view{} : response.reason);
  for (const auto& [name, value] : response.headers.fields()) {
    if (!is_ours(name) && !iequals(name, "ETag")) append_field(out.head(), name, value);
  }
  if (!file.etag.empty()) append_field(out.head(), "ETag", file.etag);
  if (conditional) append_field(out.head(), "Accept-Ranges", "bytes");
  if (part) {
    append_field(out.head(), "Content-Range",
                 fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, file.size));
  }
  append_end(out.head(), context, range.length);
  if (request.method == Method::head) return;
  if (file.growing) return out.send_growing(file.growing, range.first, range.length);
  out.send_file(owned.release(), range.first, range.length);
}

}  // namespace

void compose_answer(Response&& response, const Request& request, AnswerContext context, Outgoing& out) {
  context.more_fields = response.more_fields;
  context.cache_field = response.cache_field;
  if (auto* prepared = std::get_if<std::shared_ptr<const Prepared>>(&response.body)) {
    return compose_prepared(std::move(*prepared), request, context, out);
  }
  if (const auto* file = std::get_if<FileBody>(&response.body)) {
    return compose_file(response, *file, request, context, out);
  }
  std::string body = std::get<std::string>(std::move(response.body));
  compose_text(response, std::move(body), request, context, out);
}

std::string clean_reason(std::string_view reason) {
  std::string clean;
  while (!reason.empty() && clean.size() < max_reason) {
    const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(reason));
    const auto lead = static_cast<unsigned char>(reason[0]);
    if (lead >= 0x20 && lead < 0x7f) {
      clean += reason[0];
    } else if (lead < 0x20) {
      clean += ' ';
    } else if (length == 2 &&
               (lead == 0xc3 || (lead == 0xc2 && static_cast<unsigned char>(reason[1]) >= 0xa0))) {
      // U+00A0 to U+00FF
      clean += static_cast<char>(((lead & 0x03U) << 6U) | (static_cast<unsigned char>(reason[1]) & 0x3fU));
    } else {
      clean += '?';
    }
    reason.remove_prefix(length);
  }
  return clean;
}

std::string http_date(std::int64_t unix_seconds) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

}  // namespace packhouse::http
