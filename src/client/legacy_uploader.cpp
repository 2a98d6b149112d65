#include "client/legacy_uploader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/retried.hpp"

namespace packhouse::client {
namespace {

using std::chrono::seconds;

constexpr int max_uploads = 3;
// After an answer that was lost: long enough for an index that lists a file once its job has run.
constexpr seconds patience_after_silence{20};

Check upload_check(const ReleaseFile& file, bool passed, std::string found, std::string_view hint) {
  CheckBuilder exam;
  exam.on({"files", "index"})
      .require("index.upload", passed, "the index to hold " + file.filename, std::move(found), hint,
               RefusalKind::conflict);
  return exam.take().front();
}

/// 1, 2, 4, 8, 8, … seconds.
seconds pause(int round) {
  return seconds(1 << std::min(round, 3));
}

}  // namespace

std::vector<const ReleaseFile*> upload_order(std::span<const ReleaseFile> files) {
  std::vector<const ReleaseFile*> order;
  for (const bool wheels : {false, true}) {
    for (const ReleaseFile& file : files)
      if (file.is_wheel() == wheels) order.push_back(&file);
  }
  return order;
}

Result<IndexRelease> LegacyUploader::read_back(const ReleaseName& release, const std::stop_token& stop) {
  return retried(clock_, console_, [&] { return index_.release(release, max_file_bytes_, stop); });
}

Result<std::vector<PageLink>> LegacyUploader::links(const ReleaseName& release) {
  return retried(clock_, console_, [&] { return index_.links(release); });
}

Result<LegacyUploader::Standing> LegacyUploader::look(const ReleaseName& release, const ReleaseFile& file) {
  TRY(const auto page, links(release));
  for (const PageLink& link : page) {
    if (link.file.filename != file.filename) continue;
    TRY(const auto served, retried(clock_, console_, [&] { return index_.fetch(link, max_file_bytes_); }));
    return served.sha256 == file.sha256 ? Standing::same : Standing::other;
  }
  return Standing::absent;
}

Result<LegacyUploader::Standing> LegacyUploader::look_until_seen(const ReleaseName& release,
                                                                 const ReleaseFile& file, seconds patience) {
  const Timestamp end = clock_.now() + patience;
  for (int round = 0;; ++round) {
    TRY(const auto standing, look(release, file));
    if (standing != Standing::absent || clock_.now() + pause(round) > end) return standing;
    clock_.sleep(pause(round));
  }
}

Result<Check> LegacyUploader::upload(const ReleaseName& release, const ReleaseFile& file) {
  using Kind = UploadAnswer::Kind;
  std::string reason;
  for (int attempt = 1; attempt <= max_uploads; ++attempt) {
    const std::string label = "upload " + file.filename;
    TRY(const auto answer, index_.upload(file, console_.transfer(label)));
    reason = answer.reason;
    if (answer.kind == Kind::accepted) {
      console_.transferred(label, file.size);
      return upload_check(file, true, "accepted", "");
    }
    if (answer.kind == Kind::refused) {
      return upload_check(file, false, "refused: " + reason,
                          "read the index's reason; nothing was overwritten");
    }
    const bool exists = answer.kind == Kind::exists;
    console_.line(fmt::format("  {}: {}; reading back what the index holds", file.filename,
                              exists ? "it is there already" : "the answer was lost (" + reason + ")"));
    TRY(const auto standing, look_until_seen(release, file, exists ? wait_ : patience_after_silence));
    if (standing == Standing::same) return upload_check(file, true, "there, the same bytes", "");
    if (standing == Standing::other) {
      return upload_check(file, false, "other bytes under this name",
                          "bump the version: what was once released is never overwritten");
    }
    if (exists) {
      return upload_check(file, false,
                          "the index says that it has this file and does not serve it: " + reason,
                          "the file may have been deleted, which retires its name: bump the version");
    }
    // Seen to be absent: sending it again is no blind repetition.
  }
  return Error{Errc::unavailable,
               fmt::format("expected the index to take {}, found {}", file.filename, reason),
               "run the same command again: it goes on from what the index holds"};
}

Result<SimpleProof> LegacyUploader::prove_simple() {
  return retried(clock_, console_, [&] { return index_.prove_simple(); });
}

Result<std::optional<std::string>> LegacyUploader::upload_identity() {
  return retried(clock_, console_, [&] { return index_.upload_identity(); });
}

Result<Check> LegacyUploader::read_first_back(const ReleaseName& release, const ReleaseFile& file,
                                              Check accepted) {
  TRY(const auto standing, look_until_seen(release, file, wait_));
  if (standing == Standing::same) return accepted;
  if (standing == Standing::other) {
    return upload_check(file, false, "accepted, and other bytes served under this name",
                        "bump the version: what was once released is never overwritten");
  }
  return Error{Errc::unavailable,
               fmt::format("expected the index to serve {} within {} s, found nothing at {}", file.filename,
                           wait_.count(), index_.simple_url().str()),
               "nothing else was sent. Check that PRIVATE_INDEX_PIP_INDEX_URL reads the index that "
               "PRIVATE_INDEX_REPOSITORY_URL uploads to, or allow more time with `wait-seconds`"};
}

Result<Checks> LegacyUploader::publish(const ReleaseName& release, std::span<const ReleaseFile> files,
                                       const IndexRelease& served, const Note& note) {
  Checks checks;
  bool first = served.files.empty() && files.size() > 1;
  for (const ReleaseFile* file : upload_order(files)) {
    if (std::ranges::find(served.files, file->filename, &ServedFile::filename) != served.files.end()) {
      checks.push_back(upload_check(*file, true, "there already, the same bytes", ""));
      continue;
    }
    CHECK_OK(note("intent", {{"filename", file->filename}, {"sha256", file->sha256.hex()}}));
    auto check = upload(release, *file);
    if (first && check.ok() && check->passed) check = read_first_back(release, *file, *check);
    first = false;
    CHECK_OK(note("outcome", {{"filename", file->filename},
                              {"sha256", file->sha256.hex()},
                              {"result", check.ok() ? check->found : check.error().message}}));
    if (!check.ok()) return check.error();
    checks.push_back(*check);
    if (!check->passed) break;
  }
  return checks;
}

Status LegacyUploader::wait_for(const ReleaseName& release, const dist::Manifest& manifest) {
  const Timestamp end = clock_.now() + wait_;
  for (int round = 0;; ++round) {
    TRY(const auto page, links(release));
    const auto is_named = [&](const dist::ManifestEntry& entry) {
      return std::ranges::any_of(page,
                                 [&](const PageLink& link) { return link.file.filename == entry.filename; });
    };
    if (std::ranges::all_of(manifest.entries(), is_named)) return success();
    if (clock_.now() + pause(round) > end) {
      return Error{
          Errc::unavailable,
          fmt::format("expected the index page to name every file within {} s, found {} of {}", wait_.count(),
                      std::ranges::count_if(manifest.entries(), is_named), manifest.entries().size()),
          "run the same command again, or allow more with `wait-seconds`"};
    }
    console_.line("  not all files are on the index page yet: waiting");
    clock_.sleep(pause(round));
  }
}

}  // namespace packhouse::client
