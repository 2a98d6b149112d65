#include "api/gzip_stream.hpp"

#include <gtest/gtest.h>
#include <libdeflate.h>

namespace packhouse::api {
namespace {

std::string unpacked(std::string_view packed, std::size_t size) {
  std::string text(size, '\0');
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor{
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor};
  EXPECT_EQ(libdeflate_gzip_decompress(decompressor.get(), packed.data(), packed.size(), text.data(), size,
                                       nullptr),
            LIBDEFLATE_SUCCESS);
  return text;
}

TEST(GzipStream, packs_pieces_of_any_size_into_one_member) {
  GzipStream stream;
  std::string text;
  std::string packed;
  std::uint32_t noise = 1;
  for (std::size_t size : {0U, 1U, 100U, 70'000U, 300'000U, 5U}) {
    std::string piece;
    for (; piece.size() < size; noise = noise * 1664525U + 1013904223U)
      piece += static_cast<char>('a' + (noise >> 24U) % 26);  // hardly compressible
    text += piece;
    packed += stream.pack(piece);
  }
  packed += stream.finish();
  EXPECT_LT(packed.size(), text.size());
  EXPECT_EQ(unpacked(packed, text.size()), text);
}

TEST(GzipStream, an_empty_input_makes_a_complete_member) {
  GzipStream stream;
  const std::string packed{stream.finish()};
  EXPECT_EQ(unpacked(packed, 0), "");
}

}  // namespace
}  // namespace packhouse::api
