#pragma once

#include <chrono>
#include <optional>

#include "base/time.hpp"
#include "dist/check_result.hpp"
#include "upstream/name_rules.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {

/// What an index takes from one upstream.
struct SourcePolicy {
  NameSet allow = {};  ///< empty: every name
  NameSet deny = {};   ///< outranks `allow`
  /// A file is offered once it is this old: most of what is malicious is found within days.
  std::chrono::seconds minimum_age{0};
  /// What becomes of a file that fails the index's checks of uploads: its findings are recorded (`warn`), it
  /// is refused, or it is not examined. What the public has is not ours to mend.
  dist::Severity checks = dist::Severity::warn;

  bool takes(const ProjectName& name) const;
};

/// A file that is too young to be offered.
struct Hold {
  std::optional<Timestamp> opens = {};  ///< unset: its age is not known, so that it never is old enough
};

/// nullopt: the file is offered.
std::optional<Hold> hold_of(const SourcePolicy& policy, const RemoteFile& file, Timestamp now);

/// The page without the files that are held.
struct OfferedPage {
  RemotePage page;
  std::size_t held = 0;
  std::optional<Timestamp> next_opening = {};  ///< when the page will have another file
};

OfferedPage offered_page(const SourcePolicy& policy, const RemotePage& page, Timestamp now);

/// forbidden, with the moment from which the file is offered.
Error held_error(const SourcePolicy& policy, const RemoteFile& file, const Hold& hold);

}  // namespace packhouse::upstream
