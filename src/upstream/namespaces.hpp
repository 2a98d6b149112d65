#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/metadata_store.hpp"
#include "upstream/name_rules.hpp"

namespace packhouse::upstream {

/// The reserved prefixes of this server, by command and by its configuration, as the namespaces of PEP 752:
/// all have one owner, the server. Thread-safe.
class Namespaces {
 public:
  /// Both outlive it.
  Namespaces(MetadataStore& store, const NameSet& configured) : store_(store), configured_(configured) {}

  /// Sorted, each once.
  Result<std::vector<std::string>> all() const;
  /// Those that a project belongs to, the shortest first. `project` is normalised.
  Result<std::vector<std::string>> of(std::string_view project) const;

 private:
  MetadataStore& store_;
  const NameSet& configured_;
};

/// Whether a name is the namespace, or begins with it and a dash. Both are normalised.
bool is_within(std::string_view name, std::string_view space);

/// Of a reserved namespace, among `all` of them.
struct NamespaceDetail {
  std::optional<std::string> parent;  ///< without the last part, where that is a namespace as well
  std::vector<std::string> children;  ///< with one part more
};
NamespaceDetail detail_of(std::string_view space, const std::vector<std::string>& all);

}  // namespace packhouse::upstream
