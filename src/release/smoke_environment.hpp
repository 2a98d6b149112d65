#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "release/smoke.hpp"

namespace packhouse::release {

/// What to do about a smoke check that failed.
inline constexpr std::string_view see_smoke_log =
    "see the log of the smoke check, then stop the rollout (docs/runbook.md, rollback)";

/// An empty folder in which a fresh virtual environment is made, whose pip is cut off from every
/// configuration file and variable that could bring in another index (release-provenance, section 5). What
/// its programs say goes to a log, redacted. The parameters outlive it; one thread.
class SmokeEnvironment {
 public:
  enum class Logged : std::uint8_t { all, outcome };

  /// `folder` is empty and stays the caller's; the log is made or added to.
  static Result<SmokeEnvironment> make(const SmokePolicy& policy, const IndexAddress& index, const Path& log,
                                       SmokeTools tools, Path folder);

  /// `python -m venv`, whatever comes of it.
  Result<ProcessResult> make_venv(const std::string& python);
  /// A call of the environment's pip, that may read the index's credential from a file of its own.
  Command pip(std::vector<std::string> arguments) const;
  /// A call of uv, cut off and told of the index as pip is.
  Command uv(std::vector<std::string> arguments) const;
  /// A call of any program, in a home that never held the credential.
  Command program(std::vector<std::string> arguments) const;
  /// Runs it; what it says goes to the log, unless it is only for us, and to `section`.
  Result<ProcessResult> start(std::string_view title, Command command, Logged logged = Logged::all,
                              Output::Section* section = nullptr);
  /// Before any code of a package runs, what it must not find is gone.
  Status forget_credential();
  /// A line of the log.
  Status note(std::string_view line);
  Status sync_log() { return log_->sync(); }

  Status write_file(const Path& path, std::string_view text);

  const Path& folder() const noexcept { return folder_; }
  Path venv() const { return folder_ / "venv"; }
  Path python() const { return venv() / "bin" / "python"; }
  Path home() const { return folder_ / "home"; }

 private:
  SmokeEnvironment(const SmokePolicy& policy, const IndexAddress& index, SmokeTools tools, Path folder)
      : policy_(&policy), index_(&index), tools_(std::move(tools)), folder_(std::move(folder)) {}
  std::vector<std::pair<std::string, std::string>> variables(const Path& home) const;
  Command client(std::vector<std::string> arguments) const;
  Path pip_home() const { return folder_ / "pip-home"; }

  const SmokePolicy* policy_;
  const IndexAddress* index_;
  SmokeTools tools_;
  Path folder_;
  std::unique_ptr<WritableFile> log_;
};

/// How a program ended: "exit 1".
std::string describe(const ProcessResult& result);

/// Asks a program of this machine something short: why it does not run, or nothing where it does. An error
/// only where the question itself was interrupted: that says nothing of the program.
Result<std::optional<std::string>> why_not(const SmokeTools& tools, std::vector<std::string> words);

/// Whether a program ended well; its last lines where it did not. Fault::smoke.
Check decide_finished(std::string_view id, std::string expected, const ProcessResult& result,
                      const Redactor& redactor);

}  // namespace packhouse::release
