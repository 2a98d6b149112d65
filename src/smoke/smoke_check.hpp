#pragma once

#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "client/index_client.hpp"
#include "smoke/smoke_policy.hpp"

namespace packhouse::smoke {

/// not_found, naming it, where one of the policy's interpreters but the first is not there or does not run.
/// The first one's environment is made beforehand (EnvironmentPool::look).
Status find_further_pythons(const SmokePolicy& policy, const SmokeTools& tools);

/// What contains the package's programs. unavailable where the policy requires namespaces and the kernel
/// refuses them.
Result<Containment> find_containment(const SmokePolicy& policy, const SmokeTools& tools);

class EnvironmentPool;
/// Has the environments made that run_smoke() will take, from now on.
void expect_smoke(const SmokePolicy& policy, EnvironmentPool& environments);

/// Installs the release as a user would and proves it (release-provenance, section 5): a fresh virtual
/// environment; pip cut off from every configuration file and variable that could bring in another index;
/// first everything is downloaded, the promoted file by its hash; then the index's credential is removed, and
/// pip installs what was downloaded, without an index; pip's reports and the installed files compared with
/// the promoted bytes; then each command by its absolute path, with a time limit. So with each Python, each
/// in an environment of its own, also where an earlier one failed; and then from the sdist, if the policy
/// says so, which pip builds without the credential. Every program's output goes to `log`, redacted. Checks
/// that fail have RefusalKind::smoke; an Error is for what keeps the check from being made (no Python, a full
/// disk, a signal).
Result<SmokeResult> run_smoke(const SmokePolicy& policy, const SmokeInput& input, const Path& log,
                              const SmokeTools& tools, EnvironmentPool& environments);

/// A new log's path in a release's folder: each attempt keeps its own. `what` begins its name.
Path smoke_log_path(const Path& release_folder, Timestamp now, std::string_view what = "smoke");

}  // namespace packhouse::smoke
