#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/redactor.hpp"
#include "client/index_address.hpp"
#include "client/index_client.hpp"
#include "console/console.hpp"
#include "dist/manifest.hpp"
#include "evidence/check.hpp"
#include "pep/release_name.hpp"
#include "smoke/expectation.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

// What a smoke check is told, what it uses and what it gives.
namespace packhouse::smoke {

struct SmokeCommand {
  std::vector<std::string> words;  ///< a program that the package installs, and its arguments
  std::vector<Expectation> expects = {};
};

/// Whether the package's programs run in namespaces of their own (Containment::namespaces).
enum class Isolation : std::uint8_t {
  automatic,  ///< where the kernel allows it; a warning elsewhere
  required,   ///< nothing is released where it does not
  off,
};

struct SmokePolicy {
  std::vector<SmokeCommand> commands = {};
  std::vector<std::string> extras = {};  ///< of the release, installed with it; normalised
  std::vector<std::string> requirements =
      {};                                     ///< installed beside it, without address; as Requirement::str()
  std::vector<std::string> imports = {};      ///< modules that must import
  std::chrono::seconds timeout{60};           ///< for each command and each import
  std::chrono::seconds install_timeout{900};  ///< for each call of pip
  /// Each a path, or a name in PATH. All of them are used; the sdist is tried with the first.
  std::vector<std::string> pythons = {"python3"};
  bool sdist = false;  ///< once more from the sdist, which pip then builds
  /// "pip", "uv": what must get the public release; empty: pip, and uv where there is one (find_clients).
  std::vector<std::string> clients = {};
  Isolation isolation = Isolation::automatic;
  std::vector<Path> hidden = {};  ///< what the package's programs find empty where they are isolated
};

/// "demo[qcodes]==1.0"
std::string requirement_of(const ReleaseName& release, const std::vector<std::string>& extras);

/// Of what a release is tried by.
json::Object to_json(const SmokePolicy& policy);

/// What is to be installed, and how to tell that it was.
struct SmokeInput {
  ReleaseName release;
  dist::Manifest manifest;     ///< the promoted files
  client::IndexAddress index;  ///< what pip is pointed to
  /// Where the promoted file itself comes from while it is not public; everything else is the index's. Who
  /// knows this address can open it, so it is in no argument.
  std::optional<http::Url> stage = std::nullopt;
  /// What the index's page says of this release, once it serves these files.
  std::function<Result<std::vector<client::PageLink>>(const std::vector<std::string>& filenames)> links;
  /// Returns once all of the release is on the index; before, nothing of it is run. Empty: it is.
  std::function<Status()> complete = {};
  /// A local copy of one of the files, whose bytes have been compared with the manifest.
  std::function<Result<Path>(const dist::ManifestEntry&)> file;
};

/// How pip reaches the index. Only pip: the package's own programs are given none of it.
struct PipNetwork {
  Path authorities = {};  ///< PEM, in place of those that pip trusts by itself; empty: those
  std::vector<std::pair<std::string, std::string>> proxies = {};  ///< variables for its environment
};

struct SmokeTools {
  ProcessRunner& processes;
  FileSystem& disk;
  console::Console& console;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH
  PipNetwork network = {};
  std::stop_token stop = {};  ///< nobody wants to know any more: the smoke check ends, `cancelled`
};

struct SmokeResult {
  Checks checks;
  std::string python;  ///< "3.11", or "3.11, 3.13"
  std::string pip;     ///< of each
  Path log;
  bool passed() const { return all_passed(checks); }
  /// A check failed by the release, and not for lack of an index, of a dependency or of a Python.
  bool blames_release() const;
};

}  // namespace packhouse::smoke
