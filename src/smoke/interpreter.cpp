#include "smoke/interpreter.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::smoke {

Result<Interpreter> Interpreter::parse(std::string_view text) {
  TRY(const auto document, json::parse(trim(text), 1U << 20U));
  const json::Object* object = document.if_object();
  if (object == nullptr) return Error{Errc::internal, "expected the interpreter to describe itself"};
  Interpreter interpreter;
  TRY(const auto tags, json::get_array(*object, "tags"));
  for (const json::Value& tag : tags)
    if (tag.is_string()) interpreter.tags.emplace_back(tag.get_string());
  TRY(interpreter.purelib, json::get_string(*object, "purelib"));
  TRY(interpreter.platlib, json::get_string(*object, "platlib"));
  TRY(interpreter.scripts, json::get_string(*object, "scripts"));
  TRY(interpreter.prefix, json::get_string(*object, "prefix"));
  TRY(interpreter.python, json::get_string(*object, "python"));
  TRY(interpreter.pip, json::get_string(*object, "pip"));
  return interpreter;
}

bool Interpreter::runs(const WheelFilename& wheel) const {
  const auto is_supported = [&](const Tag& tag) { return std::ranges::find(tags, tag.str()) != tags.end(); };
  return std::ranges::any_of(wheel.tags, is_supported);
}

}  // namespace packhouse::smoke
