#include "release/release_state.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace packhouse::release {
namespace {

using Kind = ReleaseState::Kind;

std::string text_of(const json::Object& detail, std::string_view key) {
  const auto text = json::get_string(detail, key);
  return text.ok() ? *text : std::string{};
}

ReleaseState from_outcome(const JournalEntry& entry) {
  const std::string result = text_of(entry.detail, "result");
  if (result == "refused") return {Kind::refused, entry.step, entry.time, refused_checks(entry.detail)};
  if (result == "error") return {Kind::failed, entry.step, entry.time, text_of(entry.detail, "error")};
  if (entry.step == "release") return {Kind::released, entry.step, entry.time};
  return {Kind::unfinished, entry.step, entry.time};
}

bool blocks(const JournalEntry& entry) {
  return entry.phase == "outcome" && text_of(entry.detail, "state") == "blocked";
}

ReleaseState from_block(const JournalEntry& entry) {
  const std::string reason = text_of(entry.detail, "reason");
  return {Kind::blocked, entry.step, entry.time, reason.empty() ? refused_checks(entry.detail) : reason};
}

/// A smoke check that was asked for by itself, and not as the end of a promotion.
bool stands_alone(const JournalEntry& entry) {
  return entry.step == "smoke" && entry.detail.contains("digests_from");
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 6> words{"unknown", "unfinished", "failed",
                                                  "refused", "blocked",    "released"};
  return words.at(static_cast<std::size_t>(kind));
}

ReleaseState state_of(const std::vector<JournalEntry>& entries) {
  ReleaseState state;
  for (const JournalEntry& entry : entries) {
    if (entry.step == "unblock") {
      state = {Kind::unfinished, entry.step, entry.time, text_of(entry.detail, "reason")};
    } else if (blocks(entry)) {
      state = from_block(entry);
    } else if (state.kind != Kind::blocked && state.kind != Kind::released && !stands_alone(entry)) {
      state = entry.phase == "intent" ? ReleaseState{Kind::unfinished, entry.step, entry.time}
                                      : from_outcome(entry);
    }
  }
  return state;
}

Check decide_not_blocked(const ReleaseState& state) {
  const bool blocked = state.kind == Kind::blocked;
  Examination exam;
  exam.on({"journal"})
      .that("release.not-blocked", !blocked, "a version that was not blocked",
            blocked ? fmt::format("blocked since {}: {}", state.since, quote(state.reason)) : "not blocked",
            "bump the version and release the fix. If the cause was not in the package, an owner may say so "
            "with "
            "`packhouse unblock VERSION --reason WHY`");
  return exam.take().front();
}

Status unblock(Journal& journal, std::string_view actor, std::string_view reason) {
  if (trim(reason).empty()) {
    return Error{Errc::invalid_input, "expected a reason, found none",
                 "say why the version may be used after all"};
  }
  const ReleaseState state = state_of(journal.entries());
  if (state.kind != Kind::blocked) {
    return Error{Errc::conflict, fmt::format("expected a version that is blocked, found one that is {}",
                                             to_string(state.kind))};
  }
  return journal.outcome("unblock", {{"actor", actor}, {"reason", reason}, {"was", state.reason}});
}

}  // namespace packhouse::release
