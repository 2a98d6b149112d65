#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "client/release_file.hpp"

namespace packhouse::client {

/// The files of a release that are on their way to an index: who sends them tells who waits for them, and
/// sends those first; alone, where it is told that somebody will. For any number of threads.
class UploadQueue {
 public:
  /// These are to come, in this order if nobody waits for one; every other file is there.
  explicit UploadQueue(const std::vector<const ReleaseFile*>& coming);
  UploadQueue(const UploadQueue&) = delete;
  UploadQueue& operator=(const UploadQueue&) = delete;

  /// Which of them to send next: one that somebody waits for, else the first; between hold() and resume() it
  /// waits for one of the former. Called at most once for each.
  std::size_t next();
  void arrived(std::size_t file);

  /// Somebody will say soon what he waits for: until resume() nothing else is to be sent.
  void hold();
  void resume();
  /// Calls resume() when it goes.
  class ResumeAtEnd {
   public:
    explicit ResumeAtEnd(UploadQueue& arrivals) : arrivals_(arrivals) {}
    ResumeAtEnd(const ResumeAtEnd&) = delete;
    ResumeAtEnd& operator=(const ResumeAtEnd&) = delete;
    ~ResumeAtEnd() { arrivals_.resume(); }

   private:
    UploadQueue& arrivals_;
  };

  /// `cancelled` when `stop` ends the wait.
  Status wait_for(const std::vector<std::string>& filenames, const std::stop_token& stop);
  Status wait_for_all(const std::stop_token& stop);

 private:
  struct File {
    std::string name;
    bool begun = false;
  };
  std::vector<File>::iterator find_next();
  bool all_there(const std::vector<std::string>& filenames) const;

  std::mutex mutex_;  // guards what is below it
  std::condition_variable_any changed_;
  std::vector<File> files_;
  std::set<std::string, std::less<>> coming_;
  std::set<std::string, std::less<>> wanted_;
  bool held_ = false;
};

}  // namespace packhouse::client
