#include "attest/protojson.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/text.hpp"

namespace packhouse::attest::protojson {

Result<std::int64_t> get_int64(const json::Object& object, std::string_view key, std::string_view where) {
  const auto* found = object.if_contains(key);
  if (found != nullptr && found->is_int64() && found->get_int64() >= 0) return found->get_int64();
  if (found != nullptr && found->is_string()) {
    const auto number = parse_decimal(std::string_view(found->get_string()));
    if (number && *number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(*number);
    }
  }
  return Error{Errc::invalid_input,
               fmt::format("expected an integer from 0 at {}.{}, found {}", where, key,
                           found == nullptr ? "nothing" : quote(json::dump(*found), 40))};
}

Result<std::string> get_bytes(const json::Object& object, std::string_view key, std::string_view where,
                              std::size_t most) {
  TRY(const auto text, json::get_string(object, key, where));
  auto bytes = from_base64(text);
  if (!bytes || bytes->empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected base64 at {}.{}, found {}", where, key, quote(text, 40))};
  }
  if (bytes->size() > most) {
    return Error{Errc::too_large, fmt::format("expected at most {} bytes at {}.{}, found {}", most, where,
                                              key, bytes->size())};
  }
  return std::move(*bytes);
}

Result<json::Array> get_list(const json::Object& object, std::string_view key, std::string_view where,
                             std::size_t most) {
  if (!has(object, key)) return json::Array();
  TRY(auto list, json::get_array(object, key, where));
  if (list.size() > most) {
    return Error{Errc::too_large, fmt::format("expected at most {} elements at {}.{}, found {}", most, where,
                                              key, list.size())};
  }
  return list;
}

Result<json::Object> as_object(const json::Value& value, std::string_view where) {
  if (const auto* object = value.if_object()) return *object;
  return Error{Errc::invalid_input,
               fmt::format("expected objects at {}, found {}", where, quote(json::dump(value), 40))};
}

bool has(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && !found->is_null();
}

}  // namespace packhouse::attest::protojson
