#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace packhouse::api {

/// Compresses a stream piece by piece (RFC 1952), in memory that does not depend on its length.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// What came out of it so far; it stays valid until the next call.
  std::string_view pack(std::string_view bytes);
  /// What was left. Call once.
  std::string_view finish();

 private:
  struct State;
  std::string_view run(std::string_view bytes, bool end);
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::api
