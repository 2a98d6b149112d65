#pragma once

#include "base/json.hpp"

// Private to attest: what protobuf's JSON mapping adds to JSON. Sigstore's documents are protobuf messages.
namespace packhouse::attest::protojson {

/// An int64: a decimal string or an integer, not negative (no field read here may be).
Result<std::int64_t> get_int64(const json::Object& object, std::string_view key, std::string_view where);
/// Bytes: base64, not empty, at most `most` of them.
Result<std::string> get_bytes(const json::Object& object, std::string_view key, std::string_view where,
                              std::size_t most);
/// A repeated field: absent and null are empty. At most `most` elements.
Result<json::Array> get_list(const json::Object& object, std::string_view key, std::string_view where,
                             std::size_t most);
/// An element of a repeated message field.
Result<json::Object> as_object(const json::Value& value, std::string_view where);
/// Absent and null are the same in protobuf.
bool has(const json::Object& object, std::string_view key);

}  // namespace packhouse::attest::protojson
