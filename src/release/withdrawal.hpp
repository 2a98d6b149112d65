#pragma once

#include <optional>
#include <string>
#include <vector>

#include "release/index_life.hpp"
#include "release/journal.hpp"
#include "release/output.hpp"
#include "sys/clock.hpp"

namespace packhouse::release {

/// Which release is withdrawn or offered again, by whom and why.
struct WithdrawalOrder {
  const ProjectName& project;
  const Version& version;
  Withdrawal mode = Withdrawal::block;
  std::string reason;
  std::string actor;
};

/// Where it is written down, and what it is done with. Everything outlives the call.
struct WithdrawalTools {
  Journal& journal;
  IndexLife life;
  Clock& clock;
  Output& output;
};

/// For parse_reason().
inline constexpr std::string_view reason_hint = "say why: the journal and the index keep it";

enum class IndexEffect : std::uint8_t {
  done,         ///< the index confirms it
  absent,       ///< the index has no such release, so there is nothing to withdraw
  unsupported,  ///< this index has no API for it
};

/// Withdraws the release on the index: the step "withdraw" of its journal. What the index says is read first
/// and after a lost answer; it is asked again only for what it does not say yet. Errors: unauthenticated,
/// unavailable after retries.
Result<IndexEffect> withdraw(const WithdrawalOrder& order, WithdrawalTools tools);

/// Undoes that: the step "restore". A block goes however it came; a yank only where `order.mode` says that it
/// was this desk's.
Result<IndexEffect> restore(const WithdrawalOrder& order, WithdrawalTools tools);

/// What the journal says was withdrawn, and whether the index is known to have done it.
struct RecordedWithdrawal {
  Withdrawal mode = Withdrawal::block;
  std::string reason;
  enum class Index : std::uint8_t { pending, done, unsupported } index = Index::pending;
};
/// nullopt for a version that the journal does not withdraw, or whose withdrawal an owner lifted.
std::optional<RecordedWithdrawal> recorded_withdrawal(const std::vector<JournalEntry>& entries);

}  // namespace packhouse::release
