#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "evidence/check.hpp"

/// What is read from the JSON of any forge. Nothing is guessed: what a document does not state, or states
/// with another type, is an absent Field that says where.
namespace packhouse {

/// The names of nested members, from the outside in.
using PathInDocument = std::initializer_list<std::string_view>;

/// nullptr where a member on the way is absent, null or no object.
const json::Value* member_at(const json::Value& document, PathInDocument path);
Field<std::string> text_at(const json::Value& document, PathInDocument path);
Field<std::int64_t> number_at(const json::Value& document, PathInDocument path);
/// The same in decimal digits: an id that other forges write as text.
Field<std::string> number_as_text_at(const json::Value& document, PathInDocument path);
Field<bool> flag_at(const json::Value& document, PathInDocument path);
/// ISO 8601.
Field<Timestamp> time_at(const json::Value& document, PathInDocument path);

/// The member there, for evidence; null where there is none.
json::Value copy_of(const json::Value& document, PathInDocument path);
/// The members of that name, for evidence.
json::Object members_of(const json::Value& document, std::initializer_list<std::string_view> names);
/// Adds what the list `member` holds; unavailable, in the words of a message about `what`, where there is
/// none.
Status append_items(const json::Value& document, std::string_view member, std::string_view what,
                    std::vector<json::Value>& into);

/// The target of rel="next" in a Link field (RFC 8288), as written.
std::optional<std::string> next_link(std::string_view link);

}  // namespace packhouse
