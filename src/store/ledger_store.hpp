#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"

namespace packhouse {

/// The ledger of the whole server. The other parts of the MetadataStore append to it, each in the transaction
/// of its change. Errors and threads as in MetadataStore.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  /// At most `limit` entries whose sequence is greater than `after`, in order. conflict for an entry whose
  /// detail is no JSON object: the database was changed outside packhouse.
  virtual Result<std::vector<LedgerEntry>> entries(std::int64_t after, std::size_t limit) = 0;
  /// Of something that changes no row, such as a repair of bytes. invalid_input as in every other change.
  virtual Status append(const LedgerNote& note, Timestamp now) = 0;
};

}  // namespace packhouse
