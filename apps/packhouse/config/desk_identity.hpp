#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "forge/kind.hpp"
#include "source/policy.hpp"

namespace packhouse::app {

/// Reads an environment variable; nullopt for one that is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The project that is released, as its configuration has it: empty, or 0, where that says nothing.
struct DeskIdentity {
  std::string project;
  std::string repository;
  std::int64_t repository_id = 0;
  std::string workflow;

  /// Completes it from the environment of the forge's job and puts it into `policy`. invalid_input for a
  /// missing or malformed part, and where configuration and environment differ.
  Status settle(const forge::ForgeKind& forge, std::string_view file, const Environment& environment,
                source::Policy& policy) const;
};

}  // namespace packhouse::app
