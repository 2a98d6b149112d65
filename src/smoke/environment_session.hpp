#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smoke/failure_cause.hpp"
#include "smoke/smoke_policy.hpp"
#include "smoke/virtual_environment.hpp"

namespace packhouse::smoke {

/// A fresh virtual environment at work: its pip is cut off from every configuration file and variable that
/// could bring in another index (release-provenance, section 5). What its programs say goes to a log,
/// redacted. The parameters but `fresh` outlive it; one thread.
class SmokeEnvironment {
 public:
  /// The log is made or added to: the heading, and how the environment was made.
  static Result<SmokeEnvironment> open(const SmokePolicy& policy, const client::IndexAddress& index,
                                       const Path& log, SmokeTools tools, VirtualEnvironment fresh,
                                       std::string_view heading = {});

  /// How it was made, and what its interpreter says of itself.
  const VirtualEnvironment& fresh() const noexcept { return fresh_; }
  /// A call of the environment's pip that reaches the index, and may read its credential from a file in a
  /// folder that only pip is given. Not after forget_credential().
  Command pip(std::vector<std::string> arguments) const;
  /// A call of the environment's pip that has neither the credential nor the network's settings.
  Command offline_pip(std::vector<std::string> arguments) const;
  /// A call of uv, cut off and told of the index as pip is.
  Command uv(std::vector<std::string> arguments) const;
  /// A call of any program, in a home that never held the credential, contained as contain() said.
  Command program(std::vector<std::string> arguments) const;
  void contain(Containment containment) noexcept { containment_ = containment; }
  /// Runs it; what it says goes to the log, and to `section`.
  Result<ProcessResult> start(std::string_view title, Command command,
                              console::Console::Section* section = nullptr);
  /// The folder that only pip() and uv() may read: the credential, and files that name a stage.
  const Path& pip_home() const { return pip_home_->path(); }
  /// Removes that folder, before any code of a package runs.
  void forget_credential() { pip_home_.reset(); }
  /// For the end: nothing can be asked of it any more.
  TemporaryFolder take_folder() && { return std::move(fresh_.folder); }
  Status sync_log() { return log_->sync(); }

  Status write_file(const Path& path, std::string_view text);

  const Path& folder() const noexcept { return fresh_.folder.path(); }
  Path venv() const { return folder() / "venv"; }
  Path python() const { return venv() / "bin" / "python"; }
  Path home() const { return folder() / "home"; }

 private:
  SmokeEnvironment(const SmokePolicy& policy, SmokeTools tools, VirtualEnvironment fresh)
      : policy_(&policy), tools_(std::move(tools)), fresh_(std::move(fresh)) {}
  Command client(std::vector<std::string> arguments) const;
  std::vector<Path> hidden() const;
  std::vector<std::string> pip_words(std::vector<std::string> arguments) const;

  const SmokePolicy* policy_;
  SmokeTools tools_;
  Containment containment_ = Containment::descendants;
  VirtualEnvironment fresh_;
  std::optional<TemporaryFolder> pip_home_;
  std::unique_ptr<WritableFile> log_;
};

/// Asks a program of this machine something short: why it does not run, or nothing where it does. An error
/// only where the question itself was interrupted: that says nothing of the program.
Result<std::optional<std::string>> why_not(const SmokeTools& tools, std::vector<std::string> words);

/// Whether a program ended well; its last lines, and the cause, where it did not.
Check decide_finished(std::string_view id, std::string expected, const ProcessResult& result,
                      const Redactor& redactor, const Cause& cause = {});
/// Shows what a program that failed has printed, at most its last lines: the log stays on this machine, which
/// may be a runner that is thrown away.
void show_output(const SmokeTools& tools, const ProcessResult& result);

/// A .netrc of one line for Python's reader of it.
Secret netrc_text(const http::Url& url, const http::BasicAuth& auth);

}  // namespace packhouse::smoke
