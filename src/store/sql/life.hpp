#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/index_policy.hpp"
#include "model/ledger_entry.hpp"
#include "model/release.hpp"
#include "store/sql/connection.hpp"
#include "store/sql/steps.hpp"

/// What MetadataStore promises of a release's life, each within an open transaction.
namespace packhouse::sql {

struct ReleaseKey {
  std::string_view project;
  std::string_view version;
};

/// What the ledger is to say of a change, and when.
struct Telling {
  const LedgerNote& note;
  Timestamp now;
};

Result<bool> yank_release(Connection& connection, std::string_view index, const ReleaseKey& release,
                          const std::optional<std::string>& reason, const Telling& telling);
Result<bool> yank_file(Connection& connection, std::string_view index, std::string_view filename,
                       const std::optional<std::string>& reason, const Telling& telling);
Result<bool> block_release(Connection& connection, std::string_view index, const ReleaseKey& release,
                           const std::optional<std::string>& reason, const Telling& telling);
Result<bool> set_standing(Connection& connection, std::string_view index, std::string_view project,
                          const ProjectStanding& standing, const Telling& telling);

std::vector<std::string> indexes(Connection& connection);
Result<IndexPolicy> policy(Connection& connection, std::string_view index);
Result<bool> set_policy(Connection& connection, std::string_view index, const IndexPolicy& policy,
                        const Telling& telling);

/// forbidden in an immutable index.
Status refuse_immutable(const IndexHandle& found, std::string_view index);

}  // namespace packhouse::sql
