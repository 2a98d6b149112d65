#include "dist/artifact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "archive/tar.hpp"
#include "archive/zip.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dist/policy_results.hpp"
#include "dist/release_checks.hpp"

namespace packhouse::dist {
namespace {

archive::Policy allowing_descriptors(archive::Policy policy) {
  policy.data_descriptors = true;
  return policy;
}

/// A plain name with one of the endings and something before it.
bool is_sidecar(std::string_view name, const Sidecars& endings) {
  return !name.contains('/') && !name.starts_with('.') &&
         std::ranges::any_of(endings, [&](const std::string& ending) {
           return name.size() > ending.size() && name.ends_with(ending);
         });
}

}  // namespace

struct Artifact::State {
  archive::Policy archive_policy;
  archive::ZipReader reader;
  std::vector<CheckResult> results;
  std::vector<File> files;
  std::vector<File> sidecars;
  std::vector<std::size_t> members;  // position in the reader of each file, then of each sidecar
  bool accepted = false;

  State(const archive::ByteSource& source, const Policy& policy)
      : archive_policy(allowing_descriptors(policy.archive())), reader(source, archive_policy) {}

  void list_files(const Sidecars& endings) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < reader.members().size(); ++i) {
      if (is_sidecar(reader.members()[i].name, endings)) {
        others.push_back(i);
        continue;
      }
      files.push_back({reader.members()[i].name, reader.members()[i].size, files.size()});
      members.push_back(i);
    }
    for (const std::size_t i : others) {
      sidecars.push_back({reader.members()[i].name, reader.members()[i].size, members.size()});
      members.push_back(i);
    }
  }
};

Artifact::Artifact(const archive::ByteSource& source, const Policy& policy, const Sidecars& sidecars)
    : state_(std::make_unique<State>(source, policy)) {
  auto violations = state_->reader.violations();
  if (archive::looks_like_tar(source)) violations.add(archive::Rule::polyglot, "a zip that is a tar too");
  append_container_results(violations, archive::Scope::zip, state_->reader.readable(), policy,
                           state_->results);
  if (state_->reader.readable()) {
    std::vector<std::string> names;
    for (const auto& member : state_->reader.members())
      if (!is_sidecar(member.name, sidecars)) names.push_back(member.name);
    std::ranges::move(check_member_names(names, policy), std::back_inserter(state_->results));
  }
  state_->accepted =
      state_->reader.readable() && std::ranges::none_of(state_->results, [](const auto& result) {
        return result.outcome == Outcome::refused;
      });
  if (state_->accepted) state_->list_files(sidecars);
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

const std::vector<Artifact::File>& Artifact::sidecars() const noexcept {
  return state_->sidecars;
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
                 std::string{rule.hint}};
  }
  return ManifestEntry{member.name, member.size, hasher.finish().sha256};
}

void for_each_file(const archive::ByteSource& source, const Policy& policy, const Sidecars& sidecars,
                   std::size_t count,
                   const std::function<void(Artifact& reader, std::size_t position)>& work) {
  std::vector<std::optional<Artifact>> readers(cores());
  in_parallel(count, readers.size(), [&](std::size_t worker, std::size_t position) {
    auto& reader = readers[worker];
    if (!reader) reader.emplace(source, policy, sidecars);
    work(*reader, position);
  });
}

}  // namespace packhouse::dist
