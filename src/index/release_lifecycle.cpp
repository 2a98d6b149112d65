#include "index/release_lifecycle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/reason.hpp"

namespace packhouse::index {
namespace {

constexpr std::string_view reason_hint = "say why: the ledger keeps it, and clients show it";

json::Value to_json(const std::optional<std::string>& text) {
  return text ? json::Value(*text) : json::Value(nullptr);
}

json::Object to_json(const File& file) {
  return {{"filename", file.filename},
          {"sha256", file.sha256.hex()},
          {"size", file.size},
          {"uploaded", to_iso8601(file.uploaded)},
          {"yanked", to_json(file.yanked)},
          {"withheld", to_json(file.withheld)}};
}

}  // namespace

/// One of the four changes: into a state, with its reason, or out of it.
struct ReleaseLifecycle::Verb {
  std::string_view word;             ///< "yank", "unblock", …
  std::string reason;                ///< for the ledger
  std::optional<std::string> state;  ///< what the release is to have
};

Result<ReleaseTarget> ReleaseTarget::parse(std::string_view project, std::string_view version,
                                           const std::optional<std::string>& filename) {
  TRY(auto release, ReleaseName::parse(project, version));
  return ReleaseTarget{.release = std::move(release), .filename = filename};
}

Result<StateChange> ReleaseLifecycle::yank(const ReleaseTarget& target, std::string_view reason,
                                           const Actor& actor) const {
  TRY(const auto why, parse_reason(reason, reason_hint));
  return yank_or_back(target, {.word = "yank", .reason = why, .state = why}, actor);
}

Result<StateChange> ReleaseLifecycle::unyank(const ReleaseTarget& target, std::string_view reason,
                                             const Actor& actor) const {
  TRY(const auto why, parse_reason(reason, reason_hint));
  return yank_or_back(target, {.word = "unyank", .reason = why, .state = std::nullopt}, actor);
}

Result<StateChange> ReleaseLifecycle::block(const ReleaseTarget& target, std::string_view reason,
                                            const Actor& actor) const {
  TRY(const auto why, parse_reason(reason, reason_hint));
  return block_or_back(target, {.word = "block", .reason = why, .state = why}, actor);
}

Result<StateChange> ReleaseLifecycle::unblock(const ReleaseTarget& target, std::string_view reason,
                                              const Actor& actor) const {
  TRY(const auto why, parse_reason(reason, reason_hint));
  return block_or_back(target, {.word = "unblock", .reason = why, .state = std::nullopt}, actor);
}

Result<StateChange> ReleaseLifecycle::set_status(std::string_view project, ProjectStatus status,
                                                 std::string_view reason, const Actor& actor) const {
  TRY(const auto name, ProjectName::parse(project));
  TRY(auto why, parse_reason(reason, reason_hint));
  // The reason for making a project active again is in the ledger, not on its page.
  const ProjectState state{.status = status, .reason = status == ProjectStatus::active ? std::string{} : why};
  auto subject = fmt::format("{}/{}", context_.index, name.str());
  const LedgerNote note{
      .actor = actor, .action = "project.status", .subject = subject, .reason = std::move(why), .detail = {}};
  const auto changed = context_.store.release_states().set_project_state(context_.index, name, state, note,
                                                                         context_.clock.now());
  return announce(changed, name, std::move(subject));
}

Result<StateChange> ReleaseLifecycle::yank_or_back(const ReleaseTarget& target, const Verb& verb,
                                                   const Actor& actor) const {
  TRY(const auto release, stored_name(target));
  auto subject = subject_of(context_.index, release);
  if (target.filename) subject += "/" + *target.filename;
  const LedgerNote note{.actor = actor,
                        .action = fmt::format("{}.{}", target.filename ? "file" : "release", verb.word),
                        .subject = subject,
                        .reason = verb.reason,
                        .detail = {}};
  const auto now = context_.clock.now();
  const auto changed =
      target.filename
          ? context_.store.release_states().yank_file(context_.index, *target.filename, verb.state, note, now)
          : context_.store.release_states().yank_release(context_.index, release, verb.state, note, now);
  return announce(changed, release.project, std::move(subject));
}

Result<StateChange> ReleaseLifecycle::block_or_back(const ReleaseTarget& target, const Verb& verb,
                                                    const Actor& actor) const {
  if (target.filename) {
    return Error{Errc::invalid_input, "only a whole release can be blocked",
                 "yank a single file, or delete it where the index allows that"};
  }
  TRY(const auto release, stored_name(target));
  auto subject = subject_of(context_.index, release);
  const LedgerNote note{.actor = actor,
                        .action = fmt::format("release.{}", verb.word),
                        .subject = subject,
                        .reason = verb.reason,
                        .detail = {}};
  const auto changed = context_.store.release_states().block_release(context_.index, release, verb.state,
                                                                     note, context_.clock.now());
  return announce(changed, release.project, std::move(subject));
}

/// With the version as stored: 1.0 and 1.0.0 are one release (PEP 440). Checks that the release has the file.
Result<ReleaseName> ReleaseLifecycle::stored_name(const ReleaseTarget& target) const {
  const auto& [name, version] = target.release;
  const auto project = context_.store.catalog().project(context_.index, name.str());
  if (!project.ok()) {
    return Error{Errc::not_found, fmt::format("there is no project {}", quote(name.str())),
                 "the list of projects has their names"};
  }
  const auto* const release = project->find_release(version);
  if (release == nullptr) {
    return Error{Errc::not_found,
                 fmt::format("there is no release {} of {}", quote(version.str()), name.str()),
                 "the project's page lists its versions"};
  }
  ReleaseName stored{name, release->version};
  if (!target.filename) return stored;
  const bool there = std::ranges::any_of(project->files, [&](const File& file) {
    return file.release == stored && file.filename == *target.filename;
  });
  if (there) return stored;
  return Error{Errc::not_found,
               fmt::format("there is no file {} in release {} of {}", quote(*target.filename),
                           stored.version.str(), name.str()),
               "the project's page lists its files"};
}

Result<StateChange> ReleaseLifecycle::announce(const Result<bool>& changed, const ProjectName& project,
                                               std::string subject) const {
  if (!changed.ok()) return changed.error();
  if (*changed) context_.changes.project_changed(project.str());
  return StateChange{.changed = *changed, .subject = std::move(subject)};
}

json::Object to_json(const ProjectDetail& project) {
  json::Array releases;
  for (const auto& [release, files] : by_release(project)) {
    json::Array shown;
    for (const auto& file : files)
      shown.emplace_back(to_json(file));
    releases.emplace_back(
        json::Object{{"version", release->version.str()},
                     {"yanked", to_json(release->yanked)},
                     {"blocked", to_json(release->blocked)},
                     {"label", release->label ? json::Value(to_string(*release->label)) : json::Value()},
                     {"files", std::move(shown)}});
  }
  return {{"name", project.name},
          {"serial", project.serial},
          {"status", to_string(project.state.status)},
          {"status_reason", project.state.reason},
          {"releases", std::move(releases)}};
}

}  // namespace packhouse::index
