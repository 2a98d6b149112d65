#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "dist/check_result.hpp"
#include "model/upstream.hpp"
#include "upstream/name_rules.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {

/// What an index takes from one upstream.
struct SourcePolicy {
  NameSet allow = {};  ///< empty: every name
  NameSet deny = {};   ///< outranks `allow`
  /// A file is offered once it is this old: most of what is malicious is found within days.
  std::chrono::seconds minimum_age{0};
  bool sdists = true;    ///< offered, as the next two
  bool yanked = true;    ///< files that the upstream yanked
  bool archived = true;  ///< files of a project that the upstream calls archived
  /// What becomes of a file that fails the index's checks of uploads: its findings are recorded (`warn`), it
  /// is refused, or it is not examined. What the public has is not ours to mend.
  dist::Severity checks = dist::Severity::warn;

  bool takes(const ProjectName& name) const { return refusal(name).empty(); }
  /// Why the upstream is not asked for the name; empty: it is.
  std::string refusal(const ProjectName& name) const;
  /// Whether it may hold a file.
  bool holds_files() const noexcept;
};

/// An upstream's policy as an index has it.
struct NamedPolicy {
  std::string upstream;  ///< Source::name()
  SourcePolicy policy;
};

/// A file that is not offered.
struct Hold {
  enum class Rule { minimum_age, sdists, yanked, archived };
  Rule rule = Rule::minimum_age;
  std::optional<Timestamp> opens = {};  ///< of minimum_age; unset: the file's age is not known
};

/// The exception that is in force for the file; null: there is none.
const AgeException* exception_of(const std::vector<AgeException>& exceptions, const RemotePage& page,
                                 const RemoteFile& file, Timestamp now);

/// nullopt: the file of the page is offered. An exception counts against the minimum age alone.
std::optional<Hold> hold_of(const SourcePolicy& policy, const std::vector<AgeException>& exceptions,
                            const RemotePage& page, const RemoteFile& file, Timestamp now);

/// The page without the files that are held.
struct OfferedPage {
  RemotePage page;
  std::vector<std::string> held = {};        ///< their names
  std::optional<Timestamp> changes_at = {};  ///< when the page will have another file, or one less
};

OfferedPage offered_page(const SourcePolicy& policy, const std::vector<AgeException>& exceptions,
                         const RemotePage& page, Timestamp now);

/// In words: "held until … : files must be 604800 s old".
std::string why_held(const SourcePolicy& policy, const Hold& hold);
/// forbidden, with the moment from which the file is offered.
Error held_error(const SourcePolicy& policy, const RemoteFile& file, const Hold& hold);

}  // namespace packhouse::upstream
