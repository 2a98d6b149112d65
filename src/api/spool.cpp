#include "api/spool.hpp"

namespace packhouse::api {
namespace {

/// Once there is a file: enough for one good transfer.
constexpr std::size_t piece = 128U << 10U;

}  // namespace

Status Spool::write(std::string_view bytes) {
  text_ += bytes;
  size_ += bytes.size();
  return text_.size() > (file_ ? piece : limit_) ? flush() : success();
}

Status Spool::flush() {
  if (!file_) {
    TRY(file_, UnnamedFile::make(folder_));
  }
  CHECK_OK(file_->write(text_));
  text_.clear();
  return success();
}

Result<SpooledBody> Spool::finish() {
  if (!file_) return SpooledBody{.text = std::move(text_), .file = {}, .size = size_};
  CHECK_OK(flush());
  return SpooledBody{.text = {}, .file = std::move(*file_).release(), .size = size_};
}

}  // namespace packhouse::api
