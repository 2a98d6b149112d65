#include "sys/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "base/text.hpp"
#include "sys/containment.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/interrupt_watch.hpp"
#include "sys/spawn.hpp"

namespace packhouse {
namespace {

using Steady = std::chrono::steady_clock;

Error fault(std::string_view what, int error) {
  return {Errc::unavailable, fmt::format("{}: {}", what, std::generic_category().message(error))};
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

/// A NUL would cut an argument short, and '=' in a name would set another variable.
Status check(const Command& command) {
  if (command.arguments.empty() || command.arguments.front().empty()) {
    return Error{Errc::invalid_input, "expected a program to run, found none"};
  }
  if (std::ranges::any_of(command.arguments, has_nul)) {
    return Error{Errc::invalid_input, "expected arguments without NUL bytes"};
  }
  for (const auto& [name, value] : command.environment) {
    if (name.empty() || has_nul(name) || has_nul(value) || name.find('=') != std::string::npos) {
      return Error{Errc::invalid_input, "expected an environment variable's name, found " + quote(name)};
    }
  }
  std::error_code code;
  if (!command.folder.empty() && !std::filesystem::is_directory(command.folder, code)) {
    return Error{Errc::not_found,
                 "expected a folder to run in at " + quote(command.folder.native(), 300) + ", found none"};
  }
  return success();
}

/// posix_spawnp would search the PATH of this process, not the one given. Relative entries of PATH are
/// skipped: they would run programs of the current folder.
Result<std::string> find_program(const Command& command) {
  const std::string& name = command.arguments.front();
  if (name.find('/') != std::string::npos) return name;
  const auto path =
      std::ranges::find(command.environment, "PATH", [](const auto& variable) { return variable.first; });
  if (path != command.environment.end()) {
    for (const std::string_view folder : split(path->second, ':')) {
      if (!folder.starts_with('/')) continue;
      std::string candidate = fmt::format("{}/{}", folder, name);
      std::error_code code;
      if (std::filesystem::is_regular_file(candidate, code) && ::access(candidate.c_str(), X_OK) == 0) {
        return candidate;
      }
    }
  }
  return Error{Errc::not_found, fmt::format("there is no program {} in PATH", quote(name)),
               fmt::format("install {} or put its folder on PATH", quote(name))};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& text : strings)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// A child that leads its own process group. Destroyed before reap(), it is killed with its group and reaped,
/// whatever ended the wait.
class Child {
 public:
  Child(pid_t pid, FileDescriptor handle, bool contained) noexcept
      : pid_(pid), handle_(std::move(handle)), contained_(contained) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), handle_(std::move(other.handle_)), contained_(other.contained_) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) reap();
  }

  static Result<Child> spawn(const Command& command, int output, int errors) {
    TRY(std::string program, find_program(command));
    std::vector<std::string> arguments = command.arguments;
    const bool contained = command.containment != Containment::group;
    if (contained) {
      arguments = container_words(command, program);
      program = "/proc/self/exe";
    }
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment)
      environment.push_back(fmt::format("{}={}", name, value));
    const std::string folder = command.folder.native();
    TRY(const pid_t pid, packhouse::spawn({.file = program.c_str(),
                                           .arguments = pointers(arguments).data(),
                                           .environment = pointers(environment).data(),
                                           .folder = folder.empty() ? nullptr : folder.c_str(),
                                           .output = output,
                                           .errors = errors}));
    // Glibc has a function for it since 2.36.
    FileDescriptor handle{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    const int pidfd_error = errno;
    Child child{pid, std::move(handle), contained};
    if (!child.handle_.valid()) return fault("cannot watch a child process (pidfd_open)", pidfd_error);
    return child;
  }

  /// Readable once the child has ended.
  int handle() const noexcept { return handle_.get(); }

  /// The group's number cannot be given to another one before reap(): the leader still holds it, if only as
  /// a zombie.
  void kill_group() const noexcept { ::kill(-pid_, SIGKILL); }

  /// Kills the rest of the group, waits for the leader and returns how it ended.
  siginfo_t reap() noexcept {
    if (contained_) end_container();
    kill_group();
    siginfo_t info{};
    const pid_t pid = std::exchange(pid_, 0);
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
    }
    return info;
  }

 private:
  /// It ends all that the program started, which needs no more than a moment, and then itself.
  void end_container() const noexcept {
    constexpr int patience = 10'000;
    ::kill(pid_, SIGTERM);
    pollfd ended{handle_.get(), POLLIN, 0};
    while (::poll(&ended, 1, patience) < 0 && errno == EINTR) {
    }
  }

  pid_t pid_;
  FileDescriptor handle_;
  bool contained_;
};

/// One of the child's two output pipes.
class Stream {
 public:
  Stream(FileDescriptor reader, std::string& kept, const Command& command, std::uint64_t& dropped)
      : reader_(std::move(reader)), kept_(kept), command_(command), dropped_(dropped) {}

  /// For poll(); -1, which it ignores, after the end.
  int fd() const noexcept { return reader_.get(); }

