#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "journal/history.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {

/// How the index's page compares with what this machine promoted. Digests are those that the page states:
/// nothing is downloaded; a smoke check proves.
enum class IndexStanding : std::uint8_t {
  not_asked,
  absent,             ///< the page names no file of that version
  as_promoted,        ///< exactly the promoted files; those that are stated have the promoted digests
  incomplete,         ///< some of the promoted files, and nothing else
  different,          ///< another file or another digest than was promoted
  not_promoted_here,  ///< it is there, and no journal of this machine says why
};
std::string_view to_string(IndexStanding standing) noexcept;

/// One version of a project: what this machine's journal and the index say of it.
struct VersionOverview {
  Version version;
  journal::ReleaseState state = {};
  std::optional<std::int64_t> run = std::nullopt;         ///< of the last promotion
  std::optional<std::string> label = std::nullopt;        ///< by the journal or the index's page; for ever
  std::optional<dist::Manifest> manifest = std::nullopt;  ///< of the last verification that passed
  std::optional<Error> broken = std::nullopt;             ///< why its journal is not believed
  IndexStanding standing = IndexStanding::not_asked;
  std::vector<client::PageFile> served = {};
};

/// Where journals are, and how they are read.
struct JournalPlace {
  FileSystem& disk;
  Clock& clock;
  const Redactor& redactor;
  Path state;  ///< the desk's state folder
};

/// The versions that have a journal on this machine, newest first; none where there is no folder.
Result<std::vector<Version>> recorded_versions(const JournalPlace& place, const ProjectName& project);

/// Of every version that has a journal, newest first. A broken journal hides no other.
Result<std::vector<VersionOverview>> read_overview(const JournalPlace& place, const ProjectName& project);

/// Adds what the project's page names, also versions without a journal.
void compare_with_page(std::vector<VersionOverview>& overview, const ProjectName& project,
                       const std::vector<client::PageFile>& page);

json::Object to_json(const VersionOverview& version);

}  // namespace packhouse::desk
