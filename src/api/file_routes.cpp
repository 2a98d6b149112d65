#include "api/file_routes.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "api/access.hpp"
#include "api/content_policy.hpp"
#include "base/text.hpp"
#include "http/negotiate.hpp"
#include "index/ingest.hpp"

namespace packhouse::api {
namespace {

constexpr std::string_view file_type = "application/octet-stream";
constexpr std::string_view metadata_suffix = ".metadata";                              // PEP 658
constexpr std::string_view integrity_type = "application/vnd.pypi.integrity.v1+json";  // PEP 740

std::string key_of(const http::Request& request) {
  return fmt::format("{}/{}/{}", request.param("a"), request.param("b"), request.param("filename"));
}

Error no_such_file(const http::Request& request) {
  return {Errc::not_found,
          fmt::format("there is no file {} with this digest", quote(request.param("filename"))),
          "the project's page has the links"};
}

/// The project that a file of that name, or its metadata, is of. Empty: no file has that name.
std::string project_in(std::string_view filename) {
  if (filename.ends_with(metadata_suffix)) filename.remove_suffix(metadata_suffix.size());
  const auto release = index::release_in(filename);
  return release ? release->project.str() : std::string{};
}

}  // namespace

std::vector<routing::Route> FileRoutes::routes() {
  routing::RouteTable table{*this, {}};
  const auto add = [&](std::string_view pattern) -> routing::Route& {
    auto& line = table.add(http::Method::get, pattern, file_readers, &FileRoutes::file);
    line.quick = [this](auto& call) { return quick_file(call); };
    return line;
  };
  add("/files/{a}/{b}/{filename}");
  add("/{a}/{b}/{filename}").root = packages_root;
  table.add(http::Method::get, "/integrity/{project}/{version}/{filename}/provenance", project_readers,
            &FileRoutes::provenance);
  return table.take();
}

Result<OfferedFile> FileRoutes::look_up(const http::Request& request) const {
  const auto digest = fmt::format("{}{}", request.param("a"), request.param("b"));
  auto filename = request.param("filename");
  const bool metadata = filename.ends_with(metadata_suffix);
  if (metadata) filename.remove_suffix(metadata_suffix.size());
  if (request.param("a").size() != 2) return no_such_file(request);
  const auto row = catalog_.file(filename);
  if (!row.ok() || row->sha256.hex() != digest) return no_such_file(request);
  if (metadata && !row->metadata_sha256) return no_such_file(request);
  const auto& blob = metadata ? *row->metadata_sha256 : row->sha256;
  return OfferedFile{.project = row->release.project.str(),
                     .blob = blob,
                     .etag = fmt::format("\"{}\"", blob.hex()),
                     .withheld = row->withheld,
                     .size = metadata ? std::nullopt : std::optional{row->size}};
}

/// 403, as for the project's pages, and the same whether there is such a file or not.
http::Response FileRoutes::may_not_read(const routing::RequestContext& call) const {
  return call.refuse({Errc::forbidden,
                      fmt::format("this credential may not read {}", quote(call.request.param("filename"))),
                      "an administrator can issue a token that may"});
}

std::optional<http::Response> FileRoutes::refuse_reader(const routing::RequestContext& call,
                                                        std::string_view filename) const {
  if (call.may(Permission::read, project_in(filename))) return std::nullopt;
  return may_not_read(call);
}

/// A file, not its metadata, that is about to be sent. A transfer that breaks off counts: some of it was
/// read.
void FileRoutes::record(const routing::RequestContext& call, const std::string& project) const {
  const auto filename = call.request.param("filename");
  if (downloads_ == nullptr || call.request.method != http::Method::get ||
      filename.ends_with(metadata_suffix))
    return;
  const auto sha256 = Sha256::parse(fmt::format("{}{}", call.request.param("a"), call.request.param("b")));
  if (!sha256.ok()) return;
  const auto now = clock_.now();
  downloads_->add({.index = catalog_.index(),
                   .project = project,
                   .version = {},
                   .filename = std::string(filename),
                   .sha256 = *sha256,
                   .actor = call.actor(),
                   .first = now,
                   .last = now});
}

http::Response FileRoutes::send(const routing::RequestContext& call, const OfferedFile& file) const {
  if (!call.may(Permission::read, file.project)) return may_not_read(call);
  // 403 and not 404: the address in a lock file is right, and its user needs the reason.
  if (file.withheld) {
    return call.refuse({Errc::forbidden, *file.withheld, "an administrator of the index can offer it again"});
  }
  auto response = stored(call, file.blob, file_type, file.size);
  if (std::holds_alternative<http::FileBody>(response.body)) record(call, file.project);
  if (file.upstream) response.cache_field = cache_field(upstream::CacheState::hit);
  return response;
}

std::optional<http::Response> FileRoutes::from_upstream(const routing::RequestContext& call) const {
  if (upstreams_ == nullptr || call.request.param("a").size() != 2) return std::nullopt;
  const auto sha256 = Sha256::parse(fmt::format("{}{}", call.request.param("a"), call.request.param("b")));
  std::string filename{call.request.param("filename")};
  const bool metadata = filename.ends_with(metadata_suffix);
  if (metadata) filename.resize(filename.size() - metadata_suffix.size());
  const auto release = index::release_in(filename);
  if (!sha256.ok() || !release || !call.may(Permission::read, release->project.str())) return std::nullopt;
  return UpstreamAnswers::deferred(
      upstreams_->file_lane(release->project),
      [this, call, filename, metadata, name = release->project, digest = *sha256] {
        return metadata ? upstream_metadata(call, name, filename, digest)
                        : upstream_file(call, name, filename, digest);
      });
}

http::Response FileRoutes::upstream_file(const routing::RequestContext& call, const ProjectName& name,
                                         const std::string& filename, const Sha256& sha256) const {
  auto& upstreams = upstreams_->upstreams();
  const auto generation = caches_.files.generation();
  const auto etag = fmt::format("\"{}\"", sha256.hex());
  if (call.request.method == http::Method::head) {
    const auto size = upstreams.stated_size(name, filename, sha256);
    if (!size.ok()) return refuse_upstream(call, size.error());
    if (*size) return with_body({.size = **size, .etag = etag}, file_type);
  }
  auto file = upstreams.file(name, filename, sha256);
  if (!file.ok()) return refuse_upstream(call, file.error());
  if (file->stream) record(call, name.str());
  auto response =
      file->stream
          ? with_body({.size = file->stream->size, .etag = etag, .growing = std::move(file->stream->file)},
                      file_type)
          : send_cached(call, {.project = name.str(), .blob = sha256, .etag = etag, .upstream = true},
                        generation);
  response.cache_field = cache_field(file->state);
  upstreams.file_counts().add(file->state);
  return response;
}

http::Response FileRoutes::upstream_metadata(const routing::RequestContext& call, const ProjectName& name,
                                             const std::string& filename, const Sha256& sha256) const {
  const auto generation = caches_.files.generation();
  const auto blob = upstreams_->upstreams().metadata(name, filename, sha256);
  if (!blob.ok()) return refuse_upstream(call, blob.error());
  return send_cached(
      call,
      {.project = name.str(), .blob = *blob, .etag = fmt::format("\"{}\"", blob->hex()), .upstream = true},
      generation);
}

/// `generation`: of the cache before the file was looked up.
http::Response FileRoutes::send_cached(const routing::RequestContext& call, const OfferedFile& file,
                                       std::uint64_t generation) const {
  const auto key = key_of(call.request);
  caches_.files.put(key, file, file.weight(key), generation);
  return send(call, file);
}

http::Response FileRoutes::with_body(http::FileBody body, std::string_view content_type) const {
  http::Response response;
  response.headers.add("Content-Type", std::string(content_type));
  response.headers.add("Cache-Control", open_reading_ ? "public, max-age=31536000, immutable"
                                                      : "private, max-age=31536000, immutable");
  response.headers.add("Content-Security-Policy", std::string(file_policy));
  response.body = std::move(body);
  return response;
}

http::Response FileRoutes::stored(const routing::RequestContext& call, const Sha256& digest,
                                  std::string_view content_type,
                                  std::optional<std::uint64_t> recorded) const {
  auto blob = catalog_.open(digest);
  if (!blob.ok()) return call.refuse(blob.error());
  const auto size = blob->size();
  if (recorded && *recorded != size) {
    throw std::runtime_error(
        fmt::format("blob {} has {} bytes, and its row says {}; packhouse audit names its files",
                    digest.hex(), size, *recorded));
  }
  return with_body({.fd = blob->release(), .size = size, .etag = fmt::format("\"{}\"", digest.hex())},
                   content_type);
}

http::Response FileRoutes::file(routing::RequestContext& call) const {
  const auto generation = caches_.files.generation();
  const auto found = look_up(call.request);
  if (!found.ok()) {
    if (auto refusal = refuse_reader(call, call.request.param("filename"))) return *std::move(refusal);
  }
  if (!found.ok()) return from_upstream(call).value_or(call.refuse(found.error()));
  return send_cached(call, *found, generation);
}

std::optional<http::Response> FileRoutes::quick_file(routing::RequestContext& call) const {
  const auto known = caches_.files.find(key_of(call.request));
  if (!known) return std::nullopt;
  // Of a file that is asked for by its address alone, as lock files do, the page has to be fresh, too: else
  // what the upstream withdrew would be sent for ever.
  if (known->upstream) {
    if (upstreams_ == nullptr || !upstreams_->upstreams().remembered(known->project)) return std::nullopt;
    upstreams_->upstreams().file_counts().add(upstream::CacheState::hit);
  }
  return send(call, *known);
}

http::Response FileRoutes::provenance(routing::RequestContext& call) const {
  constexpr std::array<std::string_view, 2> offered{integrity_type, "application/json"};
  const auto& request = call.request;
  const auto chosen = http::choose_media_type(request.headers.get_all("Accept"), offered);
  if (!chosen) {
    return call.refuse(406, {Errc::invalid_input, "none of the types that were asked for is offered here",
                             fmt::format("accept {}", integrity_type)});
  }
  const auto row = catalog_.file(request.param("filename"));
  const auto project = ProjectName::parse(request.param("project"));
  const auto version = Version::parse(request.param("version"));
  const bool there = row.ok() && project.ok() && row->release.project == *project && version.ok() &&
                     row->release.version == *version && row->provenance_sha256 &&
                     call.may(Permission::read, row->release.project.str());
  if (!there) {
    return call.refuse({Errc::not_found,
                        fmt::format("there are no attestations of {}", quote(request.param("filename"))),
                        {}});
  }
  if (row->withheld) {
    return call.refuse({Errc::forbidden, *row->withheld, "an administrator of the index can offer it again"});
  }
  return stored(call, *row->provenance_sha256, offered.at(*chosen));
}

}  // namespace packhouse::api
