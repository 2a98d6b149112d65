#include "client/session_uploader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "client/retried.hpp"
#include "dist/manifest.hpp"

namespace packhouse::client {
namespace {

using Files = std::vector<const ReleaseFile*>;

/// Files that are sent at a time: enough that the index checks one while it takes another and flushes a
/// third.
constexpr std::size_t max_lanes = 4;

bool names(const Files& files, std::string_view filename) {
  return std::ranges::find(files, filename, &ReleaseFile::filename) != files.end();
}

/// What conflicts may be public, by another promotion or upload.
Check stage_check(std::string expected, const Status& staged) {
  const bool conflict = !staged.ok() && staged.error().code == Errc::conflict;
  CheckBuilder exam;
  exam.on({"files", "index"})
      .require("index.stage", staged.ok(), std::move(expected),
               staged.ok() ? "staged" : staged.error().message,
               conflict ? "read the index's reason, and look at what it has of this version; nothing was "
                          "overwritten. A version that is taken is released under a higher number"
                        : "read the index's reason; nothing is public, and nothing was overwritten",
               conflict ? RefusalKind::conflict : RefusalKind::policy);
  return exam.take().front();
}

Check judged(const ReleaseFile& file, const Status& sent) {
  return stage_check("the index to stage " + file.filename, sent);
}

Check publish_check(bool passed, std::string found) {
  CheckBuilder exam;
  exam.on({"index"}).require(
      "index.publish", passed, "every file of this release to be published at once", std::move(found),
      "run the same command again; if it says the same, look at the version on the index",
      RefusalKind::conflict);
  return exam.take().front();
}

/// The index's no to a step that can not be mended by asking again.
bool is_refusal(const Error& error) {
  return error.code == Errc::invalid_input || error.code == Errc::conflict || error.code == Errc::too_large;
}

/// What keeps the session from being published as this release; empty: nothing.
std::string difference(const UploadSession& session, const Files& files) {
  for (const auto& [filename, file] : session.files) {
    if (!names(files, filename)) return fmt::format("{} in the session beside them", quote(filename));
    if (file.status != "completed") return fmt::format("{} is {}", quote(filename), quote(file.status));
  }
  for (const auto* file : files)
    if (!session.files.contains(file->filename)) return file->filename + " is not in the session";
  return {};
}

Result<dist::Manifest> manifest_of(const Files& files) {
  std::vector<dist::ManifestEntry> entries;
  entries.reserve(files.size());
  for (const auto* file : files)
    entries.push_back({file->filename, file->size, file->sha256});
  return dist::Manifest::make(std::move(entries));
}

}  // namespace

Check stage_refusal(const Error& refusal) {
  return stage_check("the index to open a session for this version", refusal);
}

template <typename Question>
auto SessionUploader::asked(const Question& question) -> decltype(question()) {
  return retried(clock_, console_, question);
}

Result<bool> SessionUploader::is_possible() {
  return asked([&] { return sessions_.is_spoken(); });
}

Result<UploadSession> SessionUploader::open(const ReleaseName& release,
                                            const std::optional<std::string>& label) {
  const auto ask = [&] { return sessions_.open(release, label); };
  auto session = asked(ask);
  if (!session.ok() || session->fresh || session->label == label) return session;
  console_.line("  an earlier try opened a session with another label; it is given up, unseen");
  CHECK_OK(remove(session->link));
  return asked(ask);
}

/// Also when it was gone already: an answer may have been lost.
Status SessionUploader::remove(const http::Url& link) {
  const auto gone = asked([&] { return sessions_.remove(link); });
  if (gone.ok() || gone.error().code == Errc::not_found) return success();
  return gone;
}

Status SessionUploader::take_out_others(const UploadSession& session, const Files& files) {
  for (const auto& [filename, file] : session.files) {
    if (names(files, filename) && file.status != "error" && file.status != "canceled") continue;
    console_.line(fmt::format("  {}: left by an earlier try ({}); taken out of the session", quote(filename),
                              quote(file.status)));
    CHECK_OK(remove(file.link));
  }
  return success();
}

Result<AnnouncedFile> SessionUploader::announce(const UploadSession& session, const ReleaseFile& file) {
  auto announced = asked([&] { return sessions_.announce(session, file); });
  const auto there = session.files.find(file.filename);
  if (announced.ok() || announced.error().code != Errc::conflict || there == session.files.end())
    return announced;
  console_.line(
      fmt::format("  {}: an earlier try announced other bytes; they are replaced, unseen", file.filename));
  CHECK_OK(remove(there->second.link));
  return asked([&] { return sessions_.announce(session, file); });
}

Status SessionUploader::send(const UploadSession& session, const ReleaseFile& file) {
  TRY(const auto announced, announce(session, file));
  if (announced.status == "completed") return success();
  const std::string label = "stage " + file.filename;
  const auto progress = console_.transfer(label);
  CHECK_OK(asked([&] { return sessions_.send(announced, file, progress); }));
  console_.transferred(label, file.size);
  return asked([&] { return sessions_.complete(announced); });
}

std::vector<std::optional<Status>> SessionUploader::send_all(const UploadSession& session, const Files& files,
                                                             UploadQueue& arrivals) {
  std::deque<SessionUploader> lanes{*this};
  std::vector<std::unique_ptr<SessionClient>> others;
  while (lanes.size() < std::min(max_lanes, files.size())) {
    auto other = sessions_.another();
    if (!other) break;
    lanes.emplace_back(*others.emplace_back(std::move(other)), clock_, console_);
  }
  std::vector<std::optional<Status>> sent(files.size());
  std::atomic<bool> stopped = false;
  in_parallel(files.size(), lanes.size(), [&](std::size_t lane, std::size_t /*turn*/) {
    const std::size_t i = arrivals.next();
    const UploadQueue::ResumeAtEnd others(arrivals);  // whatever becomes of this one
    if (stopped) return;
    sent[i] = lanes[lane].send(session, *files[i]);
    if (sent[i]->ok()) {
      arrivals.arrived(i);
    } else {
      stopped = true;
    }
  });
  return sent;
}

Result<Checks> SessionUploader::fill(const UploadSession& session, const Files& files, const Note& note,
                                     UploadQueue& arrivals) {
  CHECK_OK(take_out_others(session, files));
  std::vector<json::Object> intents;
  for (const auto* file : files)
    intents.push_back({{"filename", file->filename}, {"sha256", file->sha256.hex()}});
  CHECK_OK(note("intent", intents));
  const auto sent = send_all(session, files, arrivals);

  std::vector<json::Object> outcomes;
  Checks checks;
  std::optional<Error> failure;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!sent[i]) continue;
    const bool ok = sent[i]->ok();
    outcomes.push_back(intents[i]);
    outcomes.back()["result"] = ok ? "staged" : sent[i]->error().message;
    checks.push_back(judged(*files[i], *sent[i]));
    if (!ok && !is_refusal(sent[i]->error())) failure = sent[i]->error();
  }
  CHECK_OK(note("outcome", std::move(outcomes)));
  if (failure) return *std::move(failure);
  return checks;
}

