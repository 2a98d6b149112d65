#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/representation.hpp"
#include "http/message.hpp"

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

/// What differs between answers that hold the same page.
struct PageFields {
  std::int64_t serial = 0;
  bool private_cache = true;  ///< reading needs a credential: no shared cache may keep it
};

/// Makes every answer that `body` can have in `representation`.
PagePointer make_page(std::string body, Representation representation, const PageFields& fields);

}  // namespace packhouse::api
