#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "client/session_client.hpp"
#include "console/console.hpp"
#include "forge/forge.hpp"
#include "journal/approval.hpp"
#include "smoke/smoke_check.hpp"
#include "source/source_settings.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::desk {

/// Whether a release is staged before it is public, and published once its smoke check has passed.
enum class Staging : std::uint8_t {
  automatic,  ///< where the index supports it and the credential allows it
  required,   ///< a release that cannot be staged is refused
  off,        ///< legacy uploads
};

/// The settings of every promotion of a project.
struct DeskSettings {
  source::SourceSettings source;
  smoke::SmokePolicy smoke;
  client::IndexAddress upload;
  client::IndexAddress simple;
  std::uint64_t max_file_bytes = 4ULL << 30U;
  std::chrono::seconds index_wait{120};  ///< for an upload to become visible
  Staging staging = Staging::automatic;
  bool index_has_root = true;       ///< the index lists its projects at the address for reading
  bool plain_http_allowed = false;  ///< to an index on another machine
};

/// The request for one release, from any source.
struct ReleaseRequest {
  Version version;
  bool dry_run = false;
  Path state;  ///< the desk's state folder
  std::string actor;
  std::vector<journal::Approval> approvals = {};
};

/// The outside world. Everything outlives the promotion.
struct DeskTools {
  forge::Forge& forge;
  client::IndexClient& index;
  client::SessionClient& sessions;
  FileSystem& disk;
  ProcessRunner& processes;
  Clock& clock;
  console::Console& console;
  const Redactor& redactor;
  std::string search_path;  ///< $PATH for the smoke check's programs
  /// Adds a secret issued by the index to the redactor.
  std::function<void(const Secret&)> learn;
  smoke::PipNetwork network = {};

  source::SourceTools source() const {
    return {.forge = forge, .disk = disk, .processes = processes, .clock = clock, .console = console};
  }
};

}  // namespace packhouse::desk
