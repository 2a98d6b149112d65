#pragma once

#include <atomic>

namespace packhouse::api {

/// Gives its place among the uploads in flight back when it goes.
class UploadSlot {
 public:
  explicit UploadSlot(std::atomic<unsigned>& count) : count_(count), order_(count.fetch_add(1)) {}
  UploadSlot(const UploadSlot&) = delete;
  UploadSlot& operator=(const UploadSlot&) = delete;
  ~UploadSlot() { count_.fetch_sub(1); }
  /// How many were in flight when it came.
  unsigned before() const { return order_; }

 private:
  std::atomic<unsigned>& count_;
  unsigned order_;
};

}  // namespace packhouse::api
