#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "client/release_file.hpp"
#include "client/session_client.hpp"
#include "client/upload_queue.hpp"
#include "console/console.hpp"
#include "sys/clock.hpp"

namespace packhouse::client {

/// The check `index.stage` of a session that the index does not open for this version.
Check stage_refusal(const Error& refusal);

/// Puts a release on an index that has publishing sessions: all of it where nobody sees it, then all at once.
/// What was asked for without an answer is read back or asked again, which PEP 694 makes sanitize_line. Used
/// on one thread; several files are sent at a time where the client has others of its kind.
class SessionUploader {
 public:
  /// Records the "intent" of some files, and then their "outcome".
  using Note = std::function<Status(std::string_view phase, std::vector<json::Object> details)>;

  /// Everything outlives it.
  SessionUploader(SessionClient& sessions, Clock& clock, console::Console& console)
      : sessions_(sessions), clock_(clock), console_(console) {}

  Result<bool> is_possible();
  /// The release's session, which an earlier try may have opened. One that was opened with another label is
  /// given up for a new one; where that has not the label either, the index keeps none.
  Result<UploadSession> open(const ReleaseName& release,
                             const std::optional<std::string>& label = std::nullopt);
  /// Brings the session to hold exactly these files of the candidate: the checks `index.stage`, one for each.
  /// What else an earlier try left in it is taken out. After a refusal no other file is begun. `arrivals` is
  /// of the same files.
  Result<Checks> fill(const UploadSession& session, const std::vector<const ReleaseFile*>& files,
                      const Note& note, UploadQueue& arrivals);
  /// The check `index.publish`: whether everything in the session is published, and nothing else was.
  /// `approvals`: the nonces of the owners' approvals that this uses up.
  Result<Checks> publish(const UploadSession& session, const std::vector<const ReleaseFile*>& files,
                         const std::vector<std::string>& approvals = {});
  /// Gives the session up. One that is gone already is no error.
  Status cancel(const UploadSession& session);
  /// Gives the session up and has the index block its version for `reason`. False where it does not: it keeps
  /// no verdicts, or has files of the version already.
  Result<bool> refuse(const UploadSession& session, std::string_view reason);

 private:
  Status take_out_others(const UploadSession& session, const std::vector<const ReleaseFile*>& files);
  Result<AnnouncedFile> announce(const UploadSession& session, const ReleaseFile& file);
  Status remove(const http::Url& link);
  Result<bool> is_canceled(const UploadSession& session);
  Result<Checks> judge_refusal(const UploadSession& session, const Error& refusal);
  Status send(const UploadSession& session, const ReleaseFile& file);
  /// What became of each; nothing of those that were not begun, after a failure.
  std::vector<std::optional<Status>> send_all(const UploadSession& session,
                                              const std::vector<const ReleaseFile*>& files,
                                              UploadQueue& arrivals);
  template <typename Question>
  auto asked(const Question& question) -> decltype(question());

  SessionClient& sessions_;
  Clock& clock_;
  console::Console& console_;
};

}  // namespace packhouse::client
