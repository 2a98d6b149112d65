#include "http/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"
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

}  // namespace packhouse::http
