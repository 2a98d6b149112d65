#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "client/session_client.hpp"
#include "desk/settings.hpp"
#include "evidence/check.hpp"
#include "pep/project_name.hpp"

namespace packhouse::desk {

/// An index as a promotion and a rollback would use it. All of it outlives the examination.
struct IndexExamination {
  client::IndexClient& index;
  client::SessionClient& sessions;
  const ProjectName& project;
  Staging staging = Staging::automatic;
  bool has_staged = false;  ///< this machine has, on this index
  bool has_root = true;     ///< the index lists its projects
  std::function<void(const Secret&)> learn;
};

struct IndexDiagnosis {
  Checks checks;
  /// What a promotion would warn of, or a rollback would lack.
  std::vector<std::string> warnings;
};

/// `index.read`, `index.simple`, `index.same`, `index.no-fallback`; `index.staging`, `index.stage` or
/// `index.upload`, by the way that a promotion would take: a session for a version that is never released is
/// opened and canceled, or the form of a legacy upload is sent without a file. No file is sent, and nothing
/// is left but the entries of that session in the index's ledger.
IndexDiagnosis examine_index(const IndexExamination& examination);

}  // namespace packhouse::desk
