#include "index/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/reason.hpp"
#include "index/remove.hpp"

namespace packhouse::index {
namespace {

bool is_chosen(const std::vector<std::string>& patterns, std::string_view project) {
  const auto matches = [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return project == pattern;
    pattern.remove_suffix(1);
    return project.starts_with(pattern);
  };
  return patterns.empty() || std::ranges::any_of(patterns, matches);
}

class Planner {
 public:
  Planner(const Context& context, const RetentionRules& rules, Holds holds)
      : context_(context), rules_(rules), holds_(std::move(holds)), plan_{.index = context.index} {}

  Result<RetentionPlan> run() {
    CHECK_OK(each_project(
        context_.store.catalog(), context_.index, [&](const ProjectSummary& project) -> Result<bool> {
          if (!is_chosen(rules_.projects, project.name)) return true;
          TRY(const auto detail, context_.store.catalog().project(context_.index, project.name));
          CHECK_OK(look_at(detail));
          return true;
        }));
    return std::move(plan_);
  }

 private:
  Status look_at(const ProjectDetail& project) {
    auto releases = by_release(project);
    std::erase_if(releases, [&](const ReleaseFiles& each) {
      return each.files.empty() || (rules_.development_only && !each.release->version.is_devrelease());
    });
    std::ranges::sort(releases, [](const ReleaseFiles& a, const ReleaseFiles& b) {
      return a.release->version > b.release->version;
    });
    std::size_t newer = 0;
    std::size_t newer_finals = 0;
    for (const auto& each : releases) {
      // What installers take by themselves stays, however many pre-releases are newer.
      const bool final = !each.release->version.is_prerelease();
      const bool stays = newer++ < rules_.keep_last || (final && newer_finals < rules_.keep_last);
      newer_finals += final ? 1 : 0;
      if (!stays) CHECK_OK(take(project, each));
    }
    return success();
  }

  Status take(const ProjectDetail& project, const ReleaseFiles& each) {
    TRY(auto name, ProjectName::parse(project.name));
    auto doomed = doomed_release({std::move(name), each.release->version}, each.files);
    if (rules_.older_than && doomed.uploaded + *rules_.older_than > context_.clock.now()) return success();
    TRY(auto reason, holds_.reason(each.release->label, doomed));
    if (reason.empty()) {
      plan_.releases.push_back(std::move(doomed));
    } else {
      plan_.held.push_back({.release = doomed.release, .reason = std::move(reason)});
    }
    return success();
  }

  const Context& context_;
  const RetentionRules& rules_;
  const Holds holds_;
  RetentionPlan plan_;
};

Status refuse_immutable(const Context& context) {
  if (!context.rules.immutable) return success();
  return Error{Errc::forbidden,
               fmt::format("the index {} is immutable: nothing of it is deleted", context.index)};
}

Result<DoomedFile> parse_file(const json::Value& value) {
  if (!value.is_object()) return Error{Errc::invalid_input, "expected an object for each file"};
  const auto& object = value.get_object();
  TRY(auto filename, json::get_string(object, "filename"));
  TRY(const auto hex, json::get_string(object, "sha256"));
  TRY(const auto sha256, Sha256::parse(hex));
  TRY(const auto size, json::get_int(object, "size"));
  if (size < 0) return Error{Errc::invalid_input, "expected a size of at least 0"};
  return DoomedFile{
      .filename = std::move(filename), .sha256 = sha256, .size = static_cast<std::uint64_t>(size)};
}

Result<DoomedRelease> parse_release(const json::Value& value) {
  if (!value.is_object()) return Error{Errc::invalid_input, "expected an object for each release"};
  const auto& object = value.get_object();
  TRY(const auto project, json::get_string(object, "project"));
  TRY(const auto version, json::get_string(object, "version"));
  TRY(auto release, ReleaseName::parse(project, version));
  TRY(const auto time, json::get_string(object, "uploaded"));
  TRY(const auto uploaded, parse_iso8601(time));
  TRY(const auto listed, json::get_array(object, "files"));
  DoomedRelease doomed{.release = std::move(release), .uploaded = uploaded, .files = {}};
  for (const auto& each : listed) {
    TRY(auto file, parse_file(each));
    doomed.files.push_back(std::move(file));
  }
  return doomed;
}

json::Object to_object(const DoomedRelease& doomed) {
  json::Array files;
  for (const auto& file : doomed.files) {
    files.emplace_back(
        json::Object{{"filename", file.filename}, {"sha256", file.sha256.hex()}, {"size", file.size}});
  }
  return {{"project", doomed.release.project.str()},
          {"version", doomed.release.version.str()},
          {"uploaded", to_iso8601(doomed.uploaded)},
          {"files", std::move(files)}};
}

/// Applies a plan. What it says is asked again: time has passed since.
class Applier {
 public:
  Applier(const Context& context, std::string_view reason, const Actor& actor, Holds holds)
      : context_(context), reason_(reason), actor_(actor), holds_(std::move(holds)) {}

