#pragma once

#include <optional>

#include "api/caches.hpp"
#include "auth/gate.hpp"
#include "index/context.hpp"

namespace packhouse::api {

/// Distribution files and their metadata, below /files/<ab>/<rest of the SHA-256>/<filename>: offered as long
/// as a row of the index has that digest under that filename, and for whoever may read its project.
class FileRoutes {
 public:
  FileRoutes(const index::Context& context, Caches& caches, bool open_reading)
      : context_(context), caches_(caches), open_reading_(open_reading) {}

  http::Response file(auth::Call& call) const;
  /// Without asking the database: opening a file whose address is known takes microseconds.
  std::optional<http::Response> quick_file(auth::Call& call) const;
  /// A file's attestations (PEP 740): "/integrity/<project>/<version>/<filename>/provenance". 404 for a file
  /// without them.
  http::Response provenance(auth::Call& call) const;

 private:
  Result<OfferedFile> look_up(const http::Request& request) const;
  http::Response send(const auth::Call& call, const OfferedFile& file) const;
  http::Response stored(const Sha256& blob, std::string_view content_type) const;

  const index::Context& context_;
  Caches& caches_;
  const bool open_reading_;
};

}  // namespace packhouse::api
