#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"

namespace packhouse::journal {

/// What a publication of this machine called the release: for ever.
std::optional<std::string> label_of(const std::vector<JournalEntry>& entries);

/// One thing that was done for a release, as people read it.
struct HistoryLine {
  std::string time;
  std::string step;
  std::string result;  ///< "passed", "refused", …; "begun" for what has no outcome
  std::string actor;
  std::string text;  ///< the refused checks, the file, the reason, …
};

/// Every outcome of a journal, and each intent that has none, in their order.
std::vector<HistoryLine> history_of(const std::vector<JournalEntry>& entries);

}  // namespace packhouse::journal
