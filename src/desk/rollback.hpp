#pragma once

#include <optional>
#include <string>

#include "desk/smoke_release.hpp"
#include "desk/withdrawal.hpp"

namespace packhouse::desk {

struct RollbackRequest {
  ReleaseName release;
  std::string reason;
  client::Withdrawal mode = client::Withdrawal::block;  ///< by the index's policy
  Path state;                                           ///< the desk's state folder
  std::string actor;
  std::uint64_t max_file_bytes = 4ULL << 30U;
};

struct RollbackOutcome {
  enum class Kind : std::uint8_t {
    rolled_back,
    refused,  ///< the journal blocks it, but by a named check it is still installed, or nothing good is
    failed,   ///< `error`; the same command goes on from there
  };
  Kind kind = Kind::failed;
  Checks checks = {};
  std::optional<Version> chosen = std::nullopt;  ///< what a resolver chooses now
  std::optional<Error> error = std::nullopt;
  json::Object document = {};  ///< for --json
};

/// Withdraws a release. The journal records it first, so that no promotion takes that version from then on,
/// whatever follows; then the index does (withdraw()); then comes the proof: `rollback.withdrawn` (the page),
/// `rollback.resolver` and `rollback.pin` (a fresh resolver), `rollback.previous-good` and the smoke check of
/// the version that the resolver chooses now. Where the index can neither block nor yank, the refusal says
/// what to do there by hand; the same command then resumes with the proof. The bytes are not changed.
/// not_found for a version that neither the index nor this machine's journal has.
RollbackOutcome rollback(const smoke::SmokePolicy& policy, const client::IndexAddress& simple,
                         const RollbackRequest& request, SmokeReleaseTools tools);

}  // namespace packhouse::desk
