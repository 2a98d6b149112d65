#include "upstream/recall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "pep/filename.hpp"

namespace packhouse::upstream {
namespace {

/// A file by its name and bytes.
using Place = std::pair<std::string, Sha256>;

UpstreamRecall because(RecallCause cause, std::string reason) {
  return {.project = {}, .filename = {}, .cause = cause, .reason = std::move(reason), .seen = {}};
}

/// Of the server's own files, what is not offered as it was; `offered` gets the others.
Status add_own(MetadataStore& store, std::string_view index, const ProjectName& name,
               std::map<Place, std::string>& reasons, std::set<Place>& offered) {
  const auto project = store.catalog().project(index, name.str());
  if (!project.ok()) return project.error().code == Errc::not_found ? success() : Status{project.error()};
  for (const auto& file : project->files) {
    const Place place{file.filename, file.sha256};
    if (file.withheld) {
      reasons[place] = *file.withheld;
    } else if (file.yanked) {
      reasons[place] = file.yanked->empty() ? "yanked" : "yanked: " + *file.yanked;
    } else {
      offered.insert(place);
    }
  }
  return success();
}

Status add_recalls(MetadataStore& store, std::string_view index, const ProjectName& name,
                   std::map<Place, std::string>& reasons, std::set<Place>& offered) {
  TRY(const auto recalls, store.upstreams().recalls(index, name.str()));
  for (const auto& recall : recalls)
    reasons.emplace(Place{recall.filename, recall.sha256}, recall.text());
  TRY(const auto fetched, store.upstreams().files(index, name.str()));
  for (const auto& file : fetched) {
    const Place place{file.filename, file.sha256};
    if (!reasons.contains(place)) offered.insert(place);
  }
  return success();
}

}  // namespace

std::optional<Version> version_in(std::string_view filename) {
  if (auto wheel = WheelFilename::parse(filename); wheel.ok()) return std::move(wheel->version);
  if (auto sdist = SdistFilename::parse(filename); sdist.ok()) return std::move(sdist->version);
  return std::nullopt;
}

std::optional<UpstreamRecall> recall_of(const RemotePage* page, const UpstreamFile& file) {
  if (page == nullptr) return because(RecallCause::deleted, {});
  if (page->state.status == ProjectStatus::quarantined)
    return because(RecallCause::quarantined, page->state.reason);
  const auto* listed = page->find(file.filename, file.sha256);
  if (listed == nullptr) return because(RecallCause::deleted, {});
  if (listed->yanked) return because(RecallCause::yanked, *listed->yanked);
  return std::nullopt;
}

LedgerNote recall_note(std::string_view project_subject, std::string_view upstream, bool began,
                       const std::vector<UpstreamRecall>& recalls) {
  json::Array files;
  for (const auto& recall : recalls) {
    files.emplace_back(json::Object{{"filename", recall.filename},
                                    {"sha256", recall.sha256.hex()},
                                    {"cause", to_string(recall.cause)},
                                    {"reason", recall.reason}});
  }
  return {
      .actor = {.kind = "system", .id = upstream.empty() ? "upstream" : std::string(upstream), .address = {}},
      .action = began ? "upstream.recall" : "upstream.restore",
      .subject = std::string(project_subject),
      .reason = {},
      .detail = {{"files", std::move(files)}}};
}

Error recalled_error(const UpstreamRecall& recall) {
  return {Errc::forbidden, fmt::format("{} is held: {}", recall.filename, recall.text()),
          "its bytes are kept; `packhouse recall` lists who fetched it"};
}

Result<std::vector<RecalledFile>> recalled_files(MetadataStore& store, std::string_view index,
                                                 const ProjectName& name,
                                                 const std::optional<Version>& version) {
  std::map<Place, std::string> reasons;
  std::set<Place> offered;
  CHECK_OK(add_own(store, index, name, reasons, offered));
  CHECK_OK(add_recalls(store, index, name, reasons, offered));
  std::map<Place, std::vector<DownloadTally>> downloads;
  TRY(auto tallies, store.downloads().of_project(index, name.str()));
  for (auto& tally : tallies) {
    const Place place{tally.filename, tally.sha256};
    // What was fetched and is no file of the index any more was deleted.
    if (!offered.contains(place)) reasons.emplace(place, "deleted here");
    downloads[place].push_back(std::move(tally));
  }
  std::vector<RecalledFile> all;
  for (auto& [place, reason] : reasons) {
    const auto of_file = version_in(place.first);
    if (version && (!of_file || *of_file != *version)) continue;
    all.push_back({.filename = place.first,
                   .sha256 = place.second,
                   .reason = std::move(reason),
                   .downloads = std::move(downloads[place])});
  }
  return all;
}

Result<std::vector<std::string>> recallable_projects(MetadataStore& store, std::string_view index) {
  std::set<std::string> names;
  CHECK_OK(each_project(store.catalog(), index, [&](const ProjectSummary& project) -> Result<bool> {
    names.insert(project.name);
    return true;
  }));
  TRY(const auto recalls, store.upstreams().recalls(index, {}));
  for (const auto& recall : recalls)
    names.insert(recall.project);
  TRY(const auto fetched, store.downloads().projects(index));
  names.insert(fetched.begin(), fetched.end());
  return std::vector<std::string>{names.begin(), names.end()};
}

}  // namespace packhouse::upstream
