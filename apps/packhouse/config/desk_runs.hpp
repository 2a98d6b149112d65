#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "forge/kind.hpp"
#include "source/policy.hpp"

namespace packhouse::app {

/// Which runs are promoted and what they hand over, as it is written. Empty: not written.
struct RunSettings {
  std::vector<std::string> branches;  ///< the first is the protected one and no pattern
  std::vector<std::string> events;
  std::vector<std::string> artifacts;
  std::vector<std::string> jobs;  ///< one for all artifacts, or one for each
  std::vector<std::string> sidecars;

  /// Into the policy. invalid_input, with `file` and the key, for what a forge of this kind or the rules of
  /// patterns do not allow.
  Status settle(const forge::ForgeKind& forge, std::string_view file, source::Policy& policy) const;
};

/// A text, or an array of texts of which none is empty; false for anything else.
bool take_names(const toml::node& node, std::vector<std::string>& names);
bool take_local_versions(const toml::node& node, source::Policy& policy);
Status take_tags(const std::string& text, source::Policy& policy);

}  // namespace packhouse::app
