#pragma once

#include "base/result.hpp"
#include "model/file.hpp"
#include "model/index_policy.hpp"
#include "model/ledger_entry.hpp"
#include "model/release.hpp"
#include "model/token.hpp"
#include "model/user.hpp"
#include "store/sql/queries.hpp"

/// Between rows and what they mean. Reading a row that this program cannot have written throws StoreError.
namespace packhouse::sql {

Number to_number(Timestamp time);
OptionalNumber to_number(const std::optional<Timestamp>& time);
Timestamp to_time(Number microseconds);

Sha256 to_sha256(const Text& hex);
File to_file(FileRow&& row);
ProjectStanding to_standing(const Text& status, const Text& reason);
std::optional<ReleaseLabel> to_label(const OptionalText& text);
OptionalText label_text(const std::optional<ReleaseLabel>& label);
Release to_release(const ListReleases::Row& row);
IndexPolicy to_policy(const Text& text);
Token to_token(const ListTokens::Row& row);
User to_user(const UserRow& row);
ProjectRole to_role(const ListRoles::Row& row);

LedgerRow to_row(const LedgerEntry& entry);
/// conflict for a detail that is not JSON: somebody rewrote it, and whoever verifies the ledger must hear
/// which entry it is.
Result<LedgerEntry> to_entry(const LedgerRow& row);

}  // namespace packhouse::sql
