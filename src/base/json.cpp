#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <utility>
#include <vector>

namespace packhouse::json {
namespace {

std::string_view kind_name(boost::json::kind kind) {
  switch (kind) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return "an integer";
    case boost::json::kind::double_:
      return "a fraction";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      return "an object";
    case boost::json::kind::string:
      return "a string";
  }
  return "an unknown value";
}

Error wrong(std::string_view key, std::string_view where, std::string_view expected, std::string_view found) {
  return {Errc::invalid_input, fmt::format("expected {} at {}{}{}, found {}", expected, where,
                                           where.empty() ? "" : ".", key, found)};
}

const Value* find(const Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && !found->is_null() ? found : nullptr;
}

Error missing_or(const Object& object, std::string_view key, std::string_view where,
                 std::string_view expected) {
  const auto* found = object.if_contains(key);
  return wrong(key, where, expected, found == nullptr ? "nothing" : kind_name(found->kind()));
}

// Boost's own parser keeps the last of two equal keys. This handler fails on the second.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = 100'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 1U << 16U;
  static constexpr std::size_t max_string_size = 16U << 20U;

  using Code = boost::json::error_code;

  bool on_document_begin(Code& /*unused*/) {
    stack.reset();
    return true;
  }
  bool on_document_end(Code& /*unused*/) { return true; }
  bool on_object_begin(Code& /*unused*/) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, Code& code) {
    auto& keys = keys_.back();
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) {
      duplicate = *twice;
      code = boost::json::error::syntax;
      return false;
    }
    keys_.pop_back();
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(Code& /*unused*/) { return true; }
  bool on_array_end(std::size_t count, Code& /*unused*/) {
    stack.push_array(count);
    return true;
  }
  bool on_key_part(std::string_view part, std::size_t /*unused*/, Code& /*unused*/) {
    key_ += part;
    stack.push_chars(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t /*unused*/, Code& /*unused*/) {
    keys_.back().push_back(key_ + std::string(part));
    key_.clear();
    stack.push_key(part);
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t /*unused*/, Code& /*unused*/) {
    stack.push_chars(part);
    return true;
  }
  bool on_string(std::string_view part, std::size_t /*unused*/, Code& /*unused*/) {
    stack.push_string(part);
    return true;
  }
  bool on_number_part(std::string_view /*unused*/, Code& /*unused*/) { return true; }
  bool on_int64(std::int64_t value, std::string_view /*unused*/, Code& /*unused*/) {
    stack.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, std::string_view /*unused*/, Code& /*unused*/) {
    stack.push_uint64(value);
    return true;
  }
  bool on_double(double value, std::string_view /*unused*/, Code& /*unused*/) {
    stack.push_double(value);
    return true;
  }
  bool on_bool(bool value, Code& /*unused*/) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(Code& /*unused*/) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(std::string_view /*unused*/, Code& /*unused*/) { return true; }
  bool on_comment(std::string_view /*unused*/, Code& /*unused*/) { return true; }

  boost::json::value_stack stack;
  std::string duplicate;

 private:
  std::vector<std::vector<std::string>> keys_;
  std::string key_;
};

void write_canonical(const Value& value, std::string& out) {
  if (const auto* object = value.if_object()) {
    std::vector<const boost::json::key_value_pair*> members;
    for (const auto& member : *object)
      members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
    out += '{';
    for (const auto* member : members) {
      if (out.back() != '{') out += ',';
      out += boost::json::serialize(boost::json::string(member->key()));
      out += ':';
      write_canonical(member->value(), out);
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      if (&element != &array->front()) out += ',';
      write_canonical(element, out);
    }
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

void write_pretty(const Value& value, std::size_t depth, std::string& out) {
  const std::string inner((depth + 1) * 2, ' ');
  const std::string outer(depth * 2, ' ');
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += "{\n";
    for (const auto& member : *object) {
      if (&member != &*object->begin()) out += ",\n";
      out += inner + boost::json::serialize(boost::json::string(member.key())) + ": ";
      write_pretty(member.value(), depth + 1, out);
    }
    out += "\n" + outer + "}";
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += "[\n";
    for (const auto& element : *array) {
      if (&element != &array->front()) out += ",\n";
      out += inner;
      write_pretty(element, depth + 1, out);
    }
    out += "\n" + outer + "]";
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

Result<Value> parse(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return Error{Errc::too_large,
                 fmt::format("expected at most {} bytes of JSON, found {}", max_bytes, text.size())};
  }
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::basic_parser<StrictHandler> parser(options);
  boost::json::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (!code && used != text.size()) code = boost::json::error::extra_data;
  if (!code && !parser.done()) code = boost::json::error::incomplete;
  if (!code) return parser.handler().stack.release();
  if (!parser.handler().duplicate.empty()) {
    return Error{Errc::invalid_input, "expected JSON with unique keys, found the key " +
                                          quote(parser.handler().duplicate) + " twice"};
  }
  return Error{Errc::invalid_input, fmt::format("expected JSON, found {} at byte {} of {}", code.message(),
                                                used, quote(text, 40))};
}

std::string dump(const Value& value) {
  return boost::json::serialize(value);
}

std::string dump_pretty(const Value& value) {
  std::string out;
  write_pretty(value, 0, out);
  return out;
}

std::string canonical(const Value& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

Result<std::string> get_string(const Object& object, std::string_view key, std::string_view where) {
  const Value* found = find(object, key);
  if (found == nullptr || !found->is_string()) return missing_or(object, key, where, "a string");
  return std::string(found->get_string());
}

Result<std::int64_t> get_int(const Object& object, std::string_view key, std::string_view where) {
  const Value* found = find(object, key);
  if (found == nullptr) return missing_or(object, key, where, "an integer");
  if (found->is_int64()) return found->get_int64();
  // What was made here, and not parsed, may count without a sign.
  if (found->is_uint64() && std::in_range<std::int64_t>(found->get_uint64()))
    return static_cast<std::int64_t>(found->get_uint64());
  return missing_or(object, key, where, "an integer");
}

Result<bool> get_bool(const Object& object, std::string_view key, std::string_view where) {
  const Value* found = find(object, key);
  if (found == nullptr || !found->is_bool()) return missing_or(object, key, where, "a boolean");
  return found->get_bool();
}

Result<Object> get_object(const Object& object, std::string_view key, std::string_view where) {
  const Value* found = find(object, key);
  if (found == nullptr || !found->is_object()) return missing_or(object, key, where, "an object");
  return found->get_object();
}

Result<Array> get_array(const Object& object, std::string_view key, std::string_view where) {
  const Value* found = find(object, key);
  if (found == nullptr || !found->is_array()) return missing_or(object, key, where, "an array");
  return found->get_array();
}

}  // namespace packhouse::json
