#include "pep/marker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pep/marker_tree.hpp"
#include "pep/project_name.hpp"
#include "pep/python_string.hpp"
#include "pep/specifier.hpp"

namespace packhouse {
namespace {

constexpr std::array<std::string_view, 4> version_variables = {"implementation_version", "platform_release",
                                                               "python_full_version", "python_version"};

std::string format_operand(const MarkerOperand& operand) {
  return operand.is_variable ? operand.text : python_literal(operand.text);
}

std::string format_node(const MarkerNode& node, bool outermost) {
  if (!node.is_list()) {
    return fmt::format("{} {} {}", format_operand(node.left), node.op, format_operand(node.right));
  }
  if (node.children.size() == 1) return format_node(node.children.front(), outermost);
  std::string out;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) out += node.or_follows[i - 1] ? " or " : " and ";
    out += format_node(node.children[i], false);
  }
  return outermost ? out : "(" + out + ")";
}

void collect_variables(const MarkerNode& node, std::set<std::string>& found) {
  for (const MarkerNode& child : node.children)
    collect_variables(child, found);
  for (const MarkerOperand* operand : {&node.left, &node.right}) {
    if (operand->is_variable) found.insert(operand->text);
  }
}

Error undefined(const MarkerNode& node, std::string_view why) {
  return {Errc::invalid_input, fmt::format("cannot evaluate {}: {}", quote(format_node(node, true)), why)};
}

Error undefined_comparison(const MarkerNode& node) {
  return undefined(node, fmt::format("{} compares versions, and these are none", node.op));
}

class Evaluation {
 public:
  explicit Evaluation(const MarkerEnvironment& environment) : environment_(environment) {}

  // Looks at every comparison, also where the result is known, so that a variable is missing or not
  // whatever the others' values are.
  Result<bool> node(const MarkerNode& node) const {
    if (!node.is_list()) return comparison(node);
    bool any = false;
    bool all = true;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0 && node.or_follows[i - 1]) {
        any = any || all;
        all = true;
      }
      TRY(const bool value, this->node(node.children[i]));
      all = all && value;
    }
    return any || all;
  }

 private:
  Result<MarkerValue> lookup(const std::string& name) const {
    const auto found = environment_.find(name);
    if (found == environment_.end()) {
      if (name == "extra") return MarkerValue(std::string());
      return Error{
          Errc::invalid_input,
          fmt::format("expected the environment to hold the marker variable {}, found none", quote(name))};
    }
    if (const auto* text = std::get_if<std::string>(&found->second)) {
      if (name == "extra") return MarkerValue(normalize_name(*text));
      // platform.python_version() of an untagged build ends in "+", which is no version.
      if (name == "python_full_version" && text->ends_with('+')) return MarkerValue(*text + "local");
    }
    return found->second;
  }

  Result<bool> comparison(const MarkerNode& node) const {
    // One side names the variable; the other is taken as it is written.
    const std::string& key = node.left.is_variable ? node.left.text : node.right.text;
    TRY(MarkerValue value, lookup(key));
    if (node.left.is_variable) {
      auto* left = std::get_if<std::string>(&value);
      if (left == nullptr) return undefined(node, "a set can only stand right of 'in' or 'not in'");
      return compare_texts(node, key, *left, node.right.text);
    }
    if (const auto* names = std::get_if<std::set<std::string>>(&value))
      return compare_with_set(node, key, *names);
    return compare_texts(node, key, node.left.text, std::get<std::string>(value));
  }

  static bool holds_names(const std::string& key) { return key == "extras" || key == "dependency_groups"; }

  static Result<bool> compare_with_set(const MarkerNode& node, const std::string& key,
                                       const std::set<std::string>& names) {
    const bool normalize = holds_names(key);
    const auto normal = [normalize](const std::string& name) {
      return normalize ? normalize_name(name) : name;
    };
    const std::string wanted = normal(node.left.text);
    const bool found = std::ranges::any_of(names, [&](const auto& name) { return normal(name) == wanted; });
    if (node.op == "in") return found;
    if (node.op == "not in") return !found;
    // A name is not a set: neither equal to one nor before or after it.
    if (node.op == "~=" || node.op == "===") return undefined_comparison(node);
    return node.op == "!=";
  }

  static Result<bool> compare_texts(const MarkerNode& node, const std::string& key, std::string left,
                                    std::string right) {
    if (std::ranges::find(version_variables, key) != version_variables.end()) {
      if (const auto specifier = Specifier::read(node.op + right); specifier.ok())
        return specifier->contains(left);
    }
    if (holds_names(key)) {
      left = normalize_name(left);
      right = normalize_name(right);
    }
    if (node.op == "in") return right.contains(left);
    if (node.op == "not in") return !right.contains(left);
    if (node.op == "==" || node.op == "<=" || node.op == ">=") return left == right;
    if (node.op == "!=") return left != right;
    if (node.op == "<" || node.op == ">") return false;
    return undefined_comparison(node);
  }

  const MarkerEnvironment& environment_;
};

}  // namespace

std::string Marker::str() const {
  return format_node(*root_, true);
}

Result<bool> Marker::evaluate(const MarkerEnvironment& environment) const {
  return Evaluation(environment).node(*root_);
}

std::set<std::string> Marker::variables() const {
  std::set<std::string> found;
  collect_variables(*root_, found);
  return found;
}

}  // namespace packhouse
