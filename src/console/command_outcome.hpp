#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/result.hpp"
#include "evidence/check.hpp"

// What the outcomes of the desk's commands and of their steps have in common.
namespace packhouse {

/// As a document shows it.
inline json::Object to_json(const Error& error) {
  return {{"code", to_string(error.code)}, {"message", error.message}, {"hint", error.hint}};
}

}  // namespace packhouse

namespace packhouse::console {

/// The first line of a step summary, of the document of --json: "demo 1.2.3, run 42: refused by run.status".
std::string headline(const json::Object& document);

/// Adds to a journal's detail how a step ended: "result", and the message of an error.
template <typename T>
void add_result(json::Object& detail, const Result<T>& result, bool passed) {
  detail["result"] = !result.ok() ? "error" : (passed ? "passed" : "refused");
  if (!result.ok()) detail["error"] = result.error().message;
}

/// Completes `outcome` at a command's end: its kind (an error is Kind::failed), its checks, and the document
/// of --json, made by `make_document` from the kind's word.
template <typename Outcome, std::size_t count, typename MakeDocument>
Outcome ended(Outcome outcome, Result<typename Outcome::Kind> kind, const Checks& checks,
              const std::array<std::string_view, count>& words, const MakeDocument& make_document) {
  outcome.kind = kind.ok() ? *kind : Outcome::Kind::failed;
  outcome.checks = checks;
  outcome.document = make_document(words.at(static_cast<std::size_t>(outcome.kind)));
  if (kind.ok()) return outcome;
  outcome.document["error"] = to_json(kind.error());
  outcome.error = std::move(kind).error();
  return outcome;
}

}  // namespace packhouse::console
