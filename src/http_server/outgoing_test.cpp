#include "http_server/outgoing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "http_server/testing/memory_file.hpp"
#include "sys/file_descriptor.hpp"

namespace packhouse::http {
namespace {

class OutgoingTest : public ::testing::Test {
 protected:
  OutgoingTest() {
    std::array<int, 2> pair{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    ours_ = FileDescriptor{pair[0]};
    peer_ = FileDescriptor{pair[1]};
    out_.head() = "HTTP/1.1 200 OK\r\n\r\n";
  }

  Outgoing::State send() {
    auto state = out_.pump(ours_.get());
    while (state == Outgoing::State::blocked)
      state = out_.pump(ours_.get());
    return state;
  }

  FileDescriptor ours_;
  FileDescriptor peer_;
  Outgoing out_;
};

TEST_F(OutgoingTest, a_file_that_became_shorter_is_a_fault_of_the_file) {
  out_.send_file(memory_file("short").release(), 0, 100);
  EXPECT_EQ(send(), Outgoing::State::failed);
  EXPECT_EQ(out_.file_fault(), "it is shorter than it was");
  out_.clear();
  EXPECT_EQ(out_.file_fault(), "");
}

TEST_F(OutgoingTest, what_cannot_be_read_is_a_fault_of_the_file) {
  out_.send_file(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, 100);  // as of a disk that fails
  EXPECT_EQ(send(), Outgoing::State::failed);
  EXPECT_NE(out_.file_fault(), "");
}

TEST_F(OutgoingTest, a_peer_that_is_gone_is_no_fault_of_the_file) {
  out_.send_file(memory_file("bytes").release(), 0, 5);
  peer_ = FileDescriptor{};
  EXPECT_EQ(send(), Outgoing::State::failed);
  EXPECT_EQ(out_.file_fault(), "");
}

}  // namespace
}  // namespace packhouse::http
