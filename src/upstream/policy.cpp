#include "upstream/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pep/version.hpp"

namespace packhouse::upstream {
namespace {

std::optional<Hold> hold_by_age(const SourcePolicy& policy, const RemoteFile& file, Timestamp now) {
  if (policy.minimum_age.count() == 0) return std::nullopt;
  if (!file.uploaded) return Hold{};
  const auto opens = *file.uploaded + policy.minimum_age;
  return opens > now ? std::optional{Hold{.opens = opens}} : std::nullopt;
}

std::optional<Hold> hold_by_kind(const SourcePolicy& policy, const RemotePage& page, const RemoteFile& file) {
  if (!policy.archived && page.state.status == ProjectStatus::archived)
    return Hold{.rule = Hold::Rule::archived};
  if (!policy.sdists && file.kind == FileKind::sdist) return Hold{.rule = Hold::Rule::sdists};
  if (!policy.yanked && file.yanked) return Hold{.rule = Hold::Rule::yanked};
  return std::nullopt;
}

/// "3.0" and "3.0.0" are one version.
bool is_version(const RemoteFile& file, std::string_view version) {
  const auto wanted = Version::parse(version);
  const auto found = Version::parse(file.version);
  return wanted.ok() && found.ok() && *wanted == *found;
}

void sooner(std::optional<Timestamp>& moment, Timestamp other) {
  if (!moment || other < *moment) moment = other;
}

std::string_view setting_of(Hold::Rule rule) {
  switch (rule) {
    case Hold::Rule::minimum_age:
      return "minimum-age";
    case Hold::Rule::sdists:
      return "sdists";
    case Hold::Rule::yanked:
      return "yanked";
    case Hold::Rule::archived:
      return "archived";
  }
  std::unreachable();
}

}  // namespace

std::string SourcePolicy::refusal(const ProjectName& name) const {
  if (deny.matches(name)) return "its setting deny has the name";
  if (!allow.empty() && !allow.matches(name)) return "its setting allow does not have the name";
  return {};
}

bool SourcePolicy::holds_files() const noexcept {
  return minimum_age.count() > 0 || !sdists || !yanked || !archived;
}

const AgeException* exception_of(const std::vector<AgeException>& exceptions, const RemotePage& page,
                                 const RemoteFile& file, Timestamp now) {
  const auto found = std::ranges::find_if(exceptions, [&](const AgeException& exception) {
    return exception.project == page.project && exception.until > now &&
           (exception.version.empty() || is_version(file, exception.version));
  });
  return found == exceptions.end() ? nullptr : &*found;
}

std::optional<Hold> hold_of(const SourcePolicy& policy, const std::vector<AgeException>& exceptions,
                            const RemotePage& page, const RemoteFile& file, Timestamp now) {
  if (auto hold = hold_by_kind(policy, page, file)) return hold;
  return exception_of(exceptions, page, file, now) == nullptr ? hold_by_age(policy, file, now) : std::nullopt;
}

OfferedPage offered_page(const SourcePolicy& policy, const std::vector<AgeException>& exceptions,
                         const RemotePage& page, Timestamp now) {
  OfferedPage offered{.page = page};
  std::erase_if(offered.page.files, [&](const RemoteFile& file) {
    const auto hold = hold_of(policy, exceptions, page, file, now);
    if (!hold) return false;
    offered.held.push_back(file.filename);
    if (hold->opens) sooner(offered.changes_at, *hold->opens);
    return true;
  });
  for (const auto& exception : exceptions) {
    if (exception.project == page.project && exception.until > now)
      sooner(offered.changes_at, exception.until);
  }
  return offered;
}

std::string why_held(const SourcePolicy& policy, const Hold& hold) {
  switch (hold.rule) {
    case Hold::Rule::minimum_age:
      break;
    case Hold::Rule::sdists:
      return "held: source distributions of this upstream are not offered";
    case Hold::Rule::yanked:
      return "held: the upstream yanked it, and yanked files of it are not offered";
    case Hold::Rule::archived:
      return "held: the upstream archived the project, and archived projects of it are not offered";
  }
  if (!hold.opens) {
    return fmt::format("held: files must be {} s old, and its upstream does not say when it was uploaded",
                       policy.minimum_age.count());
  }
  return fmt::format("held until {}: files must be {} s old", to_iso8601(*hold.opens),
                     policy.minimum_age.count());
}

Error held_error(const SourcePolicy& policy, const RemoteFile& file, const Hold& hold) {
  return {Errc::forbidden, fmt::format("{} is {}", file.filename, why_held(policy, hold)),
          fmt::format("the setting {} of the upstream decides", setting_of(hold.rule))};
}

}  // namespace packhouse::upstream