  /// Reads the bytes available now, at most `pieces` times the size of a pipe.
  void take(int pieces) {
    std::array<char, 65'536> buffer;  // read() fills it
    while (reader_.valid() && pieces-- > 0) {
      const auto got = ::read(reader_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        accept(std::string_view{buffer.data(), static_cast<std::size_t>(got)});
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        reader_.close();
      } else if (errno == EAGAIN) {
        return;
      }
    }
  }

 private:
  void accept(std::string_view bytes) {
    const std::uint64_t room =
        command_.max_output - std::min<std::uint64_t>(kept_.size(), command_.max_output);
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
    kept_.append(bytes.substr(0, taken));
    dropped_ += bytes.size() - taken;
    if (command_.on_output) command_.on_output(bytes);
  }

  FileDescriptor reader_;
  std::string& kept_;
  const Command& command_;
  std::uint64_t& dropped_;
};

enum class Ending { exited, timed_out, interrupted, given_up };

/// A stop token that poll() can wait for.
class StopWatch {
 public:
  explicit StopWatch(std::stop_token stop)
      : raised_(::eventfd(0, EFD_CLOEXEC)), callback_(std::move(stop), Raise{raised_.get()}) {
    if (!raised_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  int fd() const noexcept { return raised_.get(); }

 private:
  struct Raise {
    int fd;
    void operator()() const noexcept { ::eventfd_write(fd, 1); }
  };
  FileDescriptor raised_;
  std::stop_callback<Raise> callback_;
};

/// Rounded up, so that poll() does not return just before the deadline and spin.
int milliseconds_until(Steady::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
  constexpr std::int64_t longest = 3'600'000;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
}

/// Passes output on until the child has ended, the time is up, this process is interrupted or a stop is
/// requested.
Ending watch(const Child& child, const InterruptWatch& interrupt, const StopWatch& stop, Stream& output,
             Stream& errors, Steady::time_point deadline) {
  while (true) {
    std::array<pollfd, 5> watched{{{output.fd(), POLLIN, 0},
                                   {errors.fd(), POLLIN, 0},
                                   {child.handle(), POLLIN, 0},
                                   {interrupt.fd(), POLLIN, 0},
                                   {stop.fd(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    if (ready > 0) {
      // One piece each, so that a flood of output cannot hide the deadline.
      if (watched[0].revents != 0) output.take(1);
      if (watched[1].revents != 0) errors.take(1);
      if (watched[3].revents != 0) return Ending::interrupted;
      if (watched[4].revents != 0) return Ending::given_up;
      if (watched[2].revents != 0) return Ending::exited;
    }
    if (Steady::now() >= deadline) return Ending::timed_out;
  }
}

Error given_up(const Command& command) {
  return {Errc::cancelled, fmt::format("{} was given up", quote(command.arguments.front(), 300))};
}

class PosixProcessRunner final : public ProcessRunner {
 public:
  Status try_namespaces() override {
    Command command;
    command.arguments = {"/bin/true"};
    command.containment = Containment::namespaces;
    TRY(const auto result, run(command));
    if (result.succeeded()) return success();
    return Error{Errc::unavailable, std::string(trim(result.errors))};
  }

  Result<ProcessResult> run(const Command& command) override {
    CHECK_OK(check(command));
    if (command.stop.stop_requested()) return given_up(command);
    const InterruptWatch interrupt;  // before the child: a signal in between must not leave it running
    const StopWatch stop(command.stop);
    TRY(Pipe output_pipe, Pipe::make());
    TRY(Pipe error_pipe, Pipe::make());
    const auto deadline = Steady::now() + std::min<Steady::duration>(command.timeout, std::chrono::years{1});
    // Only these ends: the child must see ordinary blocking pipes.
    for (const int reader : {output_pipe.reader.get(), error_pipe.reader.get()}) {
      if (::fcntl(reader, F_SETFL, O_NONBLOCK) != 0) return fault("cannot set up a pipe", errno);
    }
    TRY(Child child, Child::spawn(command, output_pipe.writer.get(), error_pipe.writer.get()));
    output_pipe.writer.close();
    error_pipe.writer.close();

    ProcessResult result;
    Stream output{std::move(output_pipe.reader), result.output, command, result.dropped};
    Stream errors{std::move(error_pipe.reader), result.errors, command, result.dropped};
    const Ending ending = watch(child, interrupt, stop, output, errors, deadline);
    const siginfo_t info = child.reap();
    // What the program wrote before its end is still in the pipes. Bounded, because a process that left the
    // group may hold the other end and go on writing.
    constexpr int pieces = 16;
    output.take(pieces);
    errors.take(pieces);
    if (ending == Ending::interrupted) {
      return Error{Errc::cancelled, fmt::format("{} was stopped by {}", quote(command.arguments.front(), 300),
                                                interrupt.signal() == SIGINT ? "SIGINT" : "SIGTERM")};
    }
    if (ending == Ending::given_up) return given_up(command);
    result.timed_out = ending == Ending::timed_out;
    if (info.si_code == CLD_EXITED) {
      result.exit_code = info.si_status;
    } else {
      result.signal = info.si_status;
    }
    return result;
  }
};

}  // namespace

std::unique_ptr<ProcessRunner> make_process_runner() {
  return std::make_unique<PosixProcessRunner>();
}

}  // namespace packhouse
