#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/release_state_client.hpp"
#include "console/console.hpp"
#include "journal/journal.hpp"
#include "sys/clock.hpp"

namespace packhouse::desk {

/// The release to withdraw or to restore, the actor and the reason.
struct WithdrawalRequest {
  ReleaseName release;
  client::Withdrawal mode = client::Withdrawal::block;
  std::string reason;
  std::string actor;
};

/// The release's journal and the outside world. Everything outlives the call.
struct WithdrawalTools {
  journal::Journal& journal;
  client::ReleaseStateClient life;
  Clock& clock;
  console::Console& console;
};

enum class IndexEffect : std::uint8_t {
  done,         ///< confirmed by the index
  absent,       ///< the index has no such release, so nothing is there to withdraw
  unsupported,  ///< this index can neither block nor yank
};

/// Withdraws the release on the index: the step "withdraw" of its journal. The index's state is read first
/// and after a lost answer; a change is requested only where the state does not show it yet. Errors:
/// unauthenticated, unavailable after retries.
Result<IndexEffect> withdraw(const WithdrawalRequest& request, WithdrawalTools tools);

/// Records the step "withdraw" of a release that the index blocked as it ended its session.
Status record_block(journal::Journal& journal, const WithdrawalRequest& request);

/// Undoes a withdrawal: the step "restore". A block is lifted whatever set it; a yank only where
/// `request.mode` says that this desk set it.
Result<IndexEffect> restore(const WithdrawalRequest& request, WithdrawalTools tools);

/// The withdrawal in the journal, and whether the index is known to have followed it.
struct RecordedWithdrawal {
  client::Withdrawal mode = client::Withdrawal::block;
  std::string reason;
  enum class Index : std::uint8_t { pending, done, unsupported } index = Index::pending;
};
/// nullopt for a version that the journal does not withdraw, or whose withdrawal was lifted by an owner.
std::optional<RecordedWithdrawal> recorded_withdrawal(const std::vector<journal::JournalEntry>& entries);

}  // namespace packhouse::desk
