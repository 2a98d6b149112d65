#include "sys/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr int first_to_close = STDERR_FILENO + 1;
constexpr int not_run = 127;

/// All signals are blocked on this thread while it lives: a handler of this process must not run in a child.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// The child, between fork() and execve(): other threads may have held locks, so only async-signal-safe calls.

void reset_signals() noexcept {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    ::sigaction(number, &action, nullptr);  // an ignored SIGPIPE would be inherited
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// All descriptors of this program are O_CLOEXEC; this is for those that a library opened without it.
void close_on_exec(rlim_t limit) noexcept {
  if (::syscall(SYS_close_range, first_to_close, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Linux before 5.11.
  for (int descriptor = first_to_close; static_cast<rlim_t>(descriptor) < limit; ++descriptor)
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

bool connect_streams(const ChildProgram& program) noexcept {
  const int empty = ::open("/dev/null", O_RDONLY);
  return empty >= 0 && ::dup2(empty, STDIN_FILENO) >= 0 && ::dup2(program.output, STDOUT_FILENO) >= 0 &&
         ::dup2(program.errors, STDERR_FILENO) >= 0;
}

/// Reports the errno of what failed.
[[noreturn]] void become(const ChildProgram& program, rlim_t limit, int report) noexcept {
  reset_signals();
  if (::setpgid(0, 0) == 0 && connect_streams(program) &&
      (program.folder == nullptr || ::chdir(program.folder) == 0)) {
    close_on_exec(limit);
    ::execve(program.file, program.arguments, program.environment);
  }
  const int error = errno;
  static_cast<void>(!::write(report, &error, sizeof error));
  ::_exit(not_run);
}

/// The errno that the child reported; 0 once it runs the program.
int outcome(int report) noexcept {
  int error = 0;
  while (::read(report, &error, sizeof error) < 0 && errno == EINTR) {
  }
  return error;
}

Error no_pipe(int error) {
  return {Errc::unavailable, "cannot make a pipe: " + std::generic_category().message(error)};
}

Error refused(const ChildProgram& program, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  return {absent ? Errc::not_found : Errc::unavailable,
          fmt::format("cannot run {}: {}", quote(program.file, 300), std::generic_category().message(error))};
}

}  // namespace

Result<Pipe> Pipe::make() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return no_pipe(errno);
  Pipe pipe{FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
  if (ends[1] <= STDERR_FILENO) {
    // This process runs without stdin, stdout or stderr: setting up the child's would overwrite the pipe.
    pipe.writer = FileDescriptor{::fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
    if (!pipe.writer.valid()) return no_pipe(errno);
  }
  return pipe;
}

Result<pid_t> spawn(const ChildProgram& program) {
  TRY(Pipe report, Pipe::make());
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return refused(program, errno);
  pid_t child = 0;
  {
    const BlockedSignals blocked;
    child = ::fork();
    if (child == 0) become(program, files.rlim_cur, report.writer.get());
  }
  if (child < 0) return refused(program, errno);
  report.writer.close();
  const int error = outcome(report.reader.get());
  if (error == 0) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return refused(program, error);
}

}  // namespace packhouse
