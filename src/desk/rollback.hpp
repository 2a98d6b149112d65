#pragma once

#include <optional>
#include <string>

#include "desk/smoke_release.hpp"
#include "desk/withdrawal.hpp"

namespace packhouse::desk {

struct RollbackRequest {
  ProjectName project;
  Version version;
  std::string reason;
  client::Withdrawal mode = client::Withdrawal::block;  ///< by the index's policy
  Path state;                                           ///< the desk's state folder
  std::string actor;
  std::uint64_t max_file_bytes = 4ULL << 30U;
};

struct RollbackOutcome {
  enum class Kind : std::uint8_t {
    rolled_back,
    refused,  ///< the journal blocks it, but a named check says that people may get it still, or nothing good
    failed,   ///< `error`; the same command goes on from there
  };
  Kind kind = Kind::failed;
  Checks checks;
  std::optional<Version> chosen;  ///< what a resolver chooses now
  std::optional<Error> error;
  json::Object document;  ///< for --json
};

/// Withdraws a release. Its journal says so first, so that from then on no promotion takes that version,
/// whatever else comes of this; then the index (withdraw()); then the proof: `rollback.withdrawn` (the page),
/// `rollback.resolver` and `rollback.pin` (a fresh resolver), `rollback.previous-good` and the smoke check of
/// the version that the resolver chooses now. An index that can do neither is named in the refusal, with what
/// is to be done there by hand; the same command then goes on with the proof. The bytes are not touched.
/// not_found for a version that neither the index nor this machine's journal knows.
RollbackOutcome rollback(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                         const RollbackRequest& request, SmokeReleaseTools tools);

}  // namespace packhouse::desk
