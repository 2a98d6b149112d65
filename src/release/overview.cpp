#include "release/overview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse::release {
namespace {

std::string text_of(const json::Object& detail, std::string_view key) {
  const auto text = json::get_string(detail, key);
  return text.ok() ? *text : std::string{};
}

std::string describe_release(const json::Object& detail) {
  std::string text = "manifest sha256:" + text_of(detail, "manifest_sha256");
  if (const auto label = text_of(detail, "label"); !label.empty()) text = label + ", " + text;
  return text;
}

VersionOverview overview_of(const Version& version, const Result<Journal>& journal) {
  VersionOverview overview{.version = version};
  if (!journal.ok()) {
    overview.broken = journal.error();
    return overview;
  }
  overview.state = state_of(journal->entries());
  for (const JournalEntry& entry : journal->entries())
    if (const auto run = json::get_int(entry.detail, "run"); run.ok()) overview.run = *run;
  overview.label = label_of(journal->entries());
  const auto manifest = journal->promoted();
  if (manifest.ok()) {
    overview.manifest = *manifest;
  } else {
    overview.broken = manifest.error();
  }
  return overview;
}

bool fits(const dist::Manifest& manifest, const PageFile& file) {
  const auto* entry = manifest.find(file.filename);
  return entry != nullptr && (!file.sha256 || iequals(*file.sha256, entry->sha256.hex()));
}

IndexStanding standing_of(const VersionOverview& overview) {
  if (overview.served.empty()) return IndexStanding::absent;
  if (!overview.manifest) return IndexStanding::not_promoted_here;
  const auto is_ours = [&](const PageFile& file) { return fits(*overview.manifest, file); };
  if (!std::ranges::all_of(overview.served, is_ours)) return IndexStanding::different;
  return overview.served.size() == overview.manifest->entries().size() ? IndexStanding::as_promoted
                                                                       : IndexStanding::incomplete;
}

json::Array page_json(const std::vector<PageFile>& files) {
  json::Array list;
  for (const PageFile& file : files) {
    json::Object object{{"filename", file.filename}, {"yanked", file.yanked}};
    if (file.sha256) object["sha256"] = *file.sha256;
    list.push_back(std::move(object));
  }
  return list;
}

std::string describe(const json::Object& detail) {
  for (const std::string_view key : {"error", "comparison", "proof", "reason", "filename"})
    if (auto text = text_of(detail, key); !text.empty()) return text;
  if (!text_of(detail, "label").empty() && detail.contains("manifest_sha256"))
    return describe_release(detail);
  if (auto refused = refused_checks(detail); !refused.empty()) return refused;
  if (const auto manifest = text_of(detail, "manifest_sha256"); !manifest.empty())
    return "manifest sha256:" + manifest;
  if (const auto archive = text_of(detail, "archive_sha256"); !archive.empty())
    return "archive sha256:" + archive;
  return text_of(detail, "log");
}

std::string result_of(const JournalEntry& entry) {
  if (text_of(entry.detail, "state") == "blocked") return "blocked";
  if (entry.step == "unblock") return "unblocked";
  return text_of(entry.detail, "result");
}

}  // namespace

std::string_view to_string(IndexStanding standing) noexcept {
  constexpr std::array<std::string_view, 6> words{"not asked",  "absent",    "as promoted",
                                                  "incomplete", "different", "not promoted here"};
  return words.at(static_cast<std::size_t>(standing));
}

Result<std::vector<Version>> recorded_versions(const JournalPlace& place, const ProjectName& project) {
  const auto names = place.disk.list(project_folder(place.state, project.str()));
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
    const Path folder = release_folder(place.state, project.str(), version.str());
    const auto journal = Journal::load(place.disk, place.clock, place.redactor, folder);
    // A folder that a promotion made and then did nothing in.
    if (!journal.ok() && journal.error().code == Errc::not_found) continue;
    overview.push_back(overview_of(version, journal));
  }
  return overview;
}

std::optional<std::string> label_of(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) {
    if (auto label = text_of(entry.detail, "label"); entry.step == "release" && !label.empty()) return label;
  }
  return std::nullopt;
}

void compare_with_page(std::vector<VersionOverview>& overview, const ProjectName& project,
                       const std::vector<PageFile>& page) {
  for (const PageFile& file : page) {
    const auto version = version_in_filename(project, file.filename);
    if (!version) continue;
    auto place = std::ranges::find(overview, *version, &VersionOverview::version);
    if (place == overview.end()) place = overview.insert(overview.end(), {.version = *version});
    if (file.label) place->label = file.label;
    place->served.push_back(file);
  }
  std::ranges::sort(overview, std::ranges::greater{}, &VersionOverview::version);
  for (VersionOverview& each : overview)
    each.standing = standing_of(each);
}

json::Object to_json(const VersionOverview& version) {
  json::Object object{{"version", version.version.str()},  {"state", to_string(version.state.kind)},
                      {"step", version.state.step},        {"since", version.state.since},
                      {"reason", version.state.reason},    {"index", to_string(version.standing)},
                      {"files", page_json(version.served)}};
  if (version.run) object["run"] = *version.run;
  if (version.label) object["label"] = *version.label;
  if (version.manifest) {
    object["manifest"] = to_json(*version.manifest);
    object["manifest_sha256"] = version.manifest->digest().hex();
  }
  if (version.broken) object["error"] = version.broken->message;
  return object;
}

std::vector<HistoryLine> history_of(const std::vector<JournalEntry>& entries) {
  std::vector<HistoryLine> lines;
  std::string actor;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const JournalEntry& entry = entries[i];
    if (auto named = text_of(entry.detail, "actor"); !named.empty()) actor = std::move(named);
    if (entry.phase == "outcome") {
      lines.push_back({entry.time, entry.step, result_of(entry), actor, describe(entry.detail)});
      continue;
    }
    const auto ends = [&](const JournalEntry& later) {
      return later.step == entry.step && later.phase == "outcome";
    };
    const auto begins_again = [&](const JournalEntry& later) {
      return later.step == entry.step && later.phase == "intent";
    };
    const auto rest =
        std::ranges::subrange(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1, entries.end());
    const auto end = std::ranges::find_if(rest, ends);
    if (end == rest.end() || std::ranges::find_if(rest, begins_again) < end)
      lines.push_back({entry.time, entry.step, "begun", actor, describe(entry.detail)});
  }
  return lines;
}

}  // namespace packhouse::release
