#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "commands/commands.hpp"
#include "index/release_lifecycle.hpp"
#include "wiring/remote_index.hpp"

namespace packhouse::app {

/// What the commands on a project, or on a release of it, share on the command line.
struct ProjectOptions {
  std::string data = "packhouse-data";
  std::optional<std::string> url;
  std::string index{main_index};
  std::string project;

  void add_to(Command command, const char* index_about = "Its name");
  /// The server of --url.
  Result<RemoteIndex> open_remote() const;
  /// The project's place in the admin API.
  std::string path() const;
};

/// A server's answer, as ReleaseLifecycle gives it.
Result<index::StateChange> read_change(const json::Object& answer);

/// "demo 1.0: yanked", or that it was so already.
void print_change(const index::StateChange& change, std::string_view done);

}  // namespace packhouse::app
