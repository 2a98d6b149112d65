#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/marker.hpp"
#include "pep/specifier.hpp"

namespace packhouse {

/// A dependency specifier ("Dependency specifiers" specification, PEP 508).
class Requirement {
 public:
  static Result<Requirement> parse(std::string_view text);
  static Parsed<Requirement> read(std::string_view text);

  /// As written; compare by normalized_name().
  const std::string& name() const noexcept { return name_; }
  std::string normalized_name() const;
  /// As written, sorted, each once.
  const std::vector<std::string>& extras() const noexcept { return extras_; }
  const SpecifierSet& specifier() const noexcept { return specifier_; }
  const std::optional<std::string>& url() const noexcept { return url_; }
  const std::optional<Marker>& marker() const noexcept { return marker_; }

  /// name[extras]specifier; marker, or name[extras] @ url ; marker.
  std::string str() const;

  /// The same with the name and the extras in their normal form, each once: equal for two that ask for the
  /// same.
  std::string normalized() const;

  /// Equal if they ask for the same: names and extras are compared in their normal form.
  bool operator==(const Requirement& other) const;

 private:
  friend class RequirementParser;
  Requirement() = default;

  std::string name_;
  std::vector<std::string> extras_;
  SpecifierSet specifier_;
  std::optional<std::string> url_;
  std::optional<Marker> marker_;
};

}  // namespace packhouse
