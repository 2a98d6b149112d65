#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "sys/growing_file.hpp"
#include "upstream/task_threads.hpp"

namespace packhouse::upstream {

/// A file that is being fetched: one thread writes it, any number of others wait for it or serve what is
/// there.
class Download {
 public:
  /// What can be served before the file is stored.
  struct Stream {
    std::shared_ptr<GrowingFile> file;
    std::uint64_t size = 0;  ///< that it will have
  };

  // Of the thread that writes.
  /// What has come, and comes, may be served. Call at most once.
  void begin(Stream stream);
  /// So much has come.
  void grown_to(std::uint64_t size);
  /// The file is stored, or will not be. Call once, as the last.
  void end(Status result);
  void fail(std::exception_ptr failure);

  // Of all others.
  /// Waits for begin() or the end. nullopt: the file is stored. An error is that of end(); throws what fail()
  /// was given.
  Result<std::optional<Stream>> begun() const;
  /// Waits for the end.
  Status ended() const { return ended_.get(); }

 private:
  void announce();
  void finish(GrowingFile::State state);

  std::optional<Stream> stream_;  // set before announce()
  bool announced_ = false;        // of the thread that writes
  std::promise<void> begin_;
  std::promise<Status> end_;
  const std::shared_future<void> begun_ = begin_.get_future().share();
  const std::shared_future<Status> ended_ = end_.get_future().share();
};

/// The downloads that are under way, by key. Thread-safe.
class Downloads {
 public:
  using Work = std::function<Status(Download&)>;

  /// Null: none is under way.
  std::shared_ptr<Download> find(const std::string& key) const;
  /// Begins one, of which there is none with that key, on `threads`. It is under way until `work` has
  /// returned; its result ends it.
  std::shared_ptr<Download> start(const std::string& key, TaskThreads& threads, Work work);

 private:
  void run(const std::string& key, Download& download, const Work& work);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Download>> under_way_;  // guarded by mutex_
};

}  // namespace packhouse::upstream
