#include "http_server/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

[[noreturn]] void refuse(const Route& route, std::string_view why) {
  throw std::invalid_argument(fmt::format("route {} {}: {}", to_string(route.method), route.pattern, why));
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_ascii_alnum(c) || c == '_'; });
}

std::string allow_of(std::span<const std::size_t> ids, std::size_t none) {
  std::string allow;
  const bool head_by_get = ids[static_cast<std::size_t>(Method::get)] != none;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto method = static_cast<Method>(i);
    const bool implied = method == Method::options || (method == Method::head && head_by_get);
    if (ids[i] == none && !implied) continue;
    if (!allow.empty()) allow += ", ";
    allow += to_string(method);
  }
  return allow;
}

}  // namespace

void RouteMatch::fill(Request& request) const {
  request.params.clear();
  for (const auto& [name, value] : params())
    request.params.emplace_back(name, value);
}

Router::Router(std::span<const Route> routes) : nodes_(1) {
  for (const Route& route : routes)
    add(route);
  for (Node& node : nodes_) {
    const bool ends_here = std::ranges::any_of(node.ids, [](std::size_t id) { return id != none; });
    if (ends_here) node.allow = allow_of(node.ids, none);
  }
}

void Router::add(const Route& route) {
  if (!route.pattern.starts_with('/')) refuse(route, "a pattern begins with a slash");
  const auto segments = split(route.pattern.substr(1), '/');
  std::size_t node = 0;
  std::size_t params = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    const bool last = i + 1 == segments.size();
    if (segment.empty() && !last) refuse(route, "an empty segment can only be the last");
    if (segment.find_first_of("{}") == std::string_view::npos) {
      node = literal_child(node, segment);
      continue;
    }
    if (!segment.starts_with('{') || !segment.ends_with('}')) refuse(route, "a parameter is a whole segment");
    std::string_view name = segment.substr(1, segment.size() - 2);
    const bool rest = name.ends_with("...");
    if (rest) name.remove_suffix(3);
    if (!is_name(name)) refuse(route, "a parameter is named by letters, digits and _");
    if (rest && !last) refuse(route, "{name...} can only be the last segment");
    if (++params > RouteMatch::max_params) refuse(route, "too many parameters");
    node = named_child(node, name, rest);
    if (node == none) refuse(route, "another pattern names this parameter otherwise");
  }
  std::size_t& id = nodes_[node].ids[static_cast<std::size_t>(route.method)];
  if (id != none) refuse(route, "stands twice in the table");
  id = route.id;
}

std::size_t Router::literal_child(std::size_t node, std::string_view segment) {
  auto& literals = nodes_[node].literals;
  const auto place = std::ranges::lower_bound(
      literals, segment, {}, [](const auto& entry) { return std::string_view{entry.first}; });
  if (place != literals.end() && place->first == segment) return place->second;
  const std::size_t made = nodes_.size();
  literals.emplace(place, std::string{segment}, made);
  nodes_.emplace_back();
  return made;
}

std::size_t Router::named_child(std::size_t node, std::string_view name, bool rest) {
  const std::size_t known = rest ? nodes_[node].rest : nodes_[node].param;
  if (known != none) {
    const std::string& known_name = rest ? nodes_[node].rest_name : nodes_[node].param_name;
    return known_name == name ? known : none;
  }
  const std::size_t made = nodes_.size();
  (rest ? nodes_[node].rest : nodes_[node].param) = made;
  (rest ? nodes_[node].rest_name : nodes_[node].param_name) = name;
  nodes_.emplace_back();
  return made;
}

/// The node in which `rest`, the path below `node` without its slash, ends; none if there is no such place.
/// Goes back at most once per segment and kind, so its time is bounded by the table's own depth.
std::size_t Router::find(std::size_t node, std::string_view rest, RouteMatch& match) const noexcept {
  const Node& here = nodes_[node];
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  const bool last = slash == std::string_view::npos;
  const std::size_t params_before = match.param_count;

  const auto descend = [&](std::size_t child) {
    if (!last) return find(child, rest.substr(slash + 1), match);
    return nodes_[child].allow.empty() ? none : child;
  };

  const auto literal = std::ranges::lower_bound(
      here.literals, segment, {}, [](const auto& entry) { return std::string_view{entry.first}; });
  if (literal != here.literals.end() && literal->first == segment) {
    if (const std::size_t found = descend(literal->second); found != none) return found;
    match.param_count = params_before;
  }
  if (here.param != none && !segment.empty()) {
    match.params_storage[match.param_count++] = {here.param_name, segment};
    if (const std::size_t found = descend(here.param); found != none) return found;
    match.param_count = params_before;
  }
  if (here.rest != none && !rest.empty()) {
    match.params_storage[match.param_count++] = {here.rest_name, rest};
    return here.rest;
  }
  return none;
}

RouteMatch Router::match(Method method, std::string_view path) const noexcept {
  RouteMatch match;
  if (!path.starts_with('/')) return match;
  const std::size_t place = find(0, path.substr(1), match);
  if (place == none) return match;
  const Node& node = nodes_[place];
  match.allow = node.allow;
  std::size_t id = node.ids[static_cast<std::size_t>(method)];
  if (id == none && method == Method::head) id = node.ids[static_cast<std::size_t>(Method::get)];
  match.outcome = id == none ? RouteMatch::Outcome::method_not_allowed : RouteMatch::Outcome::found;
  match.id = id == none ? 0 : id;
  return match;
}

}  // namespace packhouse::http
