#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_server/message.hpp"

namespace packhouse::http {

/// One line of a route table. `pattern` is an absolute path whose segments are literal, `{name}` (exactly
/// one segment, not empty) or, at the end only, `{name...}` (all the rest, not empty, slashes included).
struct Route {
  Method method = Method::get;
  std::string_view pattern;
  std::size_t id = 0;
};

/// What a path matched. Views point into the router and into the path that was looked up.
struct RouteMatch {
  static constexpr std::size_t max_params = 6;
  enum class Outcome {
    found,
    not_found,          ///< 404
    method_not_allowed  ///< the path exists, for the methods in `allow`: 405, or the answer to OPTIONS
  };

  Outcome outcome = Outcome::not_found;
  std::size_t id = 0;
  std::array<std::pair<std::string_view, std::string_view>, max_params> params_storage{};
  std::size_t param_count = 0;
  /// For an Allow field: "GET, HEAD, OPTIONS". Set unless not_found.
  std::string_view allow;

  std::span<const std::pair<std::string_view, std::string_view>> params() const noexcept {
    return {params_storage.data(), param_count};
  }
  /// Copies the parameters into the request.
  void fill(Request& request) const;
};

/// A route table, immutable once made: safe to share between threads. A lookup walks the path once, prefers
/// a literal segment over `{name}` and that over `{name...}`, and allocates nothing.
class Router {
 public:
  /// Throws std::invalid_argument for a pattern that is no pattern, one with more parameters than
  /// RouteMatch::max_params, two names for one place, and for a (method, pattern) that stands twice.
  explicit Router(std::span<const Route> routes);

  /// `path` as in Request::path. HEAD falls back to GET where it has no route.
  RouteMatch match(Method method, std::string_view path) const noexcept;

 private:
  static constexpr std::size_t method_count = 7;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;  // sorted; the second is a node
    std::size_t param = none;                                   // the node behind {name}
    std::size_t rest = none;                                    // the node behind {name...}
    std::string param_name;
    std::string rest_name;
    std::array<std::size_t, method_count> ids;
    std::string allow;  // empty: no route ends here
    Node() { ids.fill(none); }
  };

  void add(const Route& route);
  std::size_t literal_child(std::size_t node, std::string_view segment);
  std::size_t named_child(std::size_t node, std::string_view name, bool rest);
  std::size_t find(std::size_t node, std::string_view rest, RouteMatch& match) const noexcept;

  std::vector<Node> nodes_;
};

}  // namespace packhouse::http
