#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "http_server/message.hpp"
#include "model/permission.hpp"

/// Bodies of the routes that read and write JSON.
namespace packhouse::routing {

/// Route::body_type of the routes that read JSON.
inline constexpr std::string_view json_body = "application/json";

/// Never cached.
http::Response json_answer(int status, const json::Value& value);

/// The body as an object with no key but those allowed; an empty body counts as an empty object.
Result<json::Object> parse_json_body(const http::Request& request,
                                     std::initializer_list<std::string_view> allowed);

// Absent and null are the same.
Result<std::optional<std::string>> optional_string(const json::Object& object, std::string_view key);
Result<std::optional<std::int64_t>> optional_int(const json::Object& object, std::string_view key);
Result<std::optional<bool>> optional_bool(const json::Object& object, std::string_view key);

/// An array of strings as "a,b,c"; nullopt when it is absent.
Result<std::optional<std::string>> optional_names(const json::Object& object, std::string_view key);

/// A permission set as an array of its names.
json::Array to_json(const Permissions& permissions);
json::Value to_json(const std::optional<std::string>& text);
json::Value to_json(const std::optional<Timestamp>& time);

}  // namespace packhouse::routing
