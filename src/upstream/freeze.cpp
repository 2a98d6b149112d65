#include "upstream/freeze.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.hpp"
#include "upstream/page.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::size_t max_document = 256UL << 20U;

/// Files that were fetched, by project.
using Fetched = std::map<std::string, std::vector<UpstreamFile>>;

FrozenPage frozen(const RemotePage& page) {
  FrozenPage kept{.project = page.project, .document = json::dump(page.to_json()), .files = {}};
  for (const auto& file : page.files) {
    kept.files.push_back(
        {.filename = file.filename, .sha256 = file.sha256, .metadata_sha256 = file.metadata_sha256});
  }
  return kept;
}

/// Without a link to attestations: theirs is an address of the index itself, which may change.
RemoteFile own_file(const File& file) {
  return {.filename = file.filename,
          .version = file.release.version.str(),
          .kind = file.kind,
          .sha256 = file.sha256,
          .size = file.size,
          .uploaded = file.uploaded,
          .requires_python = file.requires_python,
          .yanked = file.yanked,
          .metadata_sha256 = file.metadata_sha256,
          .provenance = {},
          .url = {}};
}

Result<FrozenPage> own_page(MetadataStore& store, const std::string& index, const std::string& name) {
  TRY(const auto project, store.catalog().project(index, name));
  RemotePage page{.project = name, .state = project.state, .files = {}};
  for (const auto& file : project.files)
    if (!file.withheld) page.files.push_back(own_file(file));
  return frozen(page);
}

Result<std::optional<RemotePage>> stored_page(MetadataStore& store, const std::string& index,
                                              const std::string& name, std::string& upstream) {
  TRY(const auto stored, store.upstreams().page(index, name));
  if (!stored) return std::optional<RemotePage>{};
  upstream = stored->upstream;
  TRY(const auto document, json::parse(stored->document, max_document));
  if (!document.is_object()) return Error{Errc::internal, "a stored page is no object", {}};
  TRY(auto page, RemotePage::parse(document.get_object()));
  return std::optional{std::move(page)};
}

/// Leaves on the page what is stored here, with the digest of metadata that is stored here.
void keep_fetched(RemotePage& page, const std::vector<UpstreamFile>& fetched) {
  std::erase_if(page.files, [&](RemoteFile& file) {
    const auto found = std::ranges::find_if(fetched, [&](const UpstreamFile& there) {
      return there.filename == file.filename && there.sha256 == file.sha256 && there.size;
    });
    if (found == fetched.end()) return true;
    file.size = found->size;
    file.metadata_sha256 = found->metadata_sha256;
    file.url = found->url;
    return false;
  });
  page.left_out.clear();
  page.left_out_count = 0;
}

/// Of an upstream's page, what the index's policy offers; nothing where the policy no longer asks for it.
Status keep_offered(MetadataStore& store, const FreezeRequest& request, std::string_view upstream,
                    Timestamp now, RemotePage& page) {
  if (!request.policies) return success();
  const auto named = std::ranges::find(*request.policies, upstream, &NamedPolicy::upstream);
  TRY(const auto name, ProjectName::parse(page.project));
  if (named == request.policies->end() || !named->policy.takes(name)) {
    page.files.clear();
    return success();
  }
  TRY(const auto exceptions, store.upstreams().exceptions(request.index));
  page = offered_page(named->policy, exceptions, page, now).page;
  return success();
}

/// nullopt: nothing of the name is stored, or the name is this server's.
Result<std::optional<FrozenPage>> upstream_page(MetadataStore& store, const NameSet& reserved,
                                                const FreezeRequest& request, const std::string& name,
                                                const std::vector<UpstreamFile>& fetched, Timestamp now) {
  TRY(const auto project, ProjectName::parse(name));
  TRY(const auto claim, store.upstreams().claim(name, now));
  if (!origin_of(project, claim, reserved).upstream) return std::optional<FrozenPage>{};
  std::string upstream;
  TRY(auto page, stored_page(store, request.index, name, upstream));
  if (!page) return std::optional<FrozenPage>{};
  keep_fetched(*page, fetched);
  CHECK_OK(keep_offered(store, request, upstream, now, *page));
  if (page->files.empty()) return std::optional<FrozenPage>{};
  return std::optional{frozen(*page)};
}

Result<Fetched> fetched_files(MetadataStore& store, const std::string& index) {
  TRY(auto files, store.upstreams().files(index, {}));
  Fetched fetched;
  for (auto& file : files)
    fetched[file.project].push_back(std::move(file));
  return fetched;
}

Result<std::vector<FrozenPage>> read_pages(MetadataStore& store, const NameSet& reserved,
                                           const FreezeRequest& request, Timestamp now) {
  std::vector<FrozenPage> pages;
  CHECK_OK(each_project(store.catalog(), request.index, [&](const ProjectSummary& project) -> Result<bool> {
    TRY(auto page, own_page(store, request.index, project.name));
    pages.push_back(std::move(page));
    return true;
  }));
  TRY(const auto fetched, fetched_files(store, request.index));
  for (const auto& [name, files] : fetched) {
    TRY(auto page, upstream_page(store, reserved, request, name, files, now));
    if (page) pages.push_back(*std::move(page));
  }
  return pages;
}

FreezeNote note_of(const FreezeRequest& request, std::size_t projects, std::size_t files) {
  return [&request, projects, files](std::int64_t serial) {
    return LedgerNote{.actor = request.actor,
                      .action = "index.freeze",
                      .subject = fmt::format("{}/at/{}", request.index, serial),
                      .reason = request.reason,
                      .detail = {{"projects", projects}, {"files", files}}};
  };
}

}  // namespace

Result<Freeze> freeze_index(MetadataStore& store, const NameSet& reserved, const FreezeRequest& request,
                            Timestamp now) {
  constexpr int tries = 5;
  for (int i = 1;; ++i) {
    TRY(const auto seen, store.catalog().serial(request.index));
    TRY(const auto pages, read_pages(store, reserved, request, now));
    std::size_t files = 0;
    for (const auto& page : pages)
      files += page.files.size();
    const auto serial =
        store.freezes().freeze(request.index, seen, pages, note_of(request, pages.size(), files), now);
    if (!serial.ok() && serial.error().code == Errc::conflict && i < tries) continue;
    if (!serial.ok()) return serial.error();
    return Freeze{.serial = *serial,
                  .reason = request.reason,
                  .made = now,
                  .projects = static_cast<std::int64_t>(pages.size()),
                  .files = static_cast<std::int64_t>(files)};
  }
}

}  // namespace packhouse::upstream
