#pragma once

#include <future>
#include <stop_token>

#include "client/legacy_uploader.hpp"

namespace packhouse::desk {

/// Reads on a background thread what an index serves of a release. Destruction stops the reading.
class ReleaseReadback {
 public:
  /// No other thread uses the uploader's client meanwhile.
  ReleaseReadback(client::LegacyUploader uploader, ReleaseName release)
      : release_(std::async(std::launch::async,
                            [uploader, release = std::move(release), stop = stop_.get_token()]() mutable {
                              return uploader.read_back(release, stop);
                            })) {}
  ReleaseReadback(const ReleaseReadback&) = delete;
  ReleaseReadback& operator=(const ReleaseReadback&) = delete;
  ~ReleaseReadback() { stop_.request_stop(); }

  /// Waits for the end of the reading. Call once.
  Result<client::IndexRelease> get() { return release_.get(); }

 private:
  std::stop_source stop_;
  std::future<Result<client::IndexRelease>> release_;
};

}  // namespace packhouse::desk
