#include "config/desk_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "config/toml_reader.hpp"

namespace packhouse::app {
namespace {

Error wrong(std::string_view file, std::string_view key, const Error& error) {
  return {error.code, fmt::format("{}: in \"{}\": {}", file, key, error.message), error.hint};
}

Status take_branches(const std::vector<std::string>& names, source::Policy& policy) {
  if (names.empty()) return success();
  TRY(const auto first, forge::NamePattern::parse(names.front()));
  if (!first.is_exact()) {
    return Error{Errc::invalid_input, "expected a branch, found the pattern " + quote(names.front()),
                 "name the protected branch first: it is the one whose settings count"};
  }
  policy.branch = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    TRY(auto pattern, forge::NamePattern::parse(names[i]));
    if (pattern.names_the_attempt() || pattern.str() == "*") {
      return Error{Errc::invalid_input,
                   "expected a branch or a pattern such as release/*, found " + quote(names[i])};
    }
    policy.other_branches.push_back(std::move(pattern));
  }
  return success();
}

Status take_events(const std::vector<std::string>& names, const forge::ForgeKind& forge,
                   source::Policy& policy) {
  if (names.empty()) return success();
  for (const std::string& name : names) {
    if (std::ranges::find(forge.events, name) != forge.events.end() && !name.empty()) continue;
    std::vector<std::string_view> known(forge.events.begin(), forge.events.end());
    std::erase(known, std::string_view());
    return Error{Errc::invalid_input, "unknown event " + quote(name), suggest(name, known)};
  }
  if (std::ranges::find(names, "release") != names.end() && policy.tags.empty()) {
    return Error{Errc::invalid_input, "expected \"tags\" beside the event \"release\", found none",
                 "write tags = \"v{version}\": a release is of a tag"};
  }
  policy.events = names;
  return success();
}

Result<forge::NamePattern> parse_job(const std::string& text) {
  TRY(auto job, forge::NamePattern::parse(text));
  if (!job.names_the_attempt()) return job;
  return Error{Errc::invalid_input, "expected the name of a job, found " + quote(text),
               "an attempt is in the name of an artifact"};
}

Status take_jobs(const std::vector<std::string>& names, source::Policy& policy) {
  if (names.empty()) return success();
  auto& rules = policy.artifacts;
  if (names.size() != 1 && names.size() != rules.size()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected one job, or one for each of the {} artifacts, found {}", rules.size(),
                             names.size())};
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    TRY(rules[i].job, parse_job(names.size() == 1 ? names.front() : names[i]));
  }
  return success();
}

Status take_artifacts(const std::vector<std::string>& names, source::Policy& policy) {
  if (names.empty()) return success();
  const forge::NamePattern job = policy.artifacts.front().job;
  policy.artifacts.clear();
  for (const std::string& name : names) {
    TRY(auto pattern, forge::NamePattern::parse(name));
    policy.artifacts.push_back({std::move(pattern), job});
  }
  return success();
}

Status take_sidecars(const std::vector<std::string>& names, source::Policy& policy) {
  for (const std::string& name : names) {
    const std::string ending = name.starts_with('*') ? name.substr(1) : "";
    const bool plain =
        ending.starts_with('.') && ending.size() > 1 && ending.find_first_of("*/") == std::string::npos;
    const bool is_distribution =
        ending.ends_with(".whl") || ending.ends_with(".gz") || ending.ends_with(".zip");
    if (!plain || is_distribution) {
      return Error{Errc::invalid_input,
                   "expected a name such as \"*.publish.attestation\", found " + quote(name)};
    }
    policy.sidecars.push_back(ending);
  }
  return success();
}

}  // namespace

Status RunSettings::settle(const forge::ForgeKind& forge, std::string_view file,
                           source::Policy& policy) const {
  const auto settled = [&](std::string_view key, const Status& status) -> Status {
    return status.ok() ? success() : Status(wrong(file, key, status.error()));
  };
  CHECK_OK(settled("branch", take_branches(branches, policy)));
  CHECK_OK(settled("events", take_events(events, forge, policy)));
  CHECK_OK(settled("artifact", take_artifacts(artifacts, policy)));
  CHECK_OK(settled("build-job", take_jobs(jobs, policy)));
  return settled("sidecars", take_sidecars(sidecars, policy));
}

bool take_names(const toml::node& node, std::vector<std::string>& names) {
  if (const auto text = node.value_exact<std::string>()) {
    names = {*text};
    return true;
  }
  return take_texts(node, names);
}

bool take_local_versions(const toml::node& node, source::Policy& policy) {
  const auto value = node.value_exact<bool>();
  if (!value) return false;
  policy.local_versions = *value ? source::LocalVersions::allowed : source::LocalVersions::refused;
  return true;
}

Status take_tags(const std::string& text, source::Policy& policy) {
  CHECK_OK(source::check_tags(text));
  policy.tags = text;
  return success();
}

}  // namespace packhouse::app
