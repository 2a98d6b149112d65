#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "index/context.hpp"
#include "model/project.hpp"

namespace packhouse::index {

/// What one index holds, for everything that shows it. A project whose files were all deleted is as one that
/// never was: clients then look for the name elsewhere. Its filenames stay retired. Each call reads one
/// snapshot. A broken database or disk: throws. Thread-safe.
class Catalog {
 public:
  /// The context outlives it.
  explicit Catalog(const Context& context) : context_(context) {}

  const std::string& index() const noexcept { return context_.index; }
  /// Grows by one with each change of any project.
  Result<std::int64_t> serial() const;
  /// By name, at most `limit` of those after `after`.
  Result<std::vector<ProjectSummary>> projects(std::string_view after, std::size_t limit) const;
  /// Calls `visit` with every project, by name, until it returns false. Memory does not grow with their
  /// number; a change meanwhile is seen or not.
  Status each_project(const std::function<Result<bool>(const ProjectSummary&)>& visit) const;
  /// not_found for a project without a file.
  Result<ProjectSummary> summary(std::string_view name) const;
  /// With the files that are withheld. not_found for a project without a file.
  Result<ProjectDetail> project(std::string_view name) const;
  /// The same for an administrator: not_found only for a project that never had a release.
  Result<ProjectDetail> recorded_project(std::string_view name) const;
  /// The same without the files that are withheld.
  Result<ProjectDetail> offered_project(std::string_view name) const;
  /// By filename, which is unique in an index. not_found.
  Result<File> file(std::string_view filename) const;
  /// The bytes that a row names. `unavailable` where the machine cannot open them now. Throws
  /// std::runtime_error where they are gone: no request is at fault.
  Result<BlobFile> open(const Sha256& digest) const;

 private:
  const Context& context_;
};

}  // namespace packhouse::index
