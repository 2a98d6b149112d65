#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/page.hpp"
#include "base/digest.hpp"
#include "base/lru_cache.hpp"
#include "index/context.hpp"
#include "model/project.hpp"

namespace packhouse::api {

/// Pages as bytes, by project and representation.
class PageCache {
 public:
  explicit PageCache(std::uint64_t max_bytes) : pages_(max_bytes) {}

  /// `project` is normalised; empty: the root list. Null when it is not cached.
  PagePointer find(std::string_view project, Representation representation);
  /// The project's pages, and those of the root list, which shows its serial.
  void drop(std::string_view project);
  void drop_all();
  std::uint64_t bytes() const { return pages_.weight(); }

  using Make = std::function<Result<PagePointer>()>;
  /// The cached page, else the result of `make`. Concurrent calls for a page wait for the one build of it. A
  /// drop of that page meanwhile leaves the build to those that wait for it already: it is not cached, and
  /// the next call begins another. Throws what `make` threw.
  Result<PagePointer> get(std::string_view project, Representation representation, const Make& make);
  /// The same under a key of the caller's, which drop() does not know.
  PagePointer find(const std::string& key) { return pages_.find(key).value_or(nullptr); }
  Result<PagePointer> get(const std::string& key, const Make& make);

 private:
  /// A page that is being built, with all calls that wait for it.
  struct Making {
    std::uint64_t number = 0;
    std::shared_future<Result<PagePointer>> page;
  };

  Result<PagePointer> keep(const std::string& key, const Making& made);

  LruCache<PagePointer> pages_;
  std::mutex mutex_;
  std::uint64_t builds_ = 0;                           // guarded by mutex_
  std::unordered_map<std::string, Making> under_way_;  // guarded by mutex_
};

/// Everything that serving an address below /files/ needs, but for opening the blob.
struct OfferedFile {
  std::string project;
  Sha256 blob;
  std::string etag;
  std::optional<std::string> withheld = {};  ///< why it is not served; unset: it is
  bool upstream = false;                     ///< it came from an upstream
  std::optional<std::uint64_t> size = {};    ///< as recorded

  /// The memory that it takes in a cache under that key.
  std::uint64_t weight(std::string_view key) const noexcept {
    constexpr std::uint64_t entry_overhead = 128;
    return entry_overhead + key.size() + project.size() + etag.size() + (withheld ? withheld->size() : 0);
  }
};

/// All caches of one index. A commit drops what it made stale before its caller gets the answer.
class Caches final : public index::ChangeListener {
 public:
  /// `file_count`: of addresses of the usual length; `files` is weighed in bytes.
  Caches(std::uint64_t page_bytes, std::uint64_t file_count)
      : pages(page_bytes), files(file_count * usual_weight) {}

  void project_changed(std::string_view project) override;
  /// After another process changed the data.
  void drop_all();

  /// A page of the project beside those of the Simple API, such as its JSON document: the cached one, else
  /// the result of `make`. `view` says which page, `serial` is the project's, so that a change gives it
  /// another key: no view is dropped.
  Result<PagePointer> view(const ProjectSummary& project, std::string_view view, const PageCache::Make& make);

  /// Null where it is not cached.
  PagePointer find_view(const ProjectSummary& project, std::string_view view);

  PageCache pages;
  LruCache<OfferedFile> files;  ///< by path below /files/

 private:
  static constexpr std::uint64_t usual_weight = 300;
  PageCache views_{32U << 20U};
};

}  // namespace packhouse::api
