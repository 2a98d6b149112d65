#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "pep/parse_error.hpp"

namespace packhouse {

/// What a marker's variables stand for. `extras` and `dependency_groups` are sets, the others strings; both
/// forms are accepted for any.
using MarkerValue = std::variant<std::string, std::set<std::string>>;
using MarkerEnvironment = std::map<std::string, MarkerValue, std::less<>>;

struct MarkerNode;

/// An environment marker ("Dependency specifiers" specification, PEP 508, PEP 751 for the two set variables).
/// Immutable; copies share the tree.
class Marker {
 public:
  /// Parentheses nest at most this deep: the tree is walked by recursion.
  static constexpr std::size_t max_depth = 200;

  static Result<Marker> parse(std::string_view text);
  static Parsed<Marker> read(std::string_view text);

  /// The normal form: variables by their present names, one blank between words, values in double quotes
  /// unless they hold one, no needless parentheses.
  std::string str() const;

  /// A variable that `environment` lacks is an error, except `extra`, which is then empty. So is `~=` or
  /// `===` between values that are not versions, and a set anywhere but right of `in`.
  Result<bool> evaluate(const MarkerEnvironment& environment) const;

  /// The variables it asks for, e.g. {"extra", "os_name"}.
  std::set<std::string> variables() const;

  bool operator==(const Marker& other) const { return str() == other.str(); }

 private:
  friend class RequirementParser;
  explicit Marker(std::shared_ptr<const MarkerNode> root) : root_(std::move(root)) {}
  std::shared_ptr<const MarkerNode> root_;  // shared: immutable, and requirements are copied often
};

}  // namespace packhouse
