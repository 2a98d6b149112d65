#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

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

/// Pages as bytes, at most `max_bytes` of them; the one asked for longest ago goes first. Thread-safe, every
/// call short.
class PageCache {
 public:
  explicit PageCache(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  /// `project` is normalised; empty: the root list.
  PagePointer find(std::string_view project, Representation representation);

  /// Take it before reading from the store what a page is made of, hand it to put().
  std::uint64_t generation() const;
  /// Keeps the page, unless something was dropped since `generation`: it may then be stale.
  void put(std::string_view project, Representation representation, PagePointer page,
           std::uint64_t generation);

  /// The project changed, and with it the root list, which shows its serial.
  void drop(std::string_view project);
  void drop_all();

  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::string project;
    Representation representation;
    PagePointer page;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Entries = std::list<Entry>;
  using Positions = std::unordered_map<std::string, Entries::iterator, Hash, std::equal_to<>>;

  void erase(std::string_view project, Representation representation);
  void evict();

  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;  // the one used last in front
  std::array<Positions, representations.size()> positions_;
  std::uint64_t bytes_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace packhouse::api
