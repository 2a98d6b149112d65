#include "index/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace packhouse::index {
namespace {

constexpr std::size_t most_named = 100;

struct SizedBlob {
  Sha256 digest;
  std::uint64_t size = 0;
};

/// The blobs first: what gets a row meanwhile is then among the needed ones.
Result<StoredBlobs> count_blobs(MetadataStore& store, BlobStore& blobs) {
  std::vector<SizedBlob> there;
  CHECK_OK(blobs.each([&](const Sha256& digest, std::uint64_t size) { there.push_back({digest, size}); }));
  TRY(auto needed, store.files().referenced_blobs());
  std::ranges::sort(needed);
  StoredBlobs stored;
  for (const auto& [digest, size] : there) {
    ++stored.blobs;
    stored.bytes += size;
    if (std::ranges::binary_search(needed, digest)) continue;
    ++stored.unneeded;
    stored.unneeded_bytes += size;
  }
  return stored;
}

json::Object to_object(const Growth& growth) {
  return {{"files", growth.files}, {"bytes", growth.bytes}};
}

/// The least use that is worth a warning.
std::uint64_t threshold(std::uint64_t most) {
  return most - (most / 5);
}

}  // namespace

json::Object Usage::to_json() const {
  json::Array of_indexes;
  for (const auto& each : indexes) {
    of_indexes.emplace_back(json::Object{{"index", each.index},
                                         {"projects", each.projects},
                                         {"files", each.files},
                                         {"bytes", each.bytes},
                                         {"sessions", each.sessions},
                                         {"staged_bytes", each.staged}});
  }
  json::Array of_projects;
  for (const auto& each : largest) {
    of_projects.emplace_back(json::Object{
        {"index", each.index}, {"project", each.project}, {"files", each.files}, {"bytes", each.bytes}});
  }
  return {{"indexes", std::move(of_indexes)},
          {"largest_projects", std::move(of_projects)},
          {"uploaded", {{"7_days", to_object(week)}, {"30_days", to_object(month)}}},
          {"stored",
           {{"blobs", stored.blobs},
            {"bytes", stored.bytes},
            {"unneeded_blobs", stored.unneeded},
            {"unneeded_bytes", stored.unneeded_bytes}}}};
}

Result<Usage> read_usage(MetadataStore& store, BlobStore& blobs, Timestamp now, std::size_t projects) {
  Usage usage;
  TRY(usage.indexes, store.usage().indexes());
  TRY(usage.largest, store.usage().largest(projects));
  TRY(usage.week, store.usage().uploaded_since(now - std::chrono::days{7}));
  TRY(usage.month, store.usage().uploaded_since(now - std::chrono::days{30}));
  TRY(usage.stored, count_blobs(store, blobs));
  return usage;
}

std::array<LimitShare, 4> limit_shares(const IndexUsage& usage, const Quotas& quotas) {
  const auto share = [](std::uint64_t used, std::uint64_t most) {
    return most == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(most);
  };
  return {{{"projects", share(usage.projects, quotas.projects)},
           {"files-per-project", share(usage.most_files, quotas.files_per_project)},
           {"project-size", share(usage.most_bytes, quotas.project_size)},
           {"index-size", share(usage.bytes, quotas.index_size)}}};
}

Result<std::vector<LimitUse>> scarce_limits(UsageStore& usage, std::string_view index, const Quotas& quotas) {
  std::vector<LimitUse> scarce;
  const auto note = [&](std::string subject, std::string_view limit, std::uint64_t used, std::uint64_t most) {
    if (most == 0 || used < threshold(most)) return;
    scarce.push_back(
        {.subject = std::move(subject), .limit = std::string(limit), .used = used, .most = most});
  };
  TRY(const auto all, usage.indexes());
  const auto found = std::ranges::find(all, index, &IndexUsage::index);
  if (found == all.end()) return scarce;
  note(found->index, "projects", found->projects, quotas.projects);
  note(found->index, "index-size", found->bytes, quotas.index_size);
  const Growth least{.files = threshold(quotas.files_per_project), .bytes = threshold(quotas.project_size)};
  TRY(const auto large, usage.beyond(index, least, most_named));
  for (const auto& project : large) {
    const auto subject = fmt::format("{}/{}", index, project.project);
    note(subject, "files-per-project", project.files, quotas.files_per_project);
    note(subject, "project-size", project.bytes, quotas.project_size);
  }
  return scarce;
}

}  // namespace packhouse::index
