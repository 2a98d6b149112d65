#include "http_server/message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "http/status.hpp"

namespace packhouse::http {

std::string shown_path(std::string_view path) {
  std::string shown(path);
  for (const std::string_view place : {"/stage/", "/upload/"}) {
    const auto begin = shown.find(place);
    if (begin == std::string::npos) continue;
    const auto secret = begin + place.size();
    const auto end = std::min(shown.find('/', secret), shown.size());
    if (end > secret) shown.replace(secret, end - secret, "****");
  }
  return quote(shown, 400);
}

std::string Request::origin() const {
  const std::string_view host =
      forwarded_host.empty() ? headers.get("Host").value_or("localhost") : std::string_view{forwarded_host};
  return fmt::format("{}://{}{}", secure ? "https" : "http", host, forwarded_prefix);
}

std::string_view Request::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string> Request::query_value(std::string_view key) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals), /*plus_is_space=*/true);
    if (!name || *name != key) continue;
    const auto written = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    return percent_decode(written, /*plus_is_space=*/true);
  }
  return std::nullopt;
}

Prepared::Prepared(int status, const Headers& fields)
    : status_(status), head_(fmt::format("HTTP/1.1 {} {}\r\n", status, standard_reason(status))) {
  for (const auto& [name, value] : fields.fields())
    fmt::format_to(std::back_inserter(head_), "{}: {}\r\n", name, value);
}

std::shared_ptr<const Prepared> Prepared::make(int status, const Headers& fields, std::string body) {
  // Not make_shared: the constructor is private.
  std::shared_ptr<Prepared> made(new Prepared(status, fields));
  made->size_ = body.size();
  made->body_ = std::move(body);
  return made;
}

std::shared_ptr<const Prepared> Prepared::of_file(int status, const Headers& fields, FileDescriptor file,
                                                  std::uint64_t size) {
  std::shared_ptr<Prepared> made(new Prepared(status, fields));
  made->file_ = std::move(file);
  made->size_ = size;
  return made;
}

Response Response::text(int status, std::string body, std::string content_type) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace packhouse::http
