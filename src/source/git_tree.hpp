#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "sys/process.hpp"

namespace packhouse::source {

/// A git work tree, asked by the program `git` of the caller's PATH. Everything outlives it.
class GitTree {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  GitTree(ProcessRunner& processes, Path folder, const Environment& environment)
      : processes_(processes), folder_(std::move(folder)), environment_(environment) {}

  /// The commit that is checked out: 40 hexadecimal digits. not_found where this is no work tree.
  Result<std::string> head();
  /// One path a line; empty: clean. What .gitignore names is no change.
  Result<std::string> changes();
  /// Of a full ref such as refs/remotes/origin/main, which no other name can shadow; not_found.
  Result<std::string> commit_of(std::string_view ref);
  Result<bool> is_ancestor(std::string_view commit, std::string_view of);
  /// Where the folder is below the top of the repository; empty: it is the top.
  Result<Path> below_top();
  /// Of the remote `origin`; not_found where there is none.
  Result<std::string> remote_url();
  /// The branch that `origin` calls its own, else the one that is checked out; not_found where there is
  /// neither.
  Result<std::string> default_branch();
  /// A clean checkout of the commit in `target`, which must not exist: what is committed, with its history,
  /// and nothing that lies about in the tree.
  Status check_out(std::string_view commit, const Path& target);

 private:
  Result<ProcessResult> run(const Path& folder, std::vector<std::string> words);
  Result<std::string> ask(const Path& folder, std::vector<std::string> words);

  ProcessRunner& processes_;
  Path folder_;
  const Environment& environment_;
};

}  // namespace packhouse::source
