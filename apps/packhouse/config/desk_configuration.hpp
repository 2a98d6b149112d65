#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "client/release_state_client.hpp"
#include "desk/promotion/promote.hpp"
#include "dist/policy.hpp"
#include "smoke/smoke_check.hpp"
#include "source/checklist.hpp"
#include "source/local_source.hpp"
#include "source/policy.hpp"
#include "sys/file_system.hpp"

namespace packhouse::app {

/// Whose CI built what is promoted.
enum class ForgeKind : std::uint8_t { github, gitlab, gitea };

/// What the desk is told of a project. docs/promotion.md has a line for each key.
struct DeskConfiguration {
  source::Policy policy;
  smoke::SmokePolicy smoke;
  source::ChecklistPolicy checklist = {};
  client::Withdrawal withdrawal = client::Withdrawal::block;  ///< [tool.packhouse.rollback] withdraw
  source::RecoverPolicy recovery = {};                        ///< [tool.packhouse.recover]
  dist::Policy files = {};               ///< [tool.packhouse.policy], as `packhouse check` names them
  ForgeKind forge = ForgeKind::github;   ///< [tool.packhouse.forge] kind
  std::chrono::seconds forge_wait{300};  ///< [tool.packhouse.forge] max-wait-seconds
  std::chrono::seconds index_wait{120};  ///< [tool.packhouse.index] wait-seconds
  desk::Staging staging = desk::Staging::automatic;  ///< [tool.packhouse.index] staging
  std::uint64_t max_archive_mb = 4096;               ///< [tool.packhouse.forge] max-archive-mb
  std::string ca_file = {};                          ///< [tool.packhouse.network] ca-file
};

/// Reads an environment variable; nullopt for one that is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The table `tool.packhouse` of a pyproject.toml, or the same keys at the top of a packhouse.toml. Unknown
/// keys are errors, with their line. `repository` and `repository-id` fall back to $GITHUB_REPOSITORY and
/// $GITHUB_REPOSITORY_ID (Gitea's jobs have the first too), on GitLab to $CI_PROJECT_PATH and $CI_PROJECT_ID;
/// where both are there and differ, that is an error.
Result<DeskConfiguration> parse_desk_configuration(std::string_view text, std::string_view file,
                                                   const Environment& environment);

/// `given`, or what is in the folder: pyproject.toml with such a table, or packhouse.toml. Both is an error.
Result<DeskConfiguration> read_desk_configuration(FileSystem& disk, const std::optional<Path>& given,
                                                  const Path& folder, const Environment& environment);

/// The secrets, from the environment and nowhere else.
struct DeskSecrets {
  Secret repository_url;  ///< PRIVATE_INDEX_REPOSITORY_URL
  Secret username;        ///< PRIVATE_INDEX_USERNAME
  Secret password;        ///< PRIVATE_INDEX_PASSWORD
  Secret pip_index_url;   ///< PRIVATE_INDEX_PIP_INDEX_URL
  Secret github_token;    ///< GITHUB_TOKEN
  Secret gitlab_token;    ///< GITLAB_TOKEN
  Secret gitea_token;     ///< GITEA_TOKEN

  /// Reads them, then wipes and unsets them: no child and no reader of /proc sees them afterwards. Call it
  /// before any thread is started.
  static DeskSecrets take();
  const Secret& forge_token(ForgeKind kind) const noexcept;
};

/// The name of its variable.
std::string_view forge_token_variable(ForgeKind kind) noexcept;

/// Where the index is and what opens it.
struct IndexAddresses {
  client::IndexAddress upload;
  client::IndexAddress simple;
};
/// All that is missing is named at once. The first also wants the forge's token, for a promotion.
Result<IndexAddresses> upload_addresses(const DeskSecrets& secrets, ForgeKind forge);
Result<IndexAddresses> index_addresses(const DeskSecrets& secrets);
Result<client::IndexAddress> simple_address(const DeskSecrets& secrets);

}  // namespace packhouse::app