  Status apply(const DoomedRelease& doomed) {
    TRY(const auto there, context_.store.files().of_release(context_.index, doomed.release));
    const auto label = there.empty() ? std::nullopt : there.front().label;
    TRY(const auto held, holds_.reason(label, doomed));
    for (const auto& file : doomed.files)
      CHECK_OK(apply(file, there, held));
    return success();
  }

  RetentionOutcome take() { return std::move(outcome_); }

 private:
  Status apply(const DoomedFile& file, const std::vector<File>& there, const std::string& held) {
    const auto found = std::ranges::find(there, file.filename, &File::filename);
    if (found == there.end() || found->sha256 != file.sha256 || !held.empty()) {
      const std::string_view why = found == there.end()           ? "it is gone"
                                   : found->sha256 != file.sha256 ? "it has other bytes than the plan says"
                                                                  : std::string_view(held);
      outcome_.skipped.push_back(fmt::format("{}: {}", file.filename, why));
      return success();
    }
    const auto gone = remove_file(context_, found->release.project.str(), file.filename, reason_, actor_);
    if (!gone.ok()) return gone.error();
    ++outcome_.deleted;
    return success();
  }

  const Context& context_;
  const std::string_view reason_;
  const Actor& actor_;
  const Holds holds_;
  RetentionOutcome outcome_;
};

}  // namespace

std::uint64_t RetentionPlan::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& release : releases)
    sum += release.bytes();
  return sum;
}

json::Object RetentionPlan::to_json() const {
  json::Array doomed;
  for (const auto& release : releases)
    doomed.emplace_back(to_object(release));
  json::Array stay;
  for (const auto& each : held) {
    stay.emplace_back(json::Object{{"project", each.release.project.str()},
                                   {"version", each.release.version.str()},
                                   {"reason", each.reason}});
  }
  return {{"index", index}, {"releases", std::move(doomed)}, {"held", std::move(stay)}};
}

Result<RetentionPlan> RetentionPlan::parse(const json::Object& object) {
  RetentionPlan plan;
  TRY(plan.index, json::get_string(object, "index"));
  TRY(const auto listed, json::get_array(object, "releases"));
  for (const auto& value : listed) {
    TRY(auto release, parse_release(value));
    plan.releases.push_back(std::move(release));
  }
  return plan;
}

Result<RetentionPlan> plan_retention(const Context& context, const RetentionRules& rules) {
  CHECK_OK(refuse_immutable(context));
  if (rules.keep_last < 1) {
    return Error{Errc::invalid_input, "expected at least 1 release to be kept, found 0",
                 "packhouse delete takes the last file of a project"};
  }
  TRY(auto holds, Holds::of(context));
  return Planner(context, rules, std::move(holds)).run();
}

Result<RetentionOutcome> apply_retention(const Context& context, const RetentionPlan& plan,
                                         std::string_view reason, const Actor& actor) {
  CHECK_OK(refuse_immutable(context));
  CHECK_OK(parse_reason(reason, "say why the files have to go: the ledger keeps it"));
  if (plan.index != context.index) {
    return Error{Errc::invalid_input, fmt::format("expected a plan of the index {}, found one of {}",
                                                  context.index, quote(plan.index))};
  }
  TRY(auto holds, Holds::of(context));
  Applier applier(context, reason, actor, std::move(holds));
  for (const auto& doomed : plan.releases)
    CHECK_OK(applier.apply(doomed));
  return applier.take();
}

}  // namespace packhouse::index
