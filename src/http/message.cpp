#include "http/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

bool splits_a_message(std::string_view text) noexcept {
  const auto has = [&](char c) { return text.find(c) != std::string_view::npos; };
  return has('\r') || has('\n') || has('\0');
}

}  // namespace

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "GET";
}

void Headers::add(std::string name, std::string value) {
  if (name.empty() || splits_a_message(name) || splits_a_message(value)) {
    throw std::invalid_argument(fmt::format("header field {} would split the message", quote(name)));
  }
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return iequals(field.first, name); });
  add(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_) {
    if (iequals(key, name)) return value;
  }
  return std::nullopt;
}

std::string Headers::get_all(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const auto& [key, value] : fields_) {
    if (!iequals(key, name)) continue;
    if (!first) joined += ", ";
    joined += value;
    first = false;
  }
  return joined;
}

std::size_t Headers::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields_, [&](const Field& field) { return iequals(field.first, name); }));
}

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

std::string_view standard_reason(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace packhouse::http
