#include "http_server/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace packhouse::http {
namespace {

constexpr std::size_t most = 3 * InputBuffer::first_bytes;

void fill(InputBuffer& buffer, char c) {
  const auto space = buffer.space(most);
  std::ranges::fill(space, c);
  buffer.commit(space.size());
}

TEST(InputBuffer, keeps_what_was_not_consumed) {
  InputBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  std::ranges::copy(std::string_view{"abc"}, buffer.space(most).begin());
  buffer.commit(3);
  buffer.consume(1);
  EXPECT_EQ(buffer.view(), "bc");
  buffer.consume(2);
  EXPECT_TRUE(buffer.empty());
}

TEST(InputBuffer, grows_up_to_its_limit) {
  InputBuffer buffer;
  for (int i = 0; i < 3; ++i)
    fill(buffer, 'x');
  EXPECT_EQ(buffer.view(), std::string(most, 'x'));
  EXPECT_TRUE(buffer.space(most).empty());
}

TEST(InputBuffer, uses_the_room_of_consumed_bytes_before_it_grows) {
  InputBuffer buffer;
  fill(buffer, 'x');
  buffer.consume(InputBuffer::first_bytes - 1);
  EXPECT_EQ(buffer.space(most).size(), InputBuffer::first_bytes - 1);
  EXPECT_EQ(buffer.view(), "x");
}

TEST(InputBuffer, shrinks_only_when_it_is_empty) {
  InputBuffer buffer;
  fill(buffer, 'x');
  fill(buffer, 'y');
  buffer.shrink();
  EXPECT_EQ(buffer.view().size(), 2 * InputBuffer::first_bytes);
  buffer.clear();
  buffer.shrink();
  EXPECT_EQ(buffer.space(most).size(), InputBuffer::first_bytes);
}

}  // namespace
}  // namespace packhouse::http
