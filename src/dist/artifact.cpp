#include "dist/artifact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "archive/tar.hpp"
#include "archive/zip.hpp"
#include "base/error.hpp"
#include "dist/checks.hpp"
#include "dist/release_report.hpp"

namespace packhouse::dist {
namespace {

constexpr std::string_view build_again =
    "keep exactly the build's dist/*.whl and dist/*.tar.gz as the artifact";

constexpr std::array infos{
    CheckInfo{"artifact.flat", Severity::refuse, true, "files in no folder", build_again},
    CheckInfo{"artifact.only-distributions", Severity::refuse, true, "wheels and sdists only", build_again},
    CheckInfo{"artifact.has-wheel", Severity::refuse, false, "at least one wheel", build_again},
    CheckInfo{"artifact.has-sdist", Severity::refuse, false, "at least one sdist", build_again},
    // What extract() finds out; its caller reports it under this name.
    CheckInfo{"artifact.intact", Severity::refuse, true, "files that unpack whole", build_again},
};

bool is_distribution(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".whl") || name.ends_with(".tar.gz"));
}

archive::Policy allowing_descriptors(archive::Policy policy) {
  policy.data_descriptors = true;
  return policy;
}

}  // namespace

std::span<const CheckInfo> artifact_check_infos() {
  return infos;
}

std::vector<CheckResult> check_member_names(const std::vector<std::string>& names, const Policy& policy) {
  Findings folders;
  Findings others;
  Findings wheels;
  Findings sdists;
  std::size_t wheel_count = 0;
  std::size_t sdist_count = 0;
  for (const auto& name : names) {
    if (name.contains('/')) folders.add(quote(name));
    if (!is_distribution(name)) others.add(quote(name));
    wheel_count += name.ends_with(".whl") ? 1 : 0;
    sdist_count += name.ends_with(".tar.gz") ? 1 : 0;
  }
  if (wheel_count == 0) wheels.add("none");
  if (sdist_count == 0) sdists.add("none");
  std::vector<CheckResult> results;
  const std::array all{&folders, &others, &wheels, &sdists};
  for (std::size_t i = 0; i < all.size(); ++i)
    append_results(infos[i], *all[i], policy, results);
  return results;
}

struct Artifact::State {
  archive::Policy archive_policy;
  archive::ZipReader reader;
  std::vector<CheckResult> results;
  std::vector<File> files;
  std::vector<std::size_t> members;  // position in the reader of each file
  bool accepted = false;

  State(const archive::ByteSource& source, const Policy& policy)
      : archive_policy(allowing_descriptors(policy.archive())), reader(source, archive_policy) {}

  void list_files() {
    for (std::size_t i = 0; i < reader.members().size(); ++i) {
      files.push_back({reader.members()[i].name, reader.members()[i].size, files.size()});
      members.push_back(i);
    }
  }
};

Artifact::Artifact(const archive::ByteSource& source, const Policy& policy)
    : state_(std::make_unique<State>(source, policy)) {
  auto violations = state_->reader.violations();
  if (archive::looks_like_tar(source)) violations.add(archive::Rule::polyglot, "a zip that is a tar too");
  append_container_results(violations, archive::Scope::zip, state_->reader.readable(), policy,
                           state_->results);
  if (state_->reader.readable()) {
    std::vector<std::string> names;
    for (const auto& member : state_->reader.members())
      names.push_back(member.name);
    std::ranges::move(check_member_names(names, policy), std::back_inserter(state_->results));
  }
  state_->accepted =
      state_->reader.readable() && std::ranges::none_of(state_->results, [](const auto& result) {
        return result.outcome == Outcome::refused;
      });
  if (state_->accepted) state_->list_files();
}

Artifact::~Artifact() = default;
Artifact::Artifact(Artifact&&) noexcept = default;
Artifact& Artifact::operator=(Artifact&&) noexcept = default;

const std::vector<CheckResult>& Artifact::results() const noexcept {
  return state_->results;
}

bool Artifact::accepted() const noexcept {
  return state_->accepted;
}

const std::vector<Artifact::File>& Artifact::files() const noexcept {
  return state_->files;
}

Result<ManifestEntry> Artifact::extract(const File& file,
                                        const std::function<Status(std::string_view)>& sink) {
  const auto& member = state_->reader.members().at(state_->members.at(file.position));
  const auto& kept = state_->reader.violations().kept();
  const auto before = kept.size();
  Hasher hasher;
  Status status = success();
  const bool intact = state_->reader.read(member, [&](std::string_view chunk) {
    hasher.update(chunk);
    status = sink(chunk);
    return status.ok();
  });
  CHECK_OK(std::move(status));
  if (!intact) {
    // Of each rule only the first breaches are kept; by the ninth broken file the reader says no more.
    if (kept.size() == before)
      return Error{Errc::invalid_input, quote(member.name) + " cannot be unpacked whole"};
    const auto& rule = archive::info(kept.back().rule);
    return Error{Errc::invalid_input,
                 fmt::format("{}: expected {}, found {}", rule.id, rule.expected, kept.back().found),
                 std::string{rule.fix}};
  }
  return ManifestEntry{member.name, member.size, hasher.finish().sha256};
}

}  // namespace packhouse::dist
