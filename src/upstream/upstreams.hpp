#pragma once

#include <spdlog/fwd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru_cache.hpp"
#include "base/result.hpp"
#include "blob/blob_store.hpp"
#include "dist/policy.hpp"
#include "store/metadata_store.hpp"
#include "sys/clock.hpp"
#include "upstream/cache_counts.hpp"
#include "upstream/download.hpp"
#include "upstream/name_rules.hpp"
#include "upstream/page.hpp"
#include "upstream/single_flight.hpp"
#include "upstream/source.hpp"
#include "upstream/task_threads.hpp"

namespace packhouse::upstream {

/// A project's page as an upstream gave it. Immutable.
struct KnownPage {
  RemotePage page;
  std::string upstream;  ///< Source::name()
  Validators validators;
  std::int64_t revision = 0;  ///< equal for equal content
};
using KnownPagePointer = std::shared_ptr<const KnownPage>;  // shared by the memory and requests under way

struct PageView {
  KnownPagePointer page;  ///< what is offered
  CacheState state = CacheState::hit;
  KnownPagePointer whole = nullptr;  ///< with the files that the upstream's policy holds
};

/// A file of an upstream: stored, or on its way.
struct ServedFile {
  CacheState state = CacheState::hit;
  /// Set: it can be served while it comes. Its bytes have not been compared with the digest before its end.
  std::optional<Download::Stream> stream = {};
};

/// What the upstreams of an index share with it. All of it outlives them.
struct UpstreamParts {
  std::string index;
  MetadataStore& store;
  BlobStore& blobs;
  const Clock& clock;
  spdlog::logger& log;
  const dist::Policy& policy;  ///< of the index's checks
  std::uint64_t max_file_size = 1ULL << 30U;
  /// Called when a project has another page than before, or none: what was made of the last one is stale.
  std::function<void(std::string_view project)> changed = {};
};

/// The projects that an index offers from other indexes. A name that is private on this server (origin_of())
/// is not_found here before and after every request to an upstream. Of several upstreams the first that knows
/// a name has it; one that cannot be asked ends the search, so that its place is taken by no other. Errors:
/// not_found; `unavailable` where an upstream is at fault, with its host. Thread-safe.
class Upstreams {
 public:
  Upstreams(UpstreamParts parts, NameSet reserved, std::vector<std::unique_ptr<Source>> sources);

  /// Source::name() of the upstream that is asked first for the name, or that a fresh page of it is of: what
  /// page(), file() and metadata() may wait for. Empty: for none. `name` is normalised.
  std::string waits_for(std::string_view name);
  /// Of the answers that were given with its pages and files: whoever gives one counts it.
  CacheCounts& page_counts() noexcept { return page_counts_; }
  CacheCounts& file_counts() noexcept { return file_counts_; }
  /// Whether the name may be asked of an upstream.
  Result<NameOrigin> origin(const ProjectName& name) const;

  /// From memory alone, without waiting; nullopt: ask page(). `name` is normalised. In the last fifth of a
  /// page's lifetime, and in its grace, this has the upstream asked again in the background.
  std::optional<PageView> remembered(std::string_view name);
  /// May wait for an upstream, as the next two. Concurrent calls for a name share one request. A page that an
  /// upstream does not give now is the one that was read last, also before a restart.
  Result<PageView> page(const ProjectName& name);
  /// Begins to fetch the file unless it is stored. Only a file that the page names with that digest;
  /// forbidden for one that was fetched and that the upstream has withdrawn since. Waits
  /// for the upstream's answer, and no longer where the file can be streamed: where its length is known and
  /// is stream_from or more, and the checks refuse none. Otherwise the blob is there then, with that digest.
  /// Concurrent calls share one request, which goes on when its callers have gone.
  Result<ServedFile> file(const ProjectName& name, const std::string& filename, const Sha256& sha256);
  static constexpr std::uint64_t stream_from = 256UL << 10U;
  /// The length of such a file by its page; nullopt: the page does not say, or whether it is served depends
  /// on its bytes.
  Result<std::optional<std::uint64_t>> stated_size(const ProjectName& name, const std::string& filename,
                                                   const Sha256& sha256);
  /// Its METADATA (PEP 658), fetched unless it is stored: the digest of a blob that is there. Where the
  /// upstream's page states no digest of it, it is made of the wheel once that is stored; not_found before.
  Result<Sha256> metadata(const ProjectName& name, const std::string& filename, const Sha256& sha256);

