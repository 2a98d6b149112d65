#pragma once

#include <optional>
#include <string_view>

#include "api/caches.hpp"
#include "api/upstream_answers.hpp"
#include "index/catalog.hpp"
#include "index/download_recorder.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Where the server has the files of an index a second time, for the links of the JSON API: "/packages", then
/// the index's prefix. bandersnatch takes no file whose path does not begin with it.
inline constexpr std::string_view packages_root = "/packages";

/// Distribution files and their metadata, below /files/<ab>/<rest of the SHA-256>/<filename>: served while a
/// row of the index has that digest under that filename, to callers who may read its project.
class FileRoutes final : public routing::RouteGroup {
 public:
  /// What it refers to outlives it. `upstreams` null: there are none; `downloads` null: they are not
  /// recorded.
  FileRoutes(const index::Context& context, Caches& caches, bool open_reading,
             const UpstreamAnswers* upstreams = nullptr, index::DownloadRecorder* downloads = nullptr)
      : catalog_(context),
        clock_(context.clock),
        caches_(caches),
        open_reading_(open_reading),
        upstreams_(upstreams),
        downloads_(downloads) {}

  std::vector<routing::Route> routes() override;

  http::Response file(routing::RequestContext& call) const;
  /// Without the database: opening a file whose address is cached takes microseconds.
  std::optional<http::Response> quick_file(routing::RequestContext& call) const;
  /// A file's attestations (PEP 740): "/integrity/<project>/<version>/<filename>/provenance". 404 for a file
  /// without them.
  http::Response provenance(routing::RequestContext& call) const;
  /// 403 for a caller who may not read the project that a file of that name, or its metadata, is of.
  std::optional<http::Response> refuse_reader(const routing::RequestContext& call,
                                              std::string_view filename) const;
  /// The file at the request's address, or its metadata, to a caller who may read its project.
  http::Response send(const routing::RequestContext& call, const OfferedFile& file) const;

 private:
  Result<OfferedFile> look_up(const http::Request& request) const;
  /// nullopt: the address is none that an upstream's page can have.
  std::optional<http::Response> from_upstream(const routing::RequestContext& call) const;
  /// Waits for the upstream, as the next.
  http::Response upstream_file(const routing::RequestContext& call, const ProjectName& name,
                               const std::string& filename, const Sha256& sha256) const;
  http::Response upstream_metadata(const routing::RequestContext& call, const ProjectName& name,
                                   const std::string& filename, const Sha256& sha256) const;
  http::Response send_cached(const routing::RequestContext& call, const OfferedFile& file,
                             std::uint64_t generation) const;
  void record(const routing::RequestContext& call, const std::string& project) const;
  http::Response may_not_read(const routing::RequestContext& call) const;
  http::Response with_body(http::FileBody body, std::string_view content_type) const;
  /// Throws where the blob has another length than was recorded.
  http::Response stored(const routing::RequestContext& call, const Sha256& blob,
                        std::string_view content_type,
                        std::optional<std::uint64_t> recorded = std::nullopt) const;

  const index::Catalog catalog_;
  const Clock& clock_;
  Caches& caches_;
  const bool open_reading_;
  const UpstreamAnswers* upstreams_;
  index::DownloadRecorder* downloads_;
};

}  // namespace packhouse::api
