#pragma once

#include <optional>
#include <string>

#include "smoke/smoke_check.hpp"

namespace packhouse::smoke {

/// What is asked of a resolver that knows nothing of the past.
struct ResolveInput {
  ProjectName project;
  Version withdrawn;    ///< what it must not choose
  bool pin_allowed;     ///< of a yanked version: whoever pins it may have it (PEP 592)
  bool others_offered;  ///< the index's page names another version
  client::IndexAddress index;
};

struct Resolution {
  Checks checks;
  std::optional<Version> chosen;  ///< what `pip install PROJECT` would install now
};

/// pip's own resolver in a fresh environment, as a user's would be, installing nothing: `rollback.resolver`
/// (the bare name leads to another version, or to none where no other is offered) and, unless the pin is
/// allowed, `rollback.pin` (NAME==VERSION leads nowhere). The log is as run_smoke's. An Error is for what
/// keeps pip from being asked.
Result<Resolution> resolve_afresh(const SmokePolicy& policy, const ResolveInput& input, const Path& log,
                                  SmokeTools tools);

}  // namespace packhouse::smoke
