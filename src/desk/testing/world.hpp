#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/index_client.hpp"
#include "client/testing/memory_index.hpp"
#include "console/console.hpp"
#include "journal/journal.hpp"
#include "smoke/testing/fake_pip.hpp"
#include "sys/temporary_folder.hpp"
#include "sys/testing/faulty_file_system.hpp"
#include "sys/testing/scripted_process_runner.hpp"
#include "sys/testing/unsynced_file_system.hpp"

namespace packhouse::desk::testing {

/// A desk whose index and programs are in memory; only the disk is real. `project` is the one it releases.
class World {
 protected:
  explicit World(std::string project_name) : project_(std::move(project_name)) {}

  static client::IndexAddress address(std::string_view url) {
    return {http::Url::parse(url).value(), std::nullopt};
  }
  Path release_path(std::string_view version) const {
    return journal::release_folder(state.path(), ReleaseName::parse(project_, version).value());
  }
  journal::Journal journal(std::string_view version) {
    return journal::Journal::open(*disk, clock, redactor, release_path(version)).value();
  }
  /// The entries of the journal: "preflight intent", "preflight outcome", …
  std::vector<std::string> record(std::string_view version) {
    std::vector<std::string> lines;
    const journal::Journal written = journal(version);
    for (const auto& entry : written.entries())
      lines.push_back(entry.step + " " + entry.phase);
    return lines;
  }

  std::unique_ptr<FileSystem> disk = std::make_unique<UnsyncedFileSystem>();
  FaultyFileSystem faulty{*disk};
  TemporaryFolder state = TemporaryFolder::make().value();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  std::string shown;
  console::Console console{{.text = [this](std::string_view text) { shown += text; }}, redactor, clock};
  ScriptedProcessRunner processes;
  smoke::testing::FakePip pip{processes};
  client::testing::MemoryIndex index;

 private:
  std::string project_;
};

}  // namespace packhouse::desk::testing
