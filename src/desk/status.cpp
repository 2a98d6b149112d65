#include "desk/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse::desk {
namespace {

VersionOverview overview_of(const Version& version, const Result<journal::Journal>& journal) {
  VersionOverview overview{.version = version};
  if (!journal.ok()) {
    overview.broken = journal.error();
    return overview;
  }
  overview.state = journal::state_of(journal->entries());
  for (const journal::JournalEntry& entry : journal->entries())
    if (const auto run = json::get_int(entry.detail, "run"); run.ok()) overview.run = *run;
  overview.label = journal::label_of(journal->entries());
  const auto manifest = journal->promoted();
  if (manifest.ok()) {
    overview.manifest = *manifest;
  } else {
    overview.broken = manifest.error();
  }
  return overview;
}

bool matches(const dist::Manifest& manifest, const client::PageFile& file) {
  const auto* entry = manifest.find(file.filename);
  return entry != nullptr && (!file.sha256 || iequals(*file.sha256, entry->sha256.hex()));
}

std::vector<client::PageFile> foreign_files(const VersionOverview& overview) {
  std::vector<client::PageFile> foreign;
  if (!overview.manifest) return foreign;
  for (const client::PageFile& file : overview.served)
    if (!matches(*overview.manifest, file)) foreign.push_back(file);
  return foreign;
}

IndexState index_state_of(const VersionOverview& overview) {
  if (overview.served.empty()) return IndexState::absent;
  if (!overview.manifest) return IndexState::not_promoted_here;
  if (!overview.foreign.empty()) return IndexState::different;
  return overview.served.size() == overview.manifest->entries().size() ? IndexState::as_promoted
                                                                       : IndexState::incomplete;
}

json::Array page_json(const std::vector<client::PageFile>& files) {
  json::Array list;
  for (const client::PageFile& file : files) {
    json::Object object{{"filename", file.filename}, {"yanked", file.yanked}};
    if (file.sha256) object["sha256"] = *file.sha256;
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

std::string_view to_string(IndexState state) noexcept {
  constexpr std::array<std::string_view, 6> words{"not asked",  "absent",    "as promoted",
                                                  "incomplete", "different", "not promoted here"};
  return words.at(static_cast<std::size_t>(state));
}

Result<std::vector<Version>> recorded_versions(const JournalPlace& place, const ProjectName& project) {
  const auto names = place.disk.list(journal::project_folder(place.state, project.str()));
  if (!names.ok() && names.error().code == Errc::not_found) return std::vector<Version>{};
  if (!names.ok()) return names.error();
  std::vector<Version> versions;
  for (const std::string& name : *names)
    if (const auto version = Version::parse(name); version.ok()) versions.push_back(*version);
  std::ranges::sort(versions, std::ranges::greater{});
  return versions;
}

Result<std::vector<VersionOverview>> read_overview(const JournalPlace& place, const ProjectName& project) {
  TRY(const auto versions, recorded_versions(place, project));
  std::vector<VersionOverview> overview;
  for (const Version& version : versions) {
    const Path folder = journal::release_folder(place.state, {project, version});
    const auto journal = journal::Journal::load(place.disk, place.clock, place.redactor, folder);
    // A promotion that ended before its first entry left the folder.
    if (!journal.ok() && journal.error().code == Errc::not_found) continue;
    overview.push_back(overview_of(version, journal));
  }
  return overview;
}

void compare_with_page(std::vector<VersionOverview>& overview, const ProjectName& project,
                       const std::vector<client::PageFile>& page) {
  for (const client::PageFile& file : page) {
    const auto version = client::version_in_filename(project, file.filename);
    if (!version) continue;
    auto place = std::ranges::find(overview, *version, &VersionOverview::version);
    if (place == overview.end()) place = overview.insert(overview.end(), {.version = *version});
    if (file.label) place->label = file.label;
    place->served.push_back(file);
  }
  std::ranges::sort(overview, std::ranges::greater{}, &VersionOverview::version);
  for (VersionOverview& each : overview) {
    each.foreign = foreign_files(each);
    each.index = index_state_of(each);
  }
}

json::Object to_json(const VersionOverview& version) {
  json::Object object{{"version", version.version.str()},  {"state", to_string(version.state.kind)},
                      {"step", version.state.step},        {"since", version.state.since},
                      {"reason", version.state.reason},    {"index", to_string(version.index)},
                      {"files", page_json(version.served)}};
  if (!version.foreign.empty()) object["foreign"] = page_json(version.foreign);
  if (version.run) object["run"] = *version.run;
  if (version.label) object["label"] = *version.label;
  if (version.manifest) {
    object["manifest"] = journal::to_json(*version.manifest);
    object["manifest_sha256"] = version.manifest->digest().hex();
  }
  if (version.broken) object["error"] = version.broken->message;
  return object;
}

}  // namespace packhouse::desk
