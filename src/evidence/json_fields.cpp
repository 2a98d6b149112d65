#include "evidence/json_fields.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse {
namespace {

std::string dotted(PathInDocument path) {
  std::string text;
  for (const auto& part : path) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

Error absent(PathInDocument path, std::string_view kind, const json::Value* found) {
  return {Errc::invalid_input,
          fmt::format("{} at {}", found == nullptr ? "nothing" : "no " + std::string(kind), dotted(path))};
}

}  // namespace

const json::Value* member_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = &document;
  for (const auto& part : path) {
    const json::Object* object = value->if_object();
    if (object == nullptr) return nullptr;
    value = object->if_contains(part);
    if (value == nullptr) return nullptr;
  }
  return value->is_null() ? nullptr : value;
}

Field<std::string> text_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = member_at(document, path);
  if (value == nullptr || !value->is_string()) return absent(path, "string", value);
  return std::string(value->get_string());
}

Field<std::int64_t> number_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = member_at(document, path);
  if (value == nullptr || !value->is_int64()) return absent(path, "integer", value);
  return value->get_int64();
}

Field<std::string> number_as_text_at(const json::Value& document, PathInDocument path) {
  const auto number = number_at(document, path);
  if (!number.ok()) return number.error();
  return std::to_string(*number);
}

Field<bool> flag_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = member_at(document, path);
  if (value == nullptr || !value->is_bool()) return absent(path, "boolean", value);
  return value->get_bool();
}

Field<Timestamp> time_at(const json::Value& document, PathInDocument path) {
  auto text = text_at(document, path);
  if (!text.ok()) return text.error();
  return parse_iso8601(*text);
}

json::Value copy_of(const json::Value& document, PathInDocument path) {
  const json::Value* member = member_at(document, path);
  return member == nullptr ? json::Value(nullptr) : *member;
}

json::Object members_of(const json::Value& document, std::initializer_list<std::string_view> names) {
  json::Object kept;
  for (const auto name : names)
    kept[name] = copy_of(document, {name});
  return kept;
}

Status append_items(const json::Value& document, std::string_view member, std::string_view what,
                    std::vector<json::Value>& into) {
  const json::Value* list = member_at(document, {member});
  if (list == nullptr || !list->is_array())
    return Error{Errc::unavailable, fmt::format("expected {} as a list {}, found none", what, member)};
  into.insert(into.end(), list->get_array().begin(), list->get_array().end());
  return success();
}

std::optional<std::string> next_link(std::string_view link) {
  while (!link.empty()) {
    const std::size_t open = link.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = link.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    // Parameters run to the comma before the next "<".
    const std::size_t following = link.find('<', close);
    const std::string_view parameters = link.substr(close + 1, following - close - 1);
    for (const std::string_view parameter : split(parameters, ';')) {
      const std::string_view word = trim(parameter, " \t,");
      if (word == "rel=\"next\"" || word == "rel=next")
        return std::string(link.substr(open + 1, close - open - 1));
    }
    link = following == std::string_view::npos ? std::string_view{} : link.substr(following);
  }
  return std::nullopt;
}

}  // namespace packhouse
