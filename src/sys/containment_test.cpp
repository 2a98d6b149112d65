#include "sys/containment.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/text.hpp"
#include "sys/process.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse {
namespace {

class Contained : public testing::TestWithParam<Containment> {
 protected:
  void SetUp() override {
    if (GetParam() != Containment::namespaces) return;
    if (const auto allowed = runner_->try_namespaces(); !allowed.ok())
      GTEST_SKIP() << allowed.error().message;
  }

  Command shell(std::string script) const {
    Command command;
    command.arguments = {"sh", "-c", std::move(script)};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    command.containment = GetParam();
    return command;
  }
  ProcessResult run(const Command& command) {
    auto result = runner_->run(command);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? *result : ProcessResult{};
  }

  std::unique_ptr<ProcessRunner> runner_ = make_process_runner();
  TemporaryFolder folder_ = TemporaryFolder::make().value();
};

/// Reads to its end what `script` writes into a named pipe: an end that comes only when no process holds the
/// pipe any more, wherever it went.
class HeldPipe {
 public:
  explicit HeldPipe(const Path& folder) : path_((folder / "pipe").string()) {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    reader_ = FileDescriptor{::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  }
  const std::string& path() const { return path_; }
  bool is_held() const {
    char byte = 0;
    ssize_t got = 1;
    while (got > 0)
      got = ::read(reader_.get(), &byte, 1);
    return got < 0 && errno == EAGAIN;
  }

 private:
  std::string path_;
  FileDescriptor reader_;
};

TEST_P(Contained, ends_as_the_program_ends) {
  EXPECT_EQ(run(shell("exit 3")).exit_code, 3);
  EXPECT_EQ(run(shell("kill -SEGV $$")).signal, SIGSEGV);
  EXPECT_TRUE(run(shell("kill -CHLD $$; exit 0")).succeeded());
  const auto result = run(shell("echo out; echo err >&2; cat"));
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST_P(Contained, leaves_nothing_that_left_its_group) {
  const HeldPipe pipe(folder_.path());
  const auto result = run(shell("exec 7>" + pipe.path() +
                                "; setsid -f sh -c 'setsid -f sleep 1000; sleep 1000' >/dev/null 2>&1"));
  EXPECT_TRUE(result.succeeded());
  EXPECT_FALSE(pipe.is_held());
}

TEST_P(Contained, leaves_nothing_after_its_time_limit) {
  const HeldPipe pipe(folder_.path());
  auto command =
      shell("exec 7>" + pipe.path() + "; setsid -f sleep 1000 >/dev/null 2>&1; echo up; sleep 1000");
  std::stop_source stop;
  command.stop = stop.get_token();
  command.on_output = [&](std::string_view) { stop.request_stop(); };
  EXPECT_EQ(runner_->run(command).error().code, Errc::cancelled);
  EXPECT_FALSE(pipe.is_held());
}

TEST_P(Contained, gives_the_program_no_signal_that_is_blocked_or_ignored) {
  const auto result = run(shell("sed -n 's/^Sig\\(Blk\\|Ign\\):\t//p' /proc/self/status"));
  EXPECT_EQ(result.output.substr(0, 16), std::string(16, '0'));
}

TEST_P(Contained, says_why_a_program_cannot_be_run) {
  auto command = shell("");
  command.arguments = {"/no/such/program"};
  const auto result = run(command);
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_NE(result.errors.find("cannot run /no/such/program"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Each, Contained, testing::Values(Containment::descendants, Containment::namespaces),
                         [](const auto& tried) {
                           return tried.param == Containment::namespaces ? "namespaces" : "descendants";
                         });

class Isolated : public Contained {};

TEST_P(Isolated, sees_no_process_but_its_own) {
  const auto result = run(shell("ls -d /proc/[0-9]* | wc -l; cat /proc/1/cmdline | tr '\\0' ' '"));
  EXPECT_LE(std::stoi(result.output), 5) << result.output;
}

TEST_P(Isolated, finds_hidden_places_empty) {
  std::ofstream(folder_.path() / "netrc") << "secret";
  std::filesystem::create_directory(folder_.path() / "state");
  std::ofstream(folder_.path() / "state" / "key") << "secret";
  auto command =
      shell("cat netrc; ls -A state; umount state 2>/dev/null; cat state/key; touch state/x; id -u");
  command.folder = folder_.path();
  command.hidden = {folder_.path() / "netrc", folder_.path() / "state", folder_.path() / "absent"};
  const auto result = run(command);
  EXPECT_EQ(result.output.find("secret"), std::string::npos) << result.output;
  EXPECT_NE(std::stoi(result.output), 0);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "state" / "key"));
}

TEST_P(Isolated, owns_the_files_that_it_makes) {
  auto command = shell("echo x > made; cat made");
  command.folder = folder_.path();
  EXPECT_EQ(run(command).output, "x\n");
  struct stat info{};
  ASSERT_EQ(::stat((folder_.path() / "made").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, ::geteuid());
}

INSTANTIATE_TEST_SUITE_P(By, Isolated, testing::Values(Containment::namespaces),
                         [](const auto&) { return "namespaces"; });

}  // namespace
}  // namespace packhouse

/// In place of the library's own: a contained program is this program, started anew.
int main(int argc, char** argv) {
  packhouse::run_as_container_if_asked({argv, static_cast<std::size_t>(argc)});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
