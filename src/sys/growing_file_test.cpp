#include "sys/growing_file.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace packhouse {
namespace {

using State = GrowingFile::State;

TEST(GrowingFile, wakes_once_with_the_next_change) {
  GrowingFile file{FileDescriptor{::memfd_create("test", MFD_CLOEXEC)}};
  int woken = 0;
  file.on_change(file.progress(), [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  file.grown_to(10);
  EXPECT_EQ(woken, 1);
  file.grown_to(20);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(file.progress(), (GrowingFile::Progress{.size = 20, .state = State::growing}));
}

TEST(GrowingFile, wakes_at_once_where_it_has_changed_already) {
  GrowingFile file{FileDescriptor{::memfd_create("test", MFD_CLOEXEC)}};
  const auto seen = file.progress();
  file.grown_to(10);
  int woken = 0;
  file.on_change(seen, [&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST(GrowingFile, its_end_wakes_all_and_keeps_its_size) {
  GrowingFile file{FileDescriptor{::memfd_create("test", MFD_CLOEXEC)}};
  file.grown_to(10);
  int woken = 0;
  for (int i = 0; i < 3; ++i)
    file.on_change(file.progress(), [&] { ++woken; });
  file.end(State::failed);
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(file.progress(), (GrowingFile::Progress{.size = 10, .state = State::failed}));
}

TEST(GrowingFile, a_name_that_is_not_there_is_unavailable) {
  EXPECT_EQ(GrowingFile::open("/absent/file").error().code, Errc::unavailable);
}

}  // namespace
}  // namespace packhouse
