#pragma once

#include <utility>

#include "base/json.hpp"
#include "base/result.hpp"

// What the outcomes of the desk's commands have in common.
namespace packhouse {

/// As a document shows it.
inline json::Object to_json(const Error& error) {
  return {{"code", to_string(error.code)}, {"message", error.message}, {"hint", error.hint}};
}

}  // namespace packhouse

namespace packhouse::console {

/// `outcome` at the command's end: where `kind` is an error, it and its document say so.
template <typename Outcome, typename Kind>
Outcome ended(Outcome outcome, Result<Kind> kind) {
  if (kind.ok()) return outcome;
  outcome.document["error"] = to_json(kind.error());
  outcome.error = std::move(kind).error();
  return outcome;
}

}  // namespace packhouse::console
