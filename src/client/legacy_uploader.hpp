#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "client/index_client.hpp"
#include "client/release_file.hpp"
#include "console/console.hpp"
#include "dist/manifest.hpp"
#include "sys/clock.hpp"

namespace packhouse::client {

/// Puts a release on an index by legacy uploads, and reads back what came of it. A result that is not known
/// (no answer, a broken one) is read back from the index, never repeated blindly.
class LegacyUploader {
 public:
  /// Records an upload's "intent" and "outcome".
  using Note = std::function<Status(std::string_view phase, json::Object detail)>;

  /// Everything outlives it. `wait`: how long an upload may take to become visible.
  LegacyUploader(IndexClient& index, Clock& clock, console::Console& console, std::chrono::seconds wait,
                 std::uint64_t max_file_bytes)
      : index_(index), clock_(clock), console_(console), wait_(wait), max_file_bytes_(max_file_bytes) {}

  /// Where the page says that the files of that version are, and what the index serves of them; after retries
  /// where it does not answer.
  Result<std::vector<PageLink>> links(const ReleaseName& release);
  Result<IndexRelease> read_back(const ReleaseName& release, const std::stop_token& stop = {});

  /// IndexClient::prove_simple() of the page that was read last, after retries.
  Result<SimpleProof> prove_simple();
  /// IndexClient::upload_identity(), after retries.
  Result<std::optional<std::string>> upload_identity();

  /// Uploads what `served` lacks. The checks `index.upload`, one for each file that was sent. Before a second
  /// file is sent, the index must serve the first: an upload that arrives elsewhere exposes no whole release
  /// there.
  Result<Checks> publish(const ReleaseName& release, std::span<const ReleaseFile> files,
                         const IndexRelease& served, const Note& note);

  /// Until the index's page names every file; unavailable when it does not in time.
  Status wait_for(const ReleaseName& release, const dist::Manifest& manifest);

 private:
  /// How a file stands on the index.
  enum class Standing { absent, same, other };

  Result<Check> upload(const ReleaseName& release, const ReleaseFile& file);
  /// Fails the check unless the index serves what it just accepted.
  Result<Check> read_first_back(const ReleaseName& release, const ReleaseFile& file, Check accepted);
  Result<Standing> look(const ReleaseName& release, const ReleaseFile& file);
  Result<Standing> look_until_seen(const ReleaseName& release, const ReleaseFile& file,
                                   std::chrono::seconds patience);
  IndexClient& index_;
  Clock& clock_;
  console::Console& console_;
  std::chrono::seconds wait_;
  std::uint64_t max_file_bytes_;
};

/// The sdist first and wheels after it: installers that prefer wheels then see none before all is there, and
/// with a wheel there is always the sdist.
std::vector<const ReleaseFile*> upload_order(std::span<const ReleaseFile> files);

}  // namespace packhouse::client