  /// The server's own projects or sessions of that name changed.
  void forget(std::string_view name);
  void forget_all();

 private:
  /// What is remembered of a name.
  struct Known {
    KnownPagePointer page;     ///< whole; null: no upstream has the name
    KnownPagePointer offered;  ///< the same without what is held
    Timestamp refresh_from;    ///< a request from then on has it asked for again in the background
    Timestamp until;           ///< fresh before then
    Timestamp usable_until;    ///< served before then
    bool stale = false;        ///< the upstream failed
  };
  /// What refresh() found.
  struct Found {
    Known known;
    CacheState state = CacheState::fetched;
  };

  Status refuse_private(const ProjectName& name) const;
  Result<PageView> refreshed(const ProjectName& name);
  Result<Found> refresh(const ProjectName& name);
  /// For how long a page is served.
  struct Lifetime {
    std::chrono::seconds fresh{0};
    std::chrono::seconds grace{0};
    bool stale = false;
  };
  Result<Known> known(const KnownPagePointer& page, const Lifetime& lifetime) const;
  /// Tasks that wait for one upstream: those of another one do not wait behind them.
  struct SourceThreads {
    static constexpr std::size_t most = 16;  ///< of each
    TaskThreads pages{most};
    TaskThreads files{most};
  };
  const Source* asked_first(std::string_view name) const;
  void refresh_soon(std::string_view name);
  void refresh_now(const std::string& name, const TaskThreads& threads);
  Result<std::vector<AgeException>> exceptions_for(const SourcePolicy& policy) const;
  void tell_changed(const ProjectName& name) const;
  Result<std::optional<Found>> ask(const Source& source, const ProjectName& name,
                                   const KnownPagePointer& last);
  Result<KnownPagePointer> last_page(const ProjectName& name);
  Status settle_recalls(const ProjectName& name, std::string_view upstream, const RemotePage* page) const;
  Error recalled_or(const ProjectName& name, const std::string& filename, const Sha256& sha256,
                    Error otherwise) const;
  Result<KnownPagePointer> keep(const Source& source, const ProjectName& name, PageAnswer answer);
  /// What is fetched, and from where.
  struct Wanted {
    const Source* source = nullptr;
    std::string url;
    Sha256 sha256;  ///< of the bytes
    std::uint64_t max_bytes = 0;
    UpstreamFile row;  ///< its `size` is set for a file, and not for metadata
    std::optional<std::uint64_t> stated_size = {};

    std::string key() const { return row.filename + sha256.hex(); }
  };

  Result<RemoteFile> listed(const ProjectName& name, const std::string& filename, const Sha256& sha256,
                            const Source** source);
  Result<Wanted> wanted_file(const ProjectName& name, const std::string& filename, const Sha256& sha256);
  Result<std::shared_ptr<Download>> download(const ProjectName& name, const Wanted& wanted, bool& started);
  Status fetch_file(const ProjectName& name, const Wanted& wanted, Download& download,
                    const TaskThreads& threads);
  Status receive(const Wanted& wanted, BlobWriter& writer, Download& download, const TaskThreads& threads);
  Status verify_and_store(const Wanted& wanted, BlobWriter& writer);
  Result<UpstreamFile> examined(const Source& source, const BlobWriter& content, UpstreamFile row);
  Status add_made_metadata(RemotePage& page) const;
  Result<bool> is_recorded(const UpstreamFile& row) const;
  Result<bool> adopt(const Sha256& wanted, const UpstreamFile& row);
  const Source* find_source(std::string_view name) const;

  const UpstreamParts parts_;
  const NameSet reserved_;
  const std::vector<std::unique_ptr<Source>> sources_;
  CacheCounts page_counts_;
  CacheCounts file_counts_;
  LruCache<Known> memory_;
  SingleFlight<PageView> page_flights_;
  SingleFlight<Sha256> metadata_flights_;
  SingleFlight<std::shared_ptr<Download>> download_flights_;
  Downloads downloads_;
  std::mutex refreshing_mutex_;
  std::set<std::string, std::less<>> refreshing_;  // names, in the background; guarded by refreshing_mutex_
  // Last: their tasks use all of the above, and no other's threads.
  std::map<const Source*, SourceThreads> threads_;
};

}  // namespace packhouse::upstream
