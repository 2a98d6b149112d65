#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Strict JSON from outside: at most `max_bytes` long and 32 deep, one value and nothing after it, no
/// duplicate key (two readers would disagree which one counts).
Result<Value> parse(std::string_view text, std::size_t max_bytes = 16U << 20U);

/// Without blanks, keys in their order.
std::string dump(const Value& value);
/// Indented by two blanks, for readers.
std::string dump_pretty(const Value& value);
/// Keys sorted by their bytes, no blanks, no float: the form whose digest names a piece of evidence.
std::string canonical(const Value& value);

/// The member of that name and type, or an error that names both: "expected a string at run.event, found
/// null". `where` is the path of `object` for that message.
Result<std::string> get_string(const Object& object, std::string_view key, std::string_view where = {});
Result<std::int64_t> get_int(const Object& object, std::string_view key, std::string_view where = {});
Result<bool> get_bool(const Object& object, std::string_view key, std::string_view where = {});
Result<Object> get_object(const Object& object, std::string_view key, std::string_view where = {});
Result<Array> get_array(const Object& object, std::string_view key, std::string_view where = {});

}  // namespace packhouse::json
