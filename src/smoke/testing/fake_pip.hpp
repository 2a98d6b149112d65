#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "sys/testing/scripted_process_runner.hpp"

namespace packhouse::smoke::testing {

/// Scripts a Python whose pip installs wheels from memory: it makes no environment and runs no code. Tests
/// change what it does by adding rules to the runner afterwards: a later rule goes first.
class FakePip {
 public:
  /// Filename to bytes: what the index would give.
  explicit FakePip(ScriptedProcessRunner& runner);

  std::map<std::string, std::string> wheels;
  std::string index = "https://index.example/simple/";
  /// What its resolver chooses for the bare name; empty: it finds nothing.
  std::string chosen;
  /// Pins that it would install.
  std::set<std::string> pins;
  /// Changes each report that pip writes; called with the report's text.
  std::function<std::string(std::string)> edit_report = nullptr;
  /// Called after the files are in place, with the folder of site-packages.
  std::function<void(const Path& site)> after_install = nullptr;
  /// What was in pip's .netrc while it downloaded, if there was one.
  std::string netrc;
  /// The requirements that it downloaded.
  std::string requirements;

  /// What the environment's interpreter says of itself.
  Result<ProcessResult> describe(const Command& command) const;
  /// Its resolver's answer to requirements that are pins of wheels.
  Result<ProcessResult> find(const Command& command);

 private:
  Result<ProcessResult> download(const Command& command);
  Result<ProcessResult> install(const Command& command) const;
  Result<ProcessResult> resolve(const Command& command) const;
  Result<ProcessResult> fetch(const Command& command) const;
  void unpack(const std::string& bytes, const Path& site) const;
  std::string report(const std::string& filename, const std::string& bytes) const;
};

}  // namespace packhouse::smoke::testing
