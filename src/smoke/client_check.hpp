#pragma once

#include <string>
#include <vector>

#include "smoke/smoke_check.hpp"

namespace packhouse::smoke {

/// A release that is public, and how to reach it as everybody does.
struct PublicRelease {
  ReleaseName name;
  const dist::Manifest& manifest;
  client::IndexAddress index;
};

/// The clients that are to be asked: those of the policy, else pip and, where the search path has it, uv.
/// not_found where the policy names one that is not there or does not run.
Result<std::vector<std::string>> find_clients(const SmokePolicy& policy, const SmokeTools& tools);

/// Has each client fetch the release from the index, in a fresh environment and cut off as the smoke check's
/// pip is, and lets it take nothing but the promoted bytes (hash-checking mode): the checks `confirm.pip` and
/// `confirm.uv`, with RefusalKind::smoke. Nothing of the package is run: without a wheel for this machine no
/// client is asked. The log is as run_smoke's, and so are the errors.
Result<Checks> fetch_with_clients(const SmokePolicy& policy, const PublicRelease& release,
                                  const std::vector<std::string>& clients, const Path& log,
                                  const SmokeTools& tools, EnvironmentPool& environments);

}  // namespace packhouse::smoke
