#include "sys/containment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/text.hpp"
#include "sys/ancestors.hpp"

namespace packhouse {
namespace {

constexpr std::string_view own_name = "packhouse-container";
constexpr std::string_view end_of_hidden = "--";
constexpr int refused = 125;
constexpr int not_run = 127;
/// Of a user who is root outside.
constexpr uid_t inner_user = 1000;

[[noreturn]] void give_up(std::string_view what, int error, int code = refused) {
  const std::string text = fmt::format("packhouse: {}: {}\n", what, std::generic_category().message(error));
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  ::_exit(code);
}

void require(int result, std::string_view what) {
  if (result != 0) give_up(what, errno);
}

void write_map(const char* path, const std::string& line) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || ::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    give_up(path, errno);
  }
  ::close(file);
}

/// What another process removes meanwhile needs no hiding.
void cover(int mounted, std::string_view what) {
  if (mounted != 0 && errno != ENOENT) give_up(what, errno);
}

/// Puts something empty in its place. What is not there stays so.
void hide(const char* path) {
  struct stat info{};
  if (::stat(path, &info) != 0) return;
  constexpr unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
  if (S_ISDIR(info.st_mode)) {
    cover(::mount("tmpfs", path, "tmpfs", flags, "size=4k,mode=0555"), "cannot hide a folder");
  } else {
    cover(::mount("/dev/null", path, nullptr, MS_BIND, nullptr), "cannot hide a file");
  }
}

void enter_namespaces(std::span<char*> hidden) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  require(::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID), "cannot make namespaces");
  write_map("/proc/self/setgroups", "deny");
  write_map("/proc/self/uid_map", fmt::format("{} {} 1\n", user == 0 ? inner_user : user, user));
  write_map("/proc/self/gid_map", fmt::format("{} {} 1\n", group == 0 ? inner_user : group, group));
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "cannot separate mounts");
  for (const char* path : hidden)
    hide(path);
}

sigset_t all_signals() {
  sigset_t all{};
  ::sigfillset(&all);
  return all;
}

/// `words`: the file, then argv.
[[noreturn]] void become(std::span<char*> words) {
  ::setsid();
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(words.front(), words.subspan(1).data());
  give_up(fmt::format("cannot run {}", words.front()), errno, not_run);
}

pid_t start(std::span<char*> words) {
  const pid_t program = ::fork();
  if (program < 0) give_up("cannot start a process", errno);
  if (program == 0) become(words);
  return program;
}

/// Ends as the program did.
[[noreturn]] void end_as(int status) {
  if (!WIFSIGNALED(status)) ::_exit(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  sigset_t one{};
  ::sigemptyset(&one);
  ::sigaddset(&one, number);
  ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(number);
  ::_exit(128 + number);
}

std::vector<pid_t> children() {
  std::vector<pid_t> all;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", code)) {
    const auto number = parse_decimal(entry.path().filename().string());
    if (!number) continue;
    const auto pid = static_cast<pid_t>(*number);
    if (parent_of(pid) == ::getpid()) all.push_back(pid);
  }
  return all;
}

/// What a killed process started comes to its reaper, which is this one, and is found in the next turn.
void end_all() {
  while (true) {
    for (const pid_t each : children())
      ::kill(each, SIGKILL);
    const pid_t ended = ::waitpid(-1, nullptr, 0);
    if (ended < 0 && errno == ECHILD) return;
  }
}

/// The status of `child`; nullopt where SIGTERM came first. Every other child that ends meanwhile is reaped.
std::optional<int> wait_for(pid_t child) {
  const sigset_t all = all_signals();
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended == child) return status;
    if (ended > 0) continue;
    if (::sigwaitinfo(&all, nullptr) == SIGTERM) return std::nullopt;
  }
}

/// The first process of the PID namespace: with its end the kernel ends all others.
[[noreturn]] void reap_in_namespace(std::span<char*> words, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  require(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr), "cannot mount /proc");
  const pid_t program = start(words);
  int status = 0;
  while (::waitpid(-1, &status, 0) != program) {
  }
  static_cast<void>(!::write(report, &status, sizeof status));
  ::_exit(0);
}

[[noreturn]] void run_in_namespaces(std::span<char*> words) {
  std::array<int, 2> report{};
  require(::pipe2(report.data(), O_CLOEXEC), "cannot make a pipe");
  const pid_t first = ::fork();
  if (first < 0) give_up("cannot start a process", errno);
  if (first == 0) reap_in_namespace(words, report[1]);
  ::close(report[1]);
  const auto ended = wait_for(first);
  if (!ended) {
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);  // returns when the namespace is empty
    end_as(SIGKILL);
  }
  int status = 0;
  if (::read(report[0], &status, sizeof status) == sizeof status) end_as(status);
  end_as(*ended);
}

[[noreturn]] void run_with_descendants(std::span<char*> words) {
  require(::prctl(PR_SET_CHILD_SUBREAPER, 1), "cannot become the reaper");
  const auto ended = wait_for(start(words));
  end_all();
  end_as(ended.value_or(SIGKILL));
}

}  // namespace

std::vector<std::string> container_words(const Command& command, const std::string& program) {
  const bool namespaces = command.containment == Containment::namespaces;
  std::vector<std::string> words{std::string(own_name), namespaces ? "namespaces" : "descendants"};
  for (const Path& path : command.hidden)
    words.push_back(path.string());
  words.emplace_back(end_of_hidden);
  words.push_back(program);
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  return words;
}

void run_as_container_if_asked(std::span<char*> words) {
  if (words.size() < 5 || words.front() != own_name) return;
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(refused);
  const sigset_t all = all_signals();
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  const std::span rest = words.subspan(2);
  std::size_t count = 0;
  while (count < rest.size() && rest[count] != end_of_hidden)
    ++count;
  if (count + 2 >= rest.size()) ::_exit(refused);
  const auto program = rest.subspan(count + 1);
  if (std::string_view(words[1]) == "namespaces") {
    enter_namespaces(rest.first(count));
    run_in_namespaces(program);
  }
  run_with_descendants(program);
}

}  // namespace packhouse
