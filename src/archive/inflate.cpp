#include "archive/inflate.hpp"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <new>

namespace packhouse::archive {

void WholeInflater::Free::operator()(void* decompressor) const noexcept {
  libdeflate_free_decompressor(static_cast<libdeflate_decompressor*>(decompressor));
}

WholeInflater::WholeInflater() : decompressor_(libdeflate_alloc_decompressor()) {
  if (!decompressor_) throw std::bad_alloc{};
}

InflateResult WholeInflater::inflate(std::string_view packed, std::span<char> into) {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  const auto result = libdeflate_deflate_decompress_ex(
      static_cast<libdeflate_decompressor*>(decompressor_.get()), packed.data(), packed.size(), into.data(),
      into.size(), &consumed, &produced);
  switch (result) {
    case LIBDEFLATE_SUCCESS:
    case LIBDEFLATE_SHORT_OUTPUT:
      return {InflateEnd::whole, consumed, produced};
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return {InflateEnd::output_full, 0, into.size()};
    case LIBDEFLATE_BAD_DATA:
      break;
  }
  return {InflateEnd::invalid, 0, 0};
}

struct StreamInflater::State {
  const ByteSource* source = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t unread = 0;
  std::uint64_t fetched = 0;
  InflateEnd end = InflateEnd::invalid;
  bool done = true;
  inflate_state engine{};
  std::array<char, 128U << 10U> input;
  // Fits into the second-level cache together with the input: the caller hashes it while it is warm.
  std::array<char, 256U << 10U> output;

  void refill() {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(unread, input.size()));
    source->read_at(offset, std::span{input}.first(count));
    offset += count;
    unread -= count;
    fetched += count;
    engine.next_in = reinterpret_cast<std::uint8_t*>(input.data());
    engine.avail_in = static_cast<std::uint32_t>(count);
  }

  void stop(InflateEnd how) {
    done = true;
    end = how;
  }

  bool at_end() const noexcept { return engine.block_state == ISAL_BLOCK_FINISH; }
};

StreamInflater::StreamInflater() : state_(std::make_unique_for_overwrite<State>()) {}
StreamInflater::~StreamInflater() = default;
StreamInflater::StreamInflater(StreamInflater&&) noexcept = default;
StreamInflater& StreamInflater::operator=(StreamInflater&&) noexcept = default;

void StreamInflater::start(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
  auto& s = *state_;
  s.source = &source;
  s.offset = offset;
  s.unread = length;
  s.fetched = 0;
  s.done = false;
  s.end = InflateEnd::truncated;
  isal_inflate_init(&s.engine);
  s.engine.crc_flag = ISAL_DEFLATE;
  s.engine.avail_in = 0;
}

std::string_view StreamInflater::next() {
  auto& s = *state_;
  if (s.done) return {};
  s.engine.next_out = reinterpret_cast<std::uint8_t*>(s.output.data());
  s.engine.avail_out = static_cast<std::uint32_t>(s.output.size());
  while (s.engine.avail_out > 0 && !s.at_end()) {
    if (s.engine.avail_in == 0 && s.unread > 0) s.refill();
    const auto before = std::pair{s.engine.avail_in, s.engine.avail_out};
    if (isal_inflate(&s.engine) < ISAL_DECOMP_OK) {
      s.stop(InflateEnd::invalid);
      break;
    }
    const bool stuck = before == std::pair{s.engine.avail_in, s.engine.avail_out};
    if (stuck && s.engine.avail_in == 0 && s.unread == 0 && !s.at_end()) {
      s.stop(InflateEnd::truncated);
      break;
    }
  }
  if (s.at_end() && !s.done) s.stop(InflateEnd::whole);
  return {s.output.data(), s.output.size() - s.engine.avail_out};
}

bool StreamInflater::finished() const noexcept {
  return state_->done && state_->end == InflateEnd::whole;
}

bool StreamInflater::failed() const noexcept {
  return state_->done && state_->end != InflateEnd::whole;
}

InflateEnd StreamInflater::end() const noexcept {
  return state_->end;
}

std::uint64_t StreamInflater::consumed() const noexcept {
  // isa-l holds whole bytes beyond the end of the stream in its bit buffer.
  const auto& engine = state_->engine;
  const auto held = static_cast<std::uint64_t>(std::max(engine.read_in_length, 0)) / 8;
  return state_->fetched - engine.avail_in - held;
}

}  // namespace packhouse::archive