/// The request before this one, whose answer was lost, may have been at work still when the session was read.
Result<Checks> SessionUploader::judge_refusal(const UploadSession& session, const Error& refusal) {
  TRY(const auto now, asked([&] { return sessions_.read(session.link); }));
  const bool published = now.status == "published";
  return Checks{publish_check(published, published ? "published" : refusal.message)};
}

Result<Checks> SessionUploader::publish(const UploadSession& session, const Files& files,
                                        const std::vector<std::string>& approvals) {
  constexpr int max_tries = 4;
  TRY(const auto manifest, manifest_of(files));
  for (int tries = 0;; ++tries) {
    TRY(const auto now, asked([&] { return sessions_.read(session.link); }));
    if (now.status == "published")
      return Checks{publish_check(true, tries == 0 ? "published already" : "published")};
    if (const auto problem = difference(now, files); now.status != "open" || !problem.empty()) {
      return Checks{
          publish_check(false, now.status == "open" ? problem : "the session is " + quote(now.status))};
    }
    const auto published = sessions_.publish(session, manifest.digest(), approvals);
    if (published.ok()) return Checks{publish_check(true, "published")};
    if (is_refusal(published.error())) return judge_refusal(session, published.error());
    if (published.error().code != Errc::unavailable || tries == max_tries) return published.error();
    console_.line("  the answer to publishing was lost; reading the session back");
    clock_.sleep(std::chrono::seconds{1 << tries});
  }
}

Status SessionUploader::cancel(const UploadSession& session) {
  return remove(session.link);
}

Result<bool> SessionUploader::is_canceled(const UploadSession& session) {
  const auto now = asked([&] { return sessions_.read(session.link); });
  if (!now.ok() && now.error().code != Errc::not_found) return now.error();
  return !now.ok() || now->status == "canceled";
}

Result<bool> SessionUploader::refuse(const UploadSession& session, std::string_view reason) {
  if (session.refuse) {
    const auto kept = asked([&] { return sessions_.refuse(session, reason); });
    if (kept.ok()) return true;
    if (!is_refusal(kept.error()) && kept.error().code != Errc::not_found) return kept.error();
    // The answer to the request before this one may have been lost.
    TRY(const bool done, is_canceled(session));
    if (done) return true;
    console_.line("  the index keeps no verdict on this version: " + kept.error().message);
  }
  CHECK_OK(cancel(session));
  return false;
}

}  // namespace packhouse::client
