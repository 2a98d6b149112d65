#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/upstream.hpp"
#include "pep/project_name.hpp"

namespace packhouse::upstream {

/// Names, and prefixes of names, as the configuration lists them.
class NameSet {
 public:
  NameSet() = default;
  /// "flask" is a name, "acme-*" a prefix. invalid_input for what is neither.
  static Result<NameSet> parse(const std::vector<std::string>& patterns);
  /// Each in any spelling. A prefix is a namespace by the rules of PEP 752: "acme" reserves acme and every
  /// name that begins with acme-, and not acmebar. invalid_input for what is no name.
  static Result<NameSet> parse(const std::vector<std::string>& names,
                               const std::vector<std::string>& prefixes);

  bool empty() const noexcept { return names_.empty() && prefixes_.empty(); }
  const std::set<std::string, std::less<>>& prefixes() const noexcept { return prefixes_; }
  /// By its name alone.
  bool has(const ProjectName& name) const;
  /// By its name or a prefix.
  bool matches(const ProjectName& name) const { return has(name) || !prefix_of(name).empty(); }
  /// The prefix that has the name; empty: there is none.
  std::string_view prefix_of(const ProjectName& name) const;

 private:
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> prefixes_;
};

/// Where a name's files come from: exactly one place. A private name is never asked of an upstream, whatever
/// state its project is in, since an answer could only be another's project of the same name.
struct NameOrigin {
  bool upstream = false;    ///< false: from this server alone
  std::string reason = {};  ///< why, in words
};

NameOrigin origin_of(const ProjectName& name, NameClaim claim, const NameSet& reserved);

}  // namespace packhouse::upstream
