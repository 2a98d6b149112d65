#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/release_state_client.hpp"
#include "console/console.hpp"
#include "journal/journal.hpp"
#include "sys/clock.hpp"

namespace packhouse::desk {

/// Which release is withdrawn or offered again, by whom and why.
struct WithdrawalRequest {
  const ProjectName& project;
  const Version& version;
  client::Withdrawal mode = client::Withdrawal::block;
  std::string reason;
  std::string actor;
};

/// Where it is written down, and what it is done with. Everything outlives the call.
struct WithdrawalTools {
  journal::Journal& journal;
  client::ReleaseStateClient life;
  Clock& clock;
  console::Console& console;
};

enum class IndexEffect : std::uint8_t {
  done,         ///< the index says so itself
  absent,       ///< the index has no such release: nobody can get it, and nothing is there to withdraw
  unsupported,  ///< this index has no such ability
};

/// Withdraws the release on the index: the step "withdraw" of its journal. What the index says is read first
/// and after a lost answer; it is asked again only for what it does not say yet. Errors: unauthenticated,
/// unavailable after retries.
Result<IndexEffect> withdraw(const WithdrawalRequest& order, WithdrawalTools tools);

/// Undoes that: the step "restore". A block goes however it came; a yank only where `order.mode` says that it
/// was this desk's.
Result<IndexEffect> restore(const WithdrawalRequest& order, WithdrawalTools tools);

/// What the journal says was withdrawn, and whether the index is known to have done it.
struct RecordedWithdrawal {
  client::Withdrawal mode = client::Withdrawal::block;
  std::string reason;
  enum class Index : std::uint8_t { pending, done, unsupported } index = Index::pending;
};
/// nullopt for a version that the journal does not withdraw, or whose withdrawal an owner lifted.
std::optional<RecordedWithdrawal> recorded_withdrawal(const std::vector<journal::JournalEntry>& entries);

}  // namespace packhouse::desk
