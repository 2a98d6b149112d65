#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse::http {

/// One part's head (RFC 7578): `name` always, `filename` where it is a file.
struct PartHead {
  std::string name;
  bool is_file = false;
  std::string filename;
  std::string content_type;
};

/// What a multipart body is read into. An Error stops the reader and becomes its error.
class PartHandler {
 public:
  virtual ~PartHandler() = default;
  virtual Status begin(const PartHead& head) = 0;
  virtual Status data(std::string_view bytes) = 0;
  virtual Status end() = 0;
};

struct MultipartLimits {
  std::size_t max_parts = 2000;
  std::size_t max_head_bytes = 8UL * 1024;
};

/// A push parser of multipart/form-data: feed it a body in pieces of any size, in memory that does not grow
/// with the body. Sans I/O; used on one thread.
class MultipartReader {
 public:
  /// From the request's Content-Type. invalid_input when it is no multipart/form-data or its boundary is not
  /// one by RFC 2046 section 5.1.1 (1 to 70 of its characters).
  static Result<MultipartReader> make(std::string_view content_type, PartHandler& handler,
                                      MultipartLimits limits = {});
  ~MultipartReader();
  MultipartReader(MultipartReader&&) noexcept;
  MultipartReader& operator=(MultipartReader&&) noexcept;

  Status feed(std::string_view bytes);
  /// After the last byte: an error unless the closing delimiter was seen.
  Status finish();

 private:
  struct State;
  explicit MultipartReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace packhouse::http
