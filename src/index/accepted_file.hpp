#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "dist/check.hpp"
#include "index/context.hpp"
#include "model/file.hpp"

/// Steps that uploads and sessions share once the checks of a file have run.
namespace packhouse::index {

/// What the ledger calls the import of a file; that of an upload is "file.upload".
inline constexpr std::string_view import_action = "file.import";

/// forbidden in an index whose policy allows no uploads.
Status refuse_closed_index(const Context& context);

/// The row of an accepted file.
File describe(const dist::Inspection& inspection, const HashValues& digests, Timestamp now);

std::vector<dist::CheckResult> results_of(const dist::Report& report, dist::Outcome outcome);

/// Objects with "check", "expected" and "found", for the ledger.
json::Array to_notes(const std::vector<dist::CheckResult>& results);

/// The detail of the ledger entry for a new file.
json::Object detail_of(const File& file);

}  // namespace packhouse::index
