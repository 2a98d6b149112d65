#include "release/withdrawal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "release/forge/retry.hpp"
#include "release/release_state.hpp"

namespace packhouse::release {
namespace {

using Act = Result<IndexEffect> (*)(const WithdrawalOrder& order, IndexLife& life);

std::string_view result_of(const Result<IndexEffect>& effect) {
  if (!effect.ok()) return "error";
  switch (*effect) {
    case IndexEffect::done:
      return "passed";
    case IndexEffect::absent:
      return "absent";
    case IndexEffect::unable:
      return "unable";
  }
  return "error";
}

Result<IndexEffect> withdraw_once(const WithdrawalOrder& order, IndexLife& life) {
  TRY(const auto standing, life.look(order.project, order.version));
  if (!standing) return IndexEffect::unable;
  if (!standing->there) return IndexEffect::absent;
  if (standing->is(order.how)) return IndexEffect::done;
  CHECK_OK(life.withdraw(order.how, order.project, order.version, order.reason));
  return IndexEffect::done;
}

Result<IndexEffect> restore_once(const WithdrawalOrder& order, IndexLife& life) {
  TRY(const auto standing, life.look(order.project, order.version));
  if (!standing) return IndexEffect::unable;
  if (!standing->there) return IndexEffect::absent;
  if (standing->blocked) {
    CHECK_OK(life.restore(Withdrawal::block, order.project, order.version, order.reason));
  }
  if (standing->yanked && order.how == Withdrawal::yank) {
    CHECK_OK(life.restore(Withdrawal::yank, order.project, order.version, order.reason));
  }
  return IndexEffect::done;
}

// Each round begins with what the index says, so that nothing is repeated blindly.
Result<IndexEffect> with_retries(const WithdrawalOrder& order, WithdrawalTools& tools, Act act) {
  for (int failures = 1;; ++failures) {
    auto effect = act(order, tools.life);
    if (effect.ok() || effect.error().code != Errc::unavailable) return effect;
    const auto wait = failure_wait(failures, "the index did not answer well");
    if (!wait) return effect;
    tools.output.line(fmt::format("  {}: waiting {} s", wait->reason,
                                  std::chrono::ceil<std::chrono::seconds>(wait->time).count()));
    tools.clock.sleep(wait->time);
  }
}

Result<IndexEffect> on_record(std::string_view step, const WithdrawalOrder& order, WithdrawalTools& tools,
                              Act act) {
  const json::Object said{{"how", to_string(order.how)}, {"reason", order.reason}, {"actor", order.actor}};
  CHECK_OK(tools.journal.intent(step, said));
  const auto effect = with_retries(order, tools, act);
  json::Object detail = said;
  detail["result"] = result_of(effect);
  if (!effect.ok()) detail["error"] = effect.error().message;
  CHECK_OK(tools.journal.outcome(step, std::move(detail)));
  return effect;
}

}  // namespace

Result<std::string> parse_reason(std::string_view text) {
  const std::string_view reason = trim(text);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (reason.empty() || reason.size() > 1000 || !is_utf8(reason) || std::ranges::any_of(reason, is_control)) {
    return Error{
        Errc::invalid_input,
        fmt::format("expected a reason of 1 to 1000 bytes in one line, found {} bytes", reason.size()),
        "say why: the journal and the index keep it"};
  }
  return std::string(reason);
}

Result<IndexEffect> withdraw(const WithdrawalOrder& order, WithdrawalTools tools) {
  return on_record("withdraw", order, tools, withdraw_once);
}

Result<IndexEffect> restore(const WithdrawalOrder& order, WithdrawalTools tools) {
  return on_record("restore", order, tools, restore_once);
}

std::optional<RecordedWithdrawal> recorded_withdrawal(const std::vector<JournalEntry>& entries) {
  const ReleaseState state = state_of(entries);
  if (!state.withdrawn()) return std::nullopt;
  const bool yanked = state.kind == ReleaseState::Kind::yanked;
  RecordedWithdrawal recorded{yanked ? Withdrawal::yank : Withdrawal::block, state.reason};
  for (const JournalEntry& entry : entries) {
    if (entry.phase != "outcome" || (entry.step != "withdraw" && entry.step != "unblock")) continue;
    const auto result = json::get_string(entry.detail, "result").value_or("");
    using Index = RecordedWithdrawal::Index;
    recorded.index = entry.step == "unblock" ? Index::pending
                     : result == "passed"    ? Index::done
                     : result == "error"     ? Index::pending
                                             : Index::unable;
  }
  return recorded;
}

}  // namespace packhouse::release
