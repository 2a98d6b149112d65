#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "client/session_client.hpp"
#include "client/upload_queue.hpp"
#include "journal/plan.hpp"
#include "smoke/background_check.hpp"
#include "smoke/virtual_environment.hpp"
#include "source/candidate.hpp"

// The states of a release on its way to the index. A step takes the state that the step before it gave, so
// the compiler holds their order.
namespace packhouse::desk {

/// The state that a step gives; nullopt: a check refused the release, and no step follows.
template <typename State>
using StepResult = Result<std::optional<State>>;

/// The files are sound, and the index holds nothing of this version that conflicts with them.
struct Examined {
  const source::Candidate& candidate;
  client::IndexRelease served;  ///< what the index has of this version already
  bool can_stage = false;
  journal::Plan plan;

  const dist::Manifest& manifest() const { return *candidate.manifest; }
  bool is_served(const client::ReleaseFile& file) const;
  /// The files that the index lacks, in the order in which they are uploaded.
  std::vector<const client::ReleaseFile*> missing() const;
};

/// Approved as the policy requires, on a machine that can run the smoke check: the release may be sent.
struct Approved {
  const Examined& examined;
  std::vector<std::string> clients;  ///< that fetch the public release
  smoke::EnvironmentPool& environments;
};

/// Held by a publishing session, which is visible only to those who know its address. Not moved: the
/// background check refers to it.
struct Staged {
  Staged(const Approved& release, client::UploadSession opened, bool has_label)
      : approved(release), session(std::move(opened)), label_kept(has_label), uploads(examined().missing()) {}

  const Examined& examined() const { return approved.examined; }
  client::IndexAddress address() const { return {.url = session.stage, .auth = std::nullopt}; }

  const Approved& approved;
  const client::UploadSession session;
  const bool label_kept;  ///< the index keeps the release's label
  client::UploadQueue uploads;
  /// Unset where the index can be reached through one connection only. The last member: it uses the others.
  std::optional<smoke::BackgroundSmokeCheck> background_check;
};

/// The smoke check of what was staged has passed.
struct Tried {
  const Staged& staged;
};

/// Public.
struct Published {
  const Approved& approved;
  bool label_kept = false;
};

/// Public, and served exactly as it was published.
struct Confirmed {
  const Approved& approved;
};

}  // namespace packhouse::desk
