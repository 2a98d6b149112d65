#include "http_server/request_body.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace packhouse::http {
namespace {

constexpr std::size_t chunked_input_bytes = 64UL * 1024;
constexpr std::size_t drained_piece_bytes = 64UL * 1024;
/// An idle worker gets a piece from this size on.
constexpr std::size_t early_hand_over = 64UL * 1024;

}  // namespace

void BodyPiece::allocate(std::size_t room) {
  clear();
  if (room_ >= room) return;
  bytes_ = std::make_unique_for_overwrite<char[]>(room);
  room_ = room;
}

void RequestBody::begin(const HeadFacts& facts, std::uint64_t limit) {
  chunked_ = facts.chunked;
  decoder_ = {};
  left_ = facts.content_length;
  decoded_ = 0;
  limit_ = limit;
}

std::size_t RequestBody::piece_size(std::size_t most) const noexcept {
  return chunked_ ? most : std::min<std::uint64_t>(most, left_);
}

Await<RequestBody::End> RequestBody::read(BodyPiece& piece, const WorkerCall* consumer) {
  while (true) {
    const End end = take_buffered(piece);
    if (end != End::more || piece.full()) co_return end;
    const bool wanted = consumer != nullptr && !consumer->running();
    if (wanted && piece.view().size() >= early_hand_over) co_return end;
    std::size_t count = 0;
    if (chunked_) {
      const auto space = socket_.input().space(chunked_input_bytes);
      count = co_await socket_.read_some(space);
      socket_.input().commit(count);
    } else {
      const auto rest = piece.rest();
      const auto space = rest.first(std::min<std::uint64_t>(rest.size(), left_));
      count = co_await socket_.read_some(space);
      piece.commit(count);
      left_ -= count;
    }
    if (count == 0) co_return End::gone;
    socket_.deadlines().moved(context_.now, count);
  }
}

/// Moves bytes that were read ahead: with the head, or as chunks.
RequestBody::End RequestBody::take_buffered(BodyPiece& piece) noexcept {
  auto& input = socket_.input();
  const auto rest = piece.rest();
  if (chunked_) {
    const auto step = decoder_.decode(input.view(), rest);
    input.consume(step.consumed);
    piece.commit(step.produced);
    decoded_ += step.produced;
    if (decoder_.broken()) return End::broken;
    if (decoded_ > limit_) return End::too_long;
    return decoder_.done() ? End::complete : End::more;
  }
  const std::size_t count = std::min<std::uint64_t>({input.view().size(), rest.size(), left_});
  if (count > 0) std::memcpy(rest.data(), input.view().data(), count);
  input.consume(count);
  piece.commit(count);
  left_ -= count;
  return left_ == 0 ? End::complete : End::more;
}

Await<RequestBody::End> RequestBody::drain(std::uint64_t most) {
  if (left_ > most) co_return End::too_long;
  BodyPiece scratch;
  scratch.allocate(drained_piece_bytes);
  limit_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t dropped = 0;
  End end = End::more;
  while (end == End::more && dropped <= most) {
    scratch.clear();
    end = co_await read(scratch);
    dropped += scratch.view().size();
  }
  co_return end == End::complete || end == End::gone ? end : End::too_long;
}

}  // namespace packhouse::http
