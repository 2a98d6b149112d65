#pragma once

#include <string>
#include <string_view>

#include "forge/forge.hpp"

namespace packhouse::forge {

/// Bytes in memory that can be forgotten. For tests; not thread-safe.
class MemorySink final : public DownloadSink {
 public:
  Status write(std::string_view chunk) override {
    bytes += chunk;
    return success();
  }
  Status restart() override {
    bytes.clear();
    ++restarts;
    return success();
  }
  std::uint64_t size() const noexcept override { return bytes.size(); }

  std::string bytes;
  int restarts = 0;
};

}  // namespace packhouse::forge
