#include "desk/withdrawal.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/text.hpp"
#include "http/retry.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {
namespace {

using Attempt = Result<IndexEffect> (*)(const WithdrawalRequest& request, client::ReleaseStateClient& life);

std::string_view result_of(const Result<IndexEffect>& effect) {
  if (!effect.ok()) return "error";
  switch (*effect) {
    case IndexEffect::done:
      return "passed";
    case IndexEffect::absent:
      return "absent";
    case IndexEffect::unsupported:
      return "unable";
  }
  return "error";
}

Result<IndexEffect> withdraw_once(const WithdrawalRequest& request, client::ReleaseStateClient& life) {
  TRY(const auto state, life.look(request.release));
  if (!state) return IndexEffect::unsupported;
  if (!state->there) return IndexEffect::absent;
  if (state->is(request.mode)) return IndexEffect::done;
  CHECK_OK(life.withdraw(request.mode, request.release, request.reason));
  return IndexEffect::done;
}

Result<IndexEffect> restore_once(const WithdrawalRequest& request, client::ReleaseStateClient& life) {
  TRY(const auto state, life.look(request.release));
  if (!state) return IndexEffect::unsupported;
  if (!state->there) return IndexEffect::absent;
  if (state->blocked) {
    CHECK_OK(life.restore(client::Withdrawal::block, request.release, request.reason));
  }
  if (state->yanked && request.mode == client::Withdrawal::yank) {
    CHECK_OK(life.restore(client::Withdrawal::yank, request.release, request.reason));
  }
  return IndexEffect::done;
}

// Each attempt begins with a query, so that nothing is repeated blindly.
Result<IndexEffect> with_retries(const WithdrawalRequest& request, WithdrawalTools& tools, Attempt attempt) {
  for (int failures = 1;; ++failures) {
    auto effect = attempt(request, tools.life);
    if (effect.ok() || effect.error().code != Errc::unavailable) return effect;
    const auto wait = http::failure_wait(failures, "the index did not answer well");
    if (!wait) return effect;
    tools.console.line(fmt::format("  {}: waiting {} s", wait->reason,
                                   std::chrono::ceil<std::chrono::seconds>(wait->time).count()));
    tools.clock.sleep(wait->time);
  }
}

json::Object fields_of(const WithdrawalRequest& request) {
  return {{"how", to_string(request.mode)}, {"reason", request.reason}, {"actor", request.actor}};
}

Result<IndexEffect> on_record(std::string_view step, const WithdrawalRequest& request, WithdrawalTools& tools,
                              Attempt attempt) {
  const json::Object fields = fields_of(request);
  CHECK_OK(tools.journal.intent(step, fields));
  const auto effect = with_retries(request, tools, attempt);
  json::Object detail = fields;
  detail["result"] = result_of(effect);
  if (!effect.ok()) detail["error"] = effect.error().message;
  CHECK_OK(tools.journal.outcome(step, std::move(detail)));
  return effect;
}

}  // namespace

Result<IndexEffect> withdraw(const WithdrawalRequest& request, WithdrawalTools tools) {
  return on_record("withdraw", request, tools, withdraw_once);
}

Status record_block(journal::Journal& journal, const WithdrawalRequest& request) {
  json::Object detail = fields_of(request);
  detail["result"] = result_of(IndexEffect::done);
  return journal.outcome("withdraw", std::move(detail));
}

Result<IndexEffect> restore(const WithdrawalRequest& request, WithdrawalTools tools) {
  return on_record("restore", request, tools, restore_once);
}

std::optional<RecordedWithdrawal> recorded_withdrawal(const std::vector<journal::JournalEntry>& entries) {
  const journal::ReleaseState state = journal::state_of(entries);
  if (!state.withdrawn()) return std::nullopt;
  const bool yanked = state.kind == journal::ReleaseState::Kind::yanked;
  RecordedWithdrawal recorded{yanked ? client::Withdrawal::yank : client::Withdrawal::block, state.reason};
  for (const journal::JournalEntry& entry : entries) {
    if (entry.phase != "outcome" || (entry.step != "withdraw" && entry.step != "unblock")) continue;
    const auto result = json::get_string(entry.detail, "result").value_or("");
    using Index = RecordedWithdrawal::Index;
    recorded.index = entry.step == "unblock" ? Index::pending
                     : result == "passed"    ? Index::done
                     : result == "error"     ? Index::pending
                                             : Index::unsupported;
  }
  return recorded;
}

}  // namespace packhouse::desk
