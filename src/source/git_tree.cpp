#include "source/git_tree.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::source {

Result<ProcessResult> GitTree::run(const Path& folder, std::vector<std::string> words) {
  Command command;
  command.arguments = std::move(words);
  command.arguments.insert(command.arguments.begin(), "git");
  command.environment = environment_;
  command.folder = folder;
  command.timeout = std::chrono::minutes(10);
  return processes_.run(command);
}

Result<std::string> GitTree::ask(const Path& folder, std::vector<std::string> words) {
  const auto done = run(folder, std::move(words));
  if (!done.ok()) return done.error();
  if (!done->succeeded()) {
    return Error{Errc::not_found, "git: " + quote(trim(done->errors), 300),
                 "call this in a project's git work tree"};
  }
  return std::string(trim(done->output));
}

Result<std::string> GitTree::head() {
  return ask(folder_, {"rev-parse", "--verify", "HEAD"});
}

Result<std::string> GitTree::changes() {
  return ask(folder_, {"status", "--porcelain", "--untracked-files=normal"});
}

Result<std::string> GitTree::commit_of(std::string_view ref) {
  auto commit = ask(folder_, {"rev-parse", "--verify", "--quiet", fmt::format("{}^{{commit}}", ref)});
  if (commit.ok()) return commit;
  return Error{Errc::not_found, "expected the ref " + quote(ref) + " in this repository, found none",
               "fetch it, or name another with `main` in [tool.packhouse.recover]"};
}

Result<bool> GitTree::is_ancestor(std::string_view commit, std::string_view of) {
  TRY(const auto done, run(folder_, {"merge-base", "--is-ancestor", std::string(commit), std::string(of)}));
  if (done.succeeded()) return true;
  if (done.signal == 0 && !done.timed_out && done.exit_code == 1) return false;
  return Error{Errc::unavailable, "git: " + quote(trim(done.errors), 300)};
}

Result<Path> GitTree::below_top() {
  TRY(const auto prefix, ask(folder_, {"rev-parse", "--show-prefix"}));
  return Path(prefix).parent_path();  // without the slash at its end
}

Result<std::string> GitTree::remote_url() {
  return ask(folder_, {"remote", "get-url", "origin"});
}

Result<std::string> GitTree::default_branch() {
  constexpr std::string_view remote = "origin/";
  const auto head = ask(folder_, {"symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"});
  if (head.ok() && head->starts_with(remote)) return head->substr(remote.size());
  return ask(folder_, {"symbolic-ref", "--quiet", "--short", "HEAD"});
}

// No hook of the repository runs, and no object is copied.
Status GitTree::check_out(std::string_view commit, const Path& target) {
  TRY(const auto top, ask(folder_, {"rev-parse", "--show-toplevel"}));
  TRY(const auto cloned, ask(folder_, {"-c", "core.hooksPath=/dev/null", "clone", "--quiet", "--shared",
                                       "--no-checkout", "--", top, target.string()}));
  TRY(const auto out, ask(target, {"-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false",
                                   "checkout", "--quiet", "--detach", std::string(commit)}));
  static_cast<void>(cloned);
  static_cast<void>(out);
  return success();
}

}  // namespace packhouse::source
