#include "journal/release_state.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace packhouse::journal {
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

/// A rollback says so as its intent, so that nothing is published while it is at work; a smoke check as its
/// outcome.
bool withdraws(const JournalEntry& entry) {
  const std::string state = text_of(entry.detail, "state");
  return state == "blocked" || state == "yanked";
}

ReleaseState from_withdrawal(const JournalEntry& entry) {
  const std::string reason = text_of(entry.detail, "reason");
  return {text_of(entry.detail, "state") == "yanked" ? Kind::yanked : Kind::blocked, entry.step, entry.time,
          reason.empty() ? refused_checks(entry.detail) : reason};
}

/// A smoke check that was asked for by itself, and not as the end of a promotion.
bool stands_alone(const JournalEntry& entry) {
  return entry.step == "smoke" && entry.detail.contains("digests_from");
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 7> words{"unknown", "unfinished", "failed",  "refused",
                                                  "blocked", "yanked",     "released"};
  return words.at(static_cast<std::size_t>(kind));
}

ReleaseState state_of(const std::vector<JournalEntry>& entries) {
  ReleaseState state;
  for (const JournalEntry& entry : entries) {
    if (entry.step == "unblock" && entry.phase == "outcome") {
      state = {Kind::unfinished, entry.step, entry.time, text_of(entry.detail, "reason")};
    } else if (withdraws(entry)) {
      state = from_withdrawal(entry);
    } else if (!state.withdrawn() && state.kind != Kind::released && !stands_alone(entry)) {
      state = entry.phase == "intent" ? ReleaseState{Kind::unfinished, entry.step, entry.time}
                                      : from_outcome(entry);
    }
  }
  return state;
}

Check decide_not_blocked(const ReleaseState& state) {
  CheckBuilder exam;
  exam.on({"journal"})
      .require(
          "release.not-blocked", !state.withdrawn(), "a version that was not blocked",
          state.withdrawn()
              ? fmt::format("{} since {}: {}", to_string(state.kind), state.since, quote(state.reason))
              : "not blocked",
          "bump the version and release the fix. If the cause was not in the package, an owner may say so "
          "with "
          "`packhouse unblock VERSION --reason WHY`");
  return exam.take().front();
}

Status can_unblock(const Journal& journal, std::string_view reason) {
  if (trim(reason).empty()) {
    return Error{Errc::invalid_input, "expected a reason, found none",
                 "say why the version may be used after all"};
  }
  const ReleaseState state = state_of(journal.entries());
  if (state.withdrawn()) return success();
  return Error{Errc::conflict, fmt::format("expected a version that is blocked, found one that is {}",
                                           to_string(state.kind))};
}

Status unblock(Journal& journal, std::string_view actor, std::string_view reason) {
  CHECK_OK(can_unblock(journal, reason));
  return journal.outcome("unblock",
                         {{"actor", actor}, {"reason", reason}, {"was", state_of(journal.entries()).reason}});
}

}  // namespace packhouse::journal
