#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "smoke/smoke_policy.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::smoke {

/// A virtual environment in a folder of its own, as `python -m venv` makes it: with the pip, and up to Python
/// 3.11 the setuptools, that came with that Python. Nothing was installed into it.
struct VirtualEnvironment {
  TemporaryFolder folder;  ///< with "venv", "home" and "tmp" in it
  ProcessResult made;      ///< how the making ended
  /// What the interpreter answered of itself; nullopt where there is none to ask.
  std::optional<ProcessResult> described;
  std::string log;  ///< what was run and what it said; not redacted
};

/// What every program of an environment is given, in that home.
std::vector<std::pair<std::string, std::string>> environment_variables(const SmokeTools& tools,
                                                                       const Path& folder, const Path& home);

/// Makes one with that Python. An Error where the making was interrupted or had no room.
Result<VirtualEnvironment> make_environment(const SmokePolicy& policy, const SmokeTools& tools,
                                            const std::string& python);

/// A Python that no environment can be made from.
Error unusable(std::string_view python, std::string_view fault);

}  // namespace packhouse::smoke
