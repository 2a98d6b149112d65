#pragma once

#include <vector>

#include "base/json.hpp"
#include "dist/check.hpp"
#include "index/context.hpp"
#include "model/file.hpp"

/// What every way into the index does with a file that the checks have looked at.
namespace packhouse::index {

/// forbidden in an index whose policy takes no uploads.
Status refuse_closed_index(const Context& context);

/// The row of an accepted file.
File describe(const dist::Inspection& inspection, const HashValues& digests, Timestamp now);

std::vector<dist::CheckResult> results_of(const dist::Report& report, dist::Outcome outcome);

/// Objects with "check", "expected" and "found": what the ledger keeps.
json::Array to_notes(const std::vector<dist::CheckResult>& results);

/// What an entry on a file that came in tells.
json::Object detail_of(const File& file);

}  // namespace packhouse::index
