#include "sys/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace packhouse {
namespace {

/// Two ends, of which one is read only when a test says so.
struct Ends {
  FileDescriptor reader;
  FileDescriptor writer;

  std::string read() const {
    std::string text(1U << 20U, '\0');
    const auto count = ::read(reader.get(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  /// Until there is nothing more.
  std::string read_all() const {
    std::string all;
    for (auto text = read(); !text.empty(); text = read())
      all += text;
    return all;
  }
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {.reader = FileDescriptor{ends[0]}, .writer = FileDescriptor{ends[1]}};
}

Ends make_sockets() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {.reader = FileDescriptor{ends[0]}, .writer = FileDescriptor{ends[1]}};
}

class LineWriterTest : public ::testing::TestWithParam<Ends (*)()> {
 protected:
  LineWriterTest() { std::signal(SIGPIPE, SIG_IGN); }
  Ends ends_ = GetParam()();
};

TEST_P(LineWriterTest, a_line_is_there_when_the_call_returns) {
  LineWriter lines(ends_.writer.get());
  lines.write("one\n");
  EXPECT_EQ(ends_.read(), "one\n");
  lines.write("two\n");
  EXPECT_EQ(ends_.read(), "two\n");
  EXPECT_EQ(lines.dropped(), 0U);
}

TEST_P(LineWriterTest, a_reader_that_stops_costs_lines_and_no_time) {
  const std::string line = std::string(999, 'x') + "\n";
  LineWriter lines(ends_.writer.get(), 100 * line.size());
  for (int i = 0; i < 1000; ++i)
    lines.write(line);
  const auto dropped = lines.dropped();
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(lines.take_dropped(), 0U) << "nothing reads what would be said of it";

  std::string all;
  for (auto text = ends_.read_all(); !text.empty(); text = ends_.read_all()) {
    all += text;
    lines.flush();
  }
  EXPECT_EQ(all.size(), (1000 - dropped) * line.size()) << "lines are whole";
  EXPECT_EQ(lines.take_dropped(), dropped);
  EXPECT_EQ(lines.take_dropped(), 0U);
}

TEST_P(LineWriterTest, a_reader_that_is_gone_costs_every_line) {
  LineWriter lines(ends_.writer.get());
  ends_.reader.close();
  lines.write("one\n");
  lines.write("two\n");
  EXPECT_EQ(lines.dropped(), 2U);
  EXPECT_EQ(lines.take_dropped(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Descriptors, LineWriterTest, ::testing::Values(&make_pipe, &make_sockets));

TEST(LineWriter, a_full_disk_drops_lines) {
  const FileDescriptor full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  ASSERT_TRUE(full.valid());
  LineWriter lines(full.get());
  lines.write("one\n");
  EXPECT_EQ(lines.dropped(), 1U);
}

}  // namespace
}  // namespace packhouse
