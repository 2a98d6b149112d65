// Uploads from outside: the same form must come out however its bytes are cut, in order, and no longer than
// what went in.
//
// The first byte is the size of the pieces, the first line behind it the Content-Type, the rest the body.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/multipart.hpp"

using packhouse::Status;
using packhouse::http::MultipartLimits;
using packhouse::http::MultipartReader;
using packhouse::http::PartHandler;
using packhouse::http::PartHead;

namespace {

constexpr MultipartLimits limits{.max_parts = 20, .max_head_bytes = 200};

void require(bool holds) {
  if (!holds) std::abort();
}

/// Records the calls, and requires their order.
class Recorder final : public PartHandler {
 public:
  Status begin(const PartHead& head) override {
    require(!inside_ && !head.name.empty());
    require(head.is_file || head.filename.empty());
    inside_ = true;
    require(++parts_ <= limits.max_parts);
    text += '<' + head.name + '|' + head.filename + '|' + head.content_type + '>';
    return packhouse::success();
  }
  Status data(std::string_view bytes) override {
    require(inside_ && !bytes.empty());
    size += bytes.size();
    text += bytes;
    return packhouse::success();
  }
  Status end() override {
    require(inside_);
    inside_ = false;
    text += "</>";
    return packhouse::success();
  }

  bool inside() const { return inside_; }
  std::string text;
  std::size_t size = 0;

 private:
  bool inside_ = false;
  std::size_t parts_ = 0;
};

std::string read(std::string_view type, std::string_view body, std::size_t step) {
  Recorder recorder;
  auto reader = MultipartReader::make(type, recorder, limits);
  if (!reader.ok()) return "no form";
  Status status;
  for (std::size_t at = 0; at < body.size() && status.ok(); at += step)
    status = reader->feed(body.substr(at, step));
  if (status.ok()) status = reader->finish();
  require(recorder.size <= body.size());
  require(!status.ok() || !recorder.inside());
  // A refused body is refused at the same place for the same reason, but more or less of its last part may
  // have been passed on by then.
  return status.ok() ? recorder.text : status.error().message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view type = input.substr(0, line);
  const std::string_view body = input.substr(line + 1);
  const std::string whole = read(type, body, std::max<std::size_t>(1, body.size()));
  require(read(type, body, std::max<std::size_t>(1, data[0])) == whole);
  require(read(type, body, 1) == whole);
  return 0;
}
