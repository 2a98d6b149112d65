#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "smoke/environment_session.hpp"
#include "smoke/pip_report.hpp"
#include "smoke/smoke_policy.hpp"

namespace packhouse::smoke {

/// Fetches all that the installation of a release needs, with the index's credential, before anything of the
/// release can run: into a folder that pip installs from without a network (`--no-index`). The environment
/// must be one into which nothing was installed. All parameters outlive it.
///
/// A dependency that the index has as an sdist alone is built here, so its backend runs while pip can read
/// the index.
class ReleaseDownload {
 public:
  /// Shows and keeps checks; false where one refuses.
  using Examine = std::function<bool(Checks)>;

  ReleaseDownload(const SmokePolicy& policy, const SmokeInput& input, const SmokeTools& tools,
                  SmokeEnvironment& environment, Examine examine)
      : policy_(policy),
        input_(input),
        tools_(tools),
        environment_(environment),
        examine_(std::move(examine)) {}

  /// Where the files are.
  static Path folder(const SmokeEnvironment& environment) { return environment.folder() / "downloads"; }

  /// Has pip resolve the release with the policy's extras and requirements, and all dependencies, as a user's
  /// would, then download what it chose; of the release only a wheel with the promoted bytes. The report is
  /// pip's, of the resolution; nullopt where a check refused.
  Result<std::optional<PipReport>> fetch_wheel(const std::vector<const dist::ManifestEntry*>& wheels);

  /// Copies the promoted sdist, which pip cannot download without running its backend, and has pip download
  /// the dependencies that its PKG-INFO names, also for the policy's extras, and the build requirements of
  /// its pyproject.toml. False where a check refused.
  Result<bool> fetch_for_sdist(const dist::ManifestEntry& sdist);

 private:
  struct Needs;
  Result<std::optional<PipReport>> resolve(std::string_view expected, const std::string& requirements);
  Result<ProcessResult> download(std::string_view what, const std::string& requirements,
                                 std::vector<std::string> options);
  Result<bool> download_pinned(std::string_view what, const std::string& pins);
  Result<bool> download_build_requirements(const std::string& requirements);
  Result<std::optional<Needs>> read_needs(const Path& sdist);
  Result<bool> fetch_dependencies(const std::string& requirements);
  Status copy(const Path& from, const Path& to);
  std::string further_requirements() const;
  bool decide_dependencies_of(const PipReport& report);
  Result<Path> write_requirements(const std::string& requirements);
  bool finished(std::string_view id, std::string_view expected, const ProcessResult& result,
                const Cause& cause);
  bool pip_finished(std::string_view id, std::string_view expected, const ProcessResult& result);

  const SmokePolicy& policy_;
  const SmokeInput& input_;
  const SmokeTools& tools_;
  SmokeEnvironment& environment_;
  Examine examine_;
  int files_ = 0;
};

}  // namespace packhouse::smoke
