#pragma once

#include <atomic>

namespace packhouse::api {

/// One of the uploads in flight, counted while it exists.
class UploadSlot {
 public:
  explicit UploadSlot(std::atomic<unsigned>& count) : count_(count), order_(count.fetch_add(1)) {}
  UploadSlot(const UploadSlot&) = delete;
  UploadSlot& operator=(const UploadSlot&) = delete;
  ~UploadSlot() { count_.fetch_sub(1); }
  /// How many were in flight before this one.
  unsigned before() const { return order_; }

 private:
  std::atomic<unsigned>& count_;
  unsigned order_;
};

}  // namespace packhouse::api
