#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/gzip_stream.hpp"
#include "api/representation.hpp"
#include "api/spool.hpp"
#include "base/digest.hpp"
#include "http_server/message.hpp"

namespace packhouse::api {

/// One body in one encoding, with the answer to a client that has it already.
struct PageVariant {
  std::string etag;                                    ///< strong, with its quotes
  std::shared_ptr<const http::Prepared> full;          // shared with the connections that send it
  std::shared_ptr<const http::Prepared> not_modified;  // likewise
};

/// A page of the Simple API in one representation.
struct Page {
  PageVariant plain;
  PageVariant gzip;  ///< `full` is null where compression gains nothing

  std::uint64_t memory() const noexcept;
};

using PagePointer = std::shared_ptr<const Page>;  // shared between the cache and requests under way

/// What kind of page it is: a representation of the Simple API, or another one.
struct PageKind {
  std::string_view content_type;
  std::string_view content_policy = {};  ///< empty: not a page for browsers

  explicit PageKind(std::string_view type, std::string_view policy = {})
      : content_type(type), content_policy(policy) {}
  PageKind(Representation representation);  // NOLINT(google-explicit-constructor): each is such a kind
};

/// Fields of the answer that do not depend on the body.
struct PageFields {
  std::int64_t serial = 0;    ///< negative: it has none
  bool private_cache = true;  ///< reading needs a credential: no shared cache may keep it
  std::string identity = {};  ///< of the index
};

/// Makes every answer with this body. A body longer than a Spool keeps in memory is written to files in
/// `folder`, if possible.
PagePointer make_page(const Path& folder, std::string body, const PageKind& kind, const PageFields& fields);

/// The same for a page that may be long: hashed and compressed while it is written, never as a whole in
/// memory. The answers are equal to those of make_page(), except for the ratio of the compression.
class PageWriter {
 public:
  /// The texts of `kind` outlive this.
  PageWriter(const Path& folder, const PageKind& kind, std::size_t in_memory = Spool::default_limit);

  /// `unavailable` when the disk takes no more.
  Status write(std::string_view text);
  /// Call once.
  Result<PagePointer> finish(const PageFields& fields);

 private:
  PageKind kind_;
  Hasher hasher_;
  GzipStream compressor_;
  Spool plain_;
  Spool packed_;
};

/// The answer to a request for the page: as the client takes it, or 304 when the client has it.
http::Response answer_with(const PagePointer& page, const http::Request& request);

}  // namespace packhouse::api
