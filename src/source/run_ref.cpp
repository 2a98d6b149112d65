#include "source/run_ref.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace packhouse::source {
namespace {

constexpr std::string_view merge_group = "merge_group";

/// GitHub tries a group on refs/heads/gh-readonly-queue/BRANCH/pr-NUMBER-COMMIT.
std::optional<std::string> branch_of_queue(std::string_view name) {
  constexpr std::string_view queue = "gh-readonly-queue/";
  const std::size_t group = name.rfind("/pr-");
  if (!name.starts_with(queue) || group == std::string_view::npos || group <= queue.size())
    return std::nullopt;
  const std::string_view number = name.substr(group + 4);
  if (number.empty() || !is_ascii_digit(number.front()) || number.contains('/')) return std::nullopt;
  return std::string(name.substr(queue.size(), group - queue.size()));
}

bool is_event(const forge::RunFacts& run, std::string_view event) {
  return run.event.ok() && *run.event == event;
}

/// Whether it is a run of a tag: of this one, where the forge does not tell tags from branches.
bool is_of_tag(const Policy& policy, const std::string& version_tag, const forge::RunFacts& run) {
  if (version_tag.empty()) return false;
  if (run.tells_tags) return run.head_tag.ok();
  return is_event(run, "release") ||
         (run.head_branch.ok() && *run.head_branch == version_tag && !takes_branch(policy, *run.head_branch));
}

}  // namespace

std::string RunRef::full() const {
  return (kind == Kind::tag ? "refs/tags/" : "refs/heads/") + name;
}

RunRef ref_of(const Policy& policy, const std::string& version_tag, const forge::RunFacts& run) {
  using Kind = RunRef::Kind;
  if (is_of_tag(policy, version_tag, run)) return {Kind::tag, version_tag, policy.branch};
  const std::string& name = run.head_branch.ok() ? *run.head_branch : policy.branch;
  if (is_event(run, merge_group) && takes_event(policy, merge_group)) {
    const auto branch = branch_of_queue(name);
    if (branch && takes_branch(policy, *branch)) return {Kind::merge_group, name, *branch};
    return {Kind::merge_group, "gh-readonly-queue/" + policy.branch + "/pr-…", policy.branch};
  } else if (takes_branch(policy, name)) {
    return {Kind::branch, name, name};
  }
  return {Kind::branch, policy.branch, policy.branch};
}

const Field<std::string>& stated_name(const RunRef& ref, const forge::RunFacts& run) {
  return ref.kind == RunRef::Kind::tag && run.tells_tags ? run.head_tag : run.head_branch;
}

bool is_of_another(const Policy& policy, const forge::RunFacts& run) {
  if (run.event.ok() && !takes_event(policy, *run.event)) return true;
  if (is_event(run, merge_group) || is_event(run, "release")) return false;
  if (run.tells_tags && run.head_tag.ok()) return policy.tags.empty();
  if (!run.head_branch.ok() || takes_branch(policy, *run.head_branch)) return false;
  const auto tag = forge::NamePattern::parse(replace_all(policy.tags, "{version}", "*"));
  return run.tells_tags || !tag.ok() || !tag->matches(*run.head_branch);
}

}  // namespace packhouse::source
