#include "index/deletion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/reason.hpp"

namespace packhouse::index {
namespace {

constexpr std::size_t most_at_once = 1000;  // files of one transaction, unless one release has more
constexpr std::size_t most_named = 5;       // held releases in a message

Error nothing_there(const DeletionTarget& target) {
  if (!target.version)
    return {Errc::not_found, fmt::format("the project {} has no files", quote(target.project.str()))};
  return {Errc::not_found, fmt::format("the release {} of {} has no files", quote(target.version->str()),
                                       target.project.str())};
}

Error held_error(const Deletion& deletion) {
  std::string named;
  for (const auto& held : std::span(deletion.held).first(std::min(deletion.held.size(), most_named))) {
    named += fmt::format("{}{} {}: {}", named.empty() ? "" : "; ", deletion.project.str(),
                         held.release.version.str(), held.reason);
  }
  if (deletion.held.size() > most_named)
    named += fmt::format("; and {} more", deletion.held.size() - most_named);
  return {
      Errc::conflict, fmt::format("nothing was deleted, since releases are held: {}", named),
      "a single file is deleted by its filename, whatever holds its release; a block takes a release away "
      "from everybody and keeps its bytes"};
}

/// Deletes releases in transactions of bounded size.
class Deleter {
 public:
  Deleter(const Context& context, std::string reason, const Actor& actor)
      : context_(context), reason_(std::move(reason)), actor_(actor) {}

  Status run(const Deletion& deletion) {
    for (const auto& doomed : deletion.releases) {
      if (!batch_.empty() && files_ + doomed.files.size() > most_at_once) CHECK_OK(flush());
      batch_.push_back(doomed.release);
      files_ += doomed.files.size();
    }
    return flush();
  }

 private:
  Status flush() {
    const auto note = [&](const File& file) {
      return LedgerNote{.actor = actor_,
                        .action = "file.delete",
                        .subject = subject_of(context_.index, file),
                        .reason = reason_,
                        .detail = {{"sha256", file.sha256.hex()}, {"size", file.size}}};
    };
    const auto gone =
        context_.store.files().remove_releases(context_.index, batch_, note, context_.clock.now());
    if (!gone.ok()) return gone.error();
    batch_.clear();
    files_ = 0;
    if (!gone->empty()) context_.changes.project_changed(gone->front().release.project.str());
    return success();
  }

  const Context& context_;
  const std::string reason_;
  const Actor& actor_;
  std::vector<ReleaseName> batch_;
  std::size_t files_ = 0;
};

}  // namespace

Result<DeletionTarget> DeletionTarget::parse(std::string_view project,
                                             const std::optional<std::string>& version) {
  TRY(auto name, ProjectName::parse(project));
  DeletionTarget target{.project = std::move(name)};
  if (!version) return target;
  TRY(target.version, Version::parse(*version));
  return target;
}

std::size_t Deletion::files() const noexcept {
  std::size_t sum = 0;
  for (const auto& release : releases)
    sum += release.files.size();
  return sum;
}

std::uint64_t Deletion::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& release : releases)
    sum += release.bytes();
  return sum;
}

json::Object Deletion::to_json() const {
  json::Array doomed;
  for (const auto& each : releases) {
    doomed.emplace_back(json::Object{
        {"version", each.release.version.str()}, {"files", each.files.size()}, {"bytes", each.bytes()}});
  }
  json::Array stay;
  for (const auto& each : held)
    stay.emplace_back(json::Object{{"version", each.release.version.str()}, {"reason", each.reason}});
  return {{"project", project.str()},
          {"releases", std::move(doomed)},
          {"held", std::move(stay)},
          {"files", files()},
          {"bytes", bytes()}};
}

Result<Deletion> plan_deletion(const Context& context, const DeletionTarget& target) {
  if (context.rules.immutable) {
    return Error{Errc::forbidden,
                 fmt::format("the index {} is immutable: nothing of it is deleted", context.index),
                 "yank or block the release instead"};
  }
  const auto detail = context.store.catalog().project(context.index, target.project.str());
  if (!detail.ok()) return detail.error().code == Errc::not_found ? nothing_there(target) : detail.error();
  TRY(const auto holds, Holds::of(context));
  Deletion deletion{.project = target.project};
  for (const auto& [release, files] : by_release(*detail)) {
    if (files.empty() || (target.version && release->version != *target.version)) continue;
    auto doomed = doomed_release({target.project, release->version}, files);
    TRY(auto reason, holds.reason(release->label, doomed));
    if (reason.empty()) {
      deletion.releases.push_back(std::move(doomed));
    } else {
      deletion.held.push_back({.release = std::move(doomed.release), .reason = std::move(reason)});
    }
  }
  if (deletion.releases.empty() && deletion.held.empty()) return nothing_there(target);
  return deletion;
}

Result<Deletion> delete_releases(const Context& context, const DeletionTarget& target,
                                 std::string_view reason, const Actor& actor) {
  TRY(auto why, parse_reason(reason, "say why the files have to go: the ledger keeps it"));
  TRY(auto deletion, plan_deletion(context, target));
  if (!deletion.held.empty()) return held_error(deletion);
  CHECK_OK(Deleter(context, std::move(why), actor).run(deletion));
  return deletion;
}

}  // namespace packhouse::index
