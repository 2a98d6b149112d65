#include "sys/process.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "sys/temporary_folder.hpp"

namespace packhouse {
namespace {

using std::chrono::milliseconds;

Command shell(std::string script) {
  return {
      .arguments = {"sh", "-c", std::move(script)}, .environment = {{"PATH", "/usr/bin:/bin"}}, .folder = {}};
}

/// Makes this process the parent of orphans, so that a test can wait for their end.
class Subreaper {
 public:
  Subreaper() { EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }
  Subreaper(const Subreaper&) = delete;
  Subreaper& operator=(const Subreaper&) = delete;
  ~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

class Process : public testing::Test {
 protected:
  ProcessResult run(const Command& command) {
    auto result = runner_->run(command);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? *result : ProcessResult{};
  }

  Error refusal(const Command& command) {
    auto result = runner_->run(command);
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error{} : result.error();
  }

  /// Runs with longer and longer time limits until there is output: what a program does before its limit is a
  /// matter of how busy the machine is.
  ProcessResult run_until_it_speaks(Command command) {
    command.timeout = milliseconds{100};
    ProcessResult result = run(command);
    while (result.output.empty() && !HasFailure()) {
      command.timeout *= 2;
      result = run(command);
    }
    return result;
  }

  /// Waits for an orphan that only a Subreaper can reap and says which signal ended it.
  static int signal_of_orphan(pid_t pid) {
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  std::unique_ptr<ProcessRunner> runner_ = make_process_runner();
};

TEST_F(Process, returns_exit_code_and_both_streams_apart) {
  const auto result = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_EQ(result.dropped, 0U);
  EXPECT_FALSE(result.succeeded());
}

TEST_F(Process, succeeds_with_exit_code_zero) {
  EXPECT_TRUE(run(shell("true")).succeeded());
}

TEST_F(Process, tells_which_signal_ended_the_program) {
  const auto result = run(shell("kill -TERM $$"));
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_FALSE(result.succeeded());
}

TEST_F(Process, gives_an_empty_stdin) {
  EXPECT_EQ(run(shell("cat; echo end")).output, "end\n");
}

TEST_F(Process, inherits_nothing_of_the_environment) {
  ASSERT_EQ(::setenv("PACKHOUSE_TEST_LEAK", "secret", 1), 0);
  auto command = shell("env");
  command.environment.emplace_back("GIVEN", "a value");
  const auto result = run(command);
  EXPECT_NE(result.output.find("GIVEN=a value\n"), std::string::npos);
  EXPECT_EQ(result.output.find("PACKHOUSE_TEST_LEAK"), std::string::npos);
}

TEST_F(Process, passes_on_no_descriptor_but_the_three) {
  const FileDescriptor leaky{::dup(STDERR_FILENO)};  // without close-on-exec, as a library may do
  ASSERT_TRUE(leaky.valid());
  // ls itself holds the folder it lists as descriptor 3.
  EXPECT_EQ(run(shell("exec ls /proc/self/fd")).output, "0\n1\n2\n3\n");
}

TEST_F(Process, leaves_no_descriptor_open_in_this_process) {
  const auto count = [] {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return std::distance(begin(all), end(all));
  };
  const auto before = count();
  run(shell("echo x"));
  refusal({.arguments = {"/no/such/program"}, .environment = {}, .folder = {}});
  EXPECT_EQ(count(), before);
}

TEST_F(Process, leads_a_process_group_of_its_own) {
  const auto result = run(shell("ps -o pgid= -p $$ | tr -d ' '; echo $$"));
  const auto middle = result.output.find('\n') + 1;
  EXPECT_EQ(result.output.substr(0, middle), result.output.substr(middle));
}

TEST_F(Process, starts_with_no_signal_blocked_or_ignored) {
  const auto earlier = std::signal(SIGPIPE, SIG_IGN);
  const auto result = run(shell("sed -n 's/^Sig\\(Blk\\|Ign\\):\t//p' /proc/self/status"));
  std::signal(SIGPIPE, earlier);
  constexpr std::uint64_t ordinary = 0x7fffffff;  // 1 to 31; 32 and 33 are the C library's own
  EXPECT_EQ(std::stoull(result.output, nullptr, 16), 0U);
  EXPECT_EQ(std::stoull(result.output.substr(17), nullptr, 16) & ordinary, 0U) << result.output;
}

TEST_F(Process, runs_in_the_folder_given) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder.ok());
  auto command = shell("pwd -P");
  command.folder = folder->path();
  EXPECT_EQ(run(command).output, std::filesystem::canonical(folder->path()).native() + "\n");
}

TEST_F(Process, refuses_a_folder_that_is_not_there) {
  auto command = shell("true");
  command.folder = "/no/such/folder";
  const Error error = refusal(command);
  EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_EQ(error.message, "expected a folder to run in at \"/no/such/folder\", found none");
}

TEST_F(Process, says_not_found_for_a_program_that_is_not_there) {
  const Error by_name =
      refusal({.arguments = {"no-such-program"}, .environment = {{"PATH", "/usr/bin:/bin"}}, .folder = {}});
  EXPECT_EQ(by_name.code, Errc::not_found);
  EXPECT_EQ(by_name.message, "there is no program \"no-such-program\" in PATH");
  const Error by_path = refusal({.arguments = {"/no/such/program"}, .environment = {}, .folder = {}});
  EXPECT_EQ(by_path.code, Errc::not_found);
  EXPECT_EQ(by_path.message, "cannot run \"/no/such/program\": No such file or directory");
}

TEST_F(Process, searches_the_path_that_was_given_and_skips_relative_entries) {
  const Error none = refusal({.arguments = {"sh"}, .environment = {}, .folder = {}});
  EXPECT_EQ(none.code, Errc::not_found);
  const Error relative = refusal({.arguments = {"sh"}, .environment = {{"PATH", ".:bin::"}}, .folder = "/"});
  EXPECT_EQ(relative.code, Errc::not_found);
}

TEST_F(Process, refuses_what_the_kernel_would_cut_or_misread) {
  EXPECT_EQ(refusal({.arguments = {}, .environment = {}, .folder = {}}).message,
            "expected a program to run, found none");
  EXPECT_EQ(refusal({.arguments = {"sh", std::string("a\0b", 3)}, .environment = {}, .folder = {}}).message,
            "expected arguments without NUL bytes");
  EXPECT_EQ(refusal({.arguments = {"sh"}, .environment = {{"A=B", "c"}}, .folder = {}}).message,
            "expected an environment variable's name, found \"A=B\"");
}

TEST_F(Process, keeps_at_most_the_output_allowed_and_counts_the_rest) {
  auto command = shell("head -c 300000 /dev/zero; head -c 7 /dev/zero >&2");
  command.max_output = 1000;
  std::size_t shown = 0;
  command.on_output = [&](std::string_view piece) { shown += piece.size(); };
  const auto result = run(command);
  EXPECT_EQ(result.output.size(), 1000U);
  EXPECT_EQ(result.errors.size(), 7U);
  EXPECT_EQ(result.dropped, 299'000U);
  EXPECT_EQ(shown, 300'007U);
}

TEST_F(Process, takes_a_flood_on_both_streams_without_a_deadlock) {
  auto command = shell("head -c 2000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait");
  const auto result = run(command);
  EXPECT_EQ(result.output.size(), 2'000'000U);
  EXPECT_EQ(result.errors.size(), 2'000'000U);
}

TEST_F(Process, kills_the_whole_group_at_the_time_limit) {
  const Subreaper subreaper;
  const auto result = run_until_it_speaks(shell("sleep 1000 & echo $!; wait"));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_FALSE(result.succeeded());
  EXPECT_EQ(signal_of_orphan(std::stoi(result.output)), SIGKILL);
}

TEST_F(Process, is_not_held_up_by_a_flood_past_the_time_limit) {
  auto command = shell("cat /dev/zero");
  command.max_output = 10;
  const auto result = run_until_it_speaks(command);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.output.size(), 10U);
}

TEST_F(Process, ends_what_the_program_left_running) {
  const Subreaper subreaper;
  const auto result = run(shell("sleep 1000 & echo $!"));
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(signal_of_orphan(std::stoi(result.output)), SIGKILL);
}

// The one that left still holds stderr; it closes the stdout of the $(…) once it is on its own.
TEST_F(Process, does_not_wait_for_a_process_that_left_the_group_with_the_pipe) {
  const Subreaper subreaper;
  const auto result = run(shell("echo $(setsid -f sh -c 'echo $$; exec sleep 1000 >/dev/null')"));
  EXPECT_TRUE(result.succeeded());
  const pid_t escaped = std::stoi(result.output);
  ASSERT_EQ(::kill(escaped, SIGKILL), 0);
  EXPECT_EQ(signal_of_orphan(escaped), SIGKILL);
}

TEST_F(Process, reaps_its_child) {
  const auto result = run(shell("echo $$"));
  EXPECT_EQ(::waitpid(std::stoi(result.output), nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(Process, stops_the_group_when_this_process_is_interrupted) {
  const Subreaper subreaper;
  for (const int number : {SIGINT, SIGTERM}) {
    const auto earlier = std::signal(number, SIG_DFL);  // a shell's background jobs ignore SIGINT
    auto command = shell("sleep 1000 & echo $!; wait");
    std::string seen;
    command.on_output = [&](std::string_view piece) {
      seen += piece;
      ::kill(::getpid(), number);
    };
    const Error error = refusal(command);
    EXPECT_EQ(error.code, Errc::cancelled);
    EXPECT_EQ(error.message,
              number == SIGINT ? "\"sh\" was stopped by SIGINT" : "\"sh\" was stopped by SIGTERM");
    EXPECT_EQ(signal_of_orphan(std::stoi(seen)), SIGKILL);
    std::signal(number, earlier);
  }
}

int handled = 0;

TEST_F(Process, hands_the_signal_on_to_a_handler_that_was_there_before) {
  handled = 0;
  const auto earlier = std::signal(SIGTERM, [](int number) { handled = number; });
  auto command = shell("echo up; sleep 1000");
  command.on_output = [](std::string_view) { ::kill(::getpid(), SIGTERM); };
  EXPECT_EQ(refusal(command).code, Errc::cancelled);
  EXPECT_EQ(handled, SIGTERM);
  std::signal(SIGTERM, earlier);
}

TEST_F(Process, lets_an_ignored_signal_stay_ignored) {
  const auto earlier = std::signal(SIGINT, SIG_IGN);
  auto command = shell("echo up");
  command.on_output = [](std::string_view) { ::kill(::getpid(), SIGINT); };
  EXPECT_TRUE(run(command).succeeded());
  std::signal(SIGINT, earlier);
}

TEST_F(Process, kills_and_reaps_the_child_when_the_listener_throws) {
  auto command = shell("echo $$; sleep 1000");
  std::string seen;
  command.on_output = [&](std::string_view piece) {
    seen += piece;
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(static_cast<void>(runner_->run(command)), std::runtime_error);
  EXPECT_EQ(::waitpid(std::stoi(seen), nullptr, WNOHANG), -1);
}

TEST_F(Process, ends_the_group_of_one_that_is_given_up) {
  const Subreaper subreaper;
  std::stop_source stop;
  auto command = shell("sleep 1000 & echo $!; wait");
  command.stop = stop.get_token();
  std::string seen;
  command.on_output = [&](std::string_view piece) {
    seen += piece;
    stop.request_stop();
  };
  EXPECT_EQ(runner_->run(command).error().code, Errc::cancelled);
  EXPECT_EQ(signal_of_orphan(std::stoi(seen)), SIGKILL);
}

TEST_F(Process, is_not_begun_when_it_was_given_up_before) {
  std::stop_source stop;
  stop.request_stop();
  auto command = shell("echo begun");
  command.stop = stop.get_token();
  command.on_output = [](std::string_view piece) { FAIL() << piece; };
  EXPECT_EQ(runner_->run(command).error().code, Errc::cancelled);
}

TEST_F(Process, runs_on_several_threads_at_once) {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(4);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] { outputs[i] = run(shell("echo " + std::to_string(i))).output; });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(outputs, (std::vector<std::string>{"0\n", "1\n", "2\n", "3\n"}));
}

}  // namespace
}  // namespace packhouse
