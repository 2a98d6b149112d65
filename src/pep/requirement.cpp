#include "pep/requirement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pep/project_name.hpp"

namespace packhouse {
namespace {

std::vector<std::string> normalized_extras(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names)
    out.push_back(normalize_name(name));
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

}  // namespace

std::string Requirement::normalized_name() const {
  return normalize_name(name_);
}

std::string Requirement::str() const {
  std::string out = name_;
  if (!extras_.empty()) out += fmt::format("[{}]", fmt::join(extras_, ","));
  out += specifier_.str();
  // The blank keeps the marker from becoming part of the URL.
  if (url_) out += fmt::format(" @ {}{}", *url_, marker_ ? " " : "");
  if (marker_) out += fmt::format("; {}", marker_->str());
  return out;
}

std::string Requirement::normalized() const {
  Requirement copy = *this;
  copy.name_ = normalized_name();
  copy.extras_ = normalized_extras(extras_);
  return copy.str();
}

bool Requirement::operator==(const Requirement& other) const {
  return normalized_name() == other.normalized_name() &&
         normalized_extras(extras_) == normalized_extras(other.extras_) && specifier_ == other.specifier_ &&
         url_ == other.url_ && marker_ == other.marker_;
}

}  // namespace packhouse
