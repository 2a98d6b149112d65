#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/release_state_client.hpp"
#include "config/desk_identity.hpp"
#include "desk/promotion/promote.hpp"
#include "dist/policy.hpp"
#include "smoke/smoke_check.hpp"
#include "source/checklist.hpp"
#include "source/local_source.hpp"
#include "source/policy.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// The desk's configuration of a project. docs/promotion.md has a line for each key.
struct DeskConfiguration {
  source::Policy policy;
  smoke::SmokePolicy smoke;
  source::ChecklistPolicy checklist = {};
  client::Withdrawal withdrawal = client::Withdrawal::block;  ///< [tool.packhouse.rollback] withdraw
  source::RecoverPolicy recovery = {};                        ///< [tool.packhouse.recover]
  dist::Policy files = {};  ///< [tool.packhouse.policy], as `packhouse check` names them
  /// [tool.packhouse.forge] kind; never null
  const forge::ForgeKind* forge = &forge::forge_kinds().front();
  std::chrono::seconds forge_wait{300};              ///< [tool.packhouse.forge] max-wait-seconds
  std::chrono::seconds index_wait{120};              ///< [tool.packhouse.index] wait-seconds
  desk::Staging staging = desk::Staging::automatic;  ///< [tool.packhouse.index] staging
  bool index_has_root = true;                        ///< [tool.packhouse.index] root-page
  bool plain_http_allowed = false;                   ///< [tool.packhouse.index] allow-plain-http
  std::uint64_t max_archive_mb = 4096;               ///< [tool.packhouse.forge] max-archive-mb
  std::string ca_file = {};                          ///< [tool.packhouse.network] ca-file
};

/// The table `tool.packhouse` of a pyproject.toml, or the same keys at the top of a packhouse.toml. Unknown
/// keys are errors, with their line. `repository` and `repository-id` fall back to $GITHUB_REPOSITORY and
/// $GITHUB_REPOSITORY_ID (Gitea's jobs have the first too), on GitLab to $CI_PROJECT_PATH and $CI_PROJECT_ID;
/// where both are there and differ, that is an error.
Result<DeskConfiguration> parse_desk_configuration(std::string_view text, std::string_view file,
                                                   const Environment& environment);

/// `given`, or what is in the folder: pyproject.toml with such a table, or packhouse.toml. Both is an error.
Result<DeskConfiguration> read_desk_configuration(FileSystem& disk, const std::optional<Path>& given,
                                                  const Path& folder, const Environment& environment);

}  // namespace packhouse::app
