#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "index/context.hpp"
#include "index/holds.hpp"

namespace packhouse::index {

/// Which releases an index no longer needs: those for which all that is set here holds.
struct RetentionRules {
  std::vector<std::string> projects = {};  ///< names, or beginnings as "acme-*"; empty: all
  /// Of each project the newest so many by PEP 440, and as many that are no pre-releases; at least 1.
  std::size_t keep_last = 1;
  std::optional<std::chrono::days> older_than = {};  ///< since the last upload of a file of the release
  bool development_only = false;                     ///< ".devN"; `keep_last` counts these alone then
};

/// What is to be deleted, file by file. Made first, read by people, applied then: nothing else is deleted.
struct RetentionPlan {
  std::string index;
  std::vector<DoomedRelease> releases = {};
  std::vector<HeldRelease> held = {};

  std::uint64_t bytes() const noexcept;
  json::Object to_json() const;
  /// Reads the result of to_json(); invalid_input for anything else.
  static Result<RetentionPlan> parse(const json::Object& object);
};

/// Held is a release with a label, which is permanent, one that another index of the server has a copy of,
/// and one that a freeze has. forbidden in an immutable index; invalid_input without a rule that chooses.
Result<RetentionPlan> plan_retention(const Context& context, const RetentionRules& rules);

/// What became of a plan.
struct RetentionOutcome {
  std::size_t deleted = 0;           ///< files
  std::vector<std::string> skipped;  ///< "demo-1.0.tar.gz: it is gone"
};

/// Deletes exactly the files of the plan that are as it says, each with its ledger entry; their names are
/// retired. A file that is gone, has other bytes, or is held by now is skipped. invalid_input for a plan of
/// another index, or without a reason.
Result<RetentionOutcome> apply_retention(const Context& context, const RetentionPlan& plan,
                                         std::string_view reason, const Actor& actor);

}  // namespace packhouse::index
