#include "api/gzip_stream.hpp"

#include <isa-l/igzip_lib.h>

#include <array>
#include <stdexcept>

namespace packhouse::api {

/// Level 2 of 3; the tables are what the library wants for it.
struct GzipStream::State {
  isal_zstream engine{};
  std::array<std::uint8_t, ISAL_DEF_LVL2_DEFAULT> tables{};
  std::array<std::uint8_t, 64U << 10U> room{};
  std::string packed;
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  auto& engine = state_->engine;
  isal_deflate_init(&engine);
  engine.gzip_flag = IGZIP_GZIP;
  engine.level = 2;
  engine.level_buf = state_->tables.data();
  engine.level_buf_size = static_cast<std::uint32_t>(state_->tables.size());
}

GzipStream::~GzipStream() = default;

std::string_view GzipStream::pack(std::string_view bytes) {
  return run(bytes, false);
}

std::string_view GzipStream::finish() {
  return run({}, true);
}

std::string_view GzipStream::run(std::string_view bytes, bool end) {
  auto& [engine, tables, room, packed] = *state_;
  packed.clear();
  engine.end_of_stream = end ? 1 : 0;
  // The library does not write to it.
  engine.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
  engine.avail_in = static_cast<std::uint32_t>(bytes.size());
  do {
    engine.next_out = room.data();
    engine.avail_out = static_cast<std::uint32_t>(room.size());
    if (isal_deflate(&engine) != COMP_OK) throw std::runtime_error("isal_deflate failed");
    packed.append(reinterpret_cast<const char*>(room.data()), room.size() - engine.avail_out);
  } while (engine.avail_out == 0);
  return packed;
}

}  // namespace packhouse::api
