#pragma once

#include <string>
#include <vector>

namespace packhouse {

struct MarkerOperand {
  bool is_variable = false;
  std::string text;  ///< the variable's present name, or the value
};

/// A comparison, or a list of nodes joined by "and" and "or": for this module's own use.
struct MarkerNode {
  MarkerOperand left;
  std::string op;  ///< empty for a list
  MarkerOperand right;

  std::vector<MarkerNode> children;
  std::vector<bool> or_follows;  ///< between each two children: "or" rather than "and"

  bool is_list() const noexcept { return op.empty(); }
};

}  // namespace packhouse
