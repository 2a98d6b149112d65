#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/index_client.hpp"
#include "journal/history.hpp"
#include "journal/release_state.hpp"

namespace packhouse::desk {

/// How the index's page compares with what this machine promoted. The digests are those on the page: nothing
/// is downloaded, so only a smoke check proves the bytes.
enum class IndexState : std::uint8_t {
  not_asked,
  absent,             ///< the page names no file of that version
  as_promoted,        ///< exactly the promoted files; the stated digests are the promoted ones
  incomplete,         ///< some of the promoted files, and nothing else
  different,          ///< a file or a digest that was not promoted
  not_promoted_here,  ///< it is there, but no journal of this machine has it
};
std::string_view to_string(IndexState state) noexcept;

/// One version of a project by this machine's journal and by the index.
struct VersionOverview {
  Version version;
  journal::ReleaseState state = {};
  std::optional<std::int64_t> run = std::nullopt;         ///< of the last promotion
  std::optional<std::string> label = std::nullopt;        ///< by the journal or the index's page
  std::optional<dist::Manifest> manifest = std::nullopt;  ///< of the last verification that passed
  std::optional<Error> broken = std::nullopt;             ///< why its journal cannot be used
  IndexState index = IndexState::not_asked;
  std::vector<client::PageFile> served = {};
  /// Those of them that this machine did not promote, where it promoted the version: added by others, or with
  /// another digest than was promoted.
  std::vector<client::PageFile> foreign = {};
};

/// Where the journals are, and what reading them needs.
struct JournalPlace {
  FileSystem& disk;
  Clock& clock;
  const Redactor& redactor;
  Path state;  ///< the desk's state folder
};

/// The versions that have a journal on this machine, newest first; none where there is no folder.
Result<std::vector<Version>> recorded_versions(const JournalPlace& place, const ProjectName& project);

/// Every version that has a journal, newest first. A broken journal does not hide the others.
Result<std::vector<VersionOverview>> read_overview(const JournalPlace& place, const ProjectName& project);

/// Adds the files on the project's page, also of versions without a journal.
void compare_with_page(std::vector<VersionOverview>& overview, const ProjectName& project,
                       const std::vector<client::PageFile>& page);

json::Object to_json(const VersionOverview& version);

}  // namespace packhouse::desk
