#include "index/catalog.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/text.hpp"
#include "store/metadata_store.hpp"

namespace packhouse::index {

Result<std::int64_t> Catalog::serial() const {
  return context_.store.catalog().serial(context_.index);
}

Result<std::vector<ProjectSummary>> Catalog::projects(std::string_view after, std::size_t limit) const {
  return context_.store.catalog().projects(context_.index, after, limit);
}

Status Catalog::each_project(const std::function<Result<bool>(const ProjectSummary&)>& visit) const {
  return packhouse::each_project(context_.store.catalog(), context_.index, visit);
}

Result<ProjectSummary> Catalog::summary(std::string_view name) const {
  return context_.store.catalog().summary(context_.index, name);
}

Result<ProjectDetail> Catalog::project(std::string_view name) const {
  TRY(auto detail, recorded_project(name));
  if (!detail.files.empty()) return detail;
  return Error{Errc::not_found, fmt::format("project {} has no file", quote(name))};
}

Result<ProjectDetail> Catalog::recorded_project(std::string_view name) const {
  return context_.store.catalog().project(context_.index, name);
}

Result<ProjectDetail> Catalog::offered_project(std::string_view name) const {
  TRY(auto detail, project(name));
  std::erase_if(detail.files, [](const File& file) { return file.withheld.has_value(); });
  return detail;
}

Result<File> Catalog::file(std::string_view filename) const {
  return context_.store.files().find(context_.index, filename);
}

Result<BlobFile> Catalog::open(const Sha256& digest) const {
  auto blob = context_.blobs.open(digest);
  if (!blob.ok() && blob.error().code != Errc::unavailable)
    throw std::runtime_error("a row names a blob that cannot be opened: " + blob.error().message);
  return blob;
}

}  // namespace packhouse::index
