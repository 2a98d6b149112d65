#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/index_client.hpp"
#include "client/release_file.hpp"
#include "http/client.hpp"

namespace packhouse::client {

/// A file in a publishing session.
struct SessionFile {
  std::string status;  ///< "pending", "completed", "error", "canceled", …
  http::Url link;
};

/// A publishing session as the index tells of it.
struct UploadSession {
  http::Url link;
  std::string status;  ///< "open", "processing", "published", "canceled", "error"
  http::Url upload;
  http::Url publish;
  http::Url stage;  ///< the Simple API root that shows the session
  /// "_refuse", a link of Packhouse's own; unset: the index keeps no verdict on what was staged.
  std::optional<http::Url> refuse = {};
  std::map<std::string, SessionFile> files;
  std::optional<std::string> label = {};  ///< "_label", a key of Packhouse's own
  bool fresh = false;                     ///< opened just now
};

/// A file that was announced: where its bytes and its end go.
struct AnnouncedFile {
  std::string status;
  http::Url link;
  http::Url bytes;
  http::Url complete;
};

/// Upload 2.0 (PEP 694, round 4) as a client speaks it, by the mechanism "http-post-bytes". Each method is
/// one request and repeats nothing. Errors: unavailable when there was no answer or none that can be relied
/// upon (also 5xx, 429): what was asked for may have happened; unauthenticated, forbidden, not_found,
/// conflict, too_large as the index said; invalid_input for every other refusal. The index's own words are
/// quoted in the message. A link to another origin than the root's is refused: a session's links open it.
/// Used on one thread; `client` outlives it.
class SessionClient {
 public:
  SessionClient(http::Client& client, IndexAddress root) : client_(client), root_(std::move(root)) {}

  /// The same index through connections of its own, for another thread; null: there is only this one.
  std::unique_ptr<SessionClient> another() const;

  /// Whether Upload 2.0 is spoken at the root: a GET there, which changes nothing, is refused in the form
  /// that PEP 694 prescribes. unavailable where the answer tells of a fault and not of the index.
  Result<bool> is_spoken();
  /// The index itself answered 403 to the last open(): its credential may not stage.
  bool may_not_stage() const noexcept { return may_not_stage_; }

  /// A new session for that version, or the one that is open already, whatever its label.
  Result<UploadSession> open(const ReleaseName& release,
                             const std::optional<std::string>& label = std::nullopt);
  Result<UploadSession> read(const http::Url& link);
  /// The same file session again for an announcement that is repeated.
  Result<AnnouncedFile> announce(const UploadSession& session, const ReleaseFile& file);
  Status send(const AnnouncedFile& announced, const ReleaseFile& file, const Progress& progress);
  Status complete(const AnnouncedFile& announced);
  /// Takes a file out of the session, or gives the session up.
  Status remove(const http::Url& link);
  /// Gives the session up, and has the index block its version. Only where the session has that link.
  Status refuse(const UploadSession& session, std::string_view reason);
  /// `approvals`: the nonces of the owners' approvals that this uses up.
  Status publish(const UploadSession& session, const Sha256& manifest,
                 const std::vector<std::string>& approvals = {});

  const http::Url& root() const noexcept { return root_.url; }

 private:
  SessionClient(std::unique_ptr<http::Client> own, IndexAddress root)
      : own_(std::move(own)), client_(*own_), root_(std::move(root)) {}

  struct Answer {
    http::ClientResponse response;
    json::Object body;
  };
  http::ClientRequest request(http::Method method, const http::Url& url) const;
  http::ClientRequest post(const http::Url& url, json::Object body) const;
  Result<http::ClientResponse> ask(const http::ClientRequest& request, int expected);
  Result<json::Object> ask_for_body(const http::ClientRequest& request, int expected);
  Result<http::Url> link(std::string_view text) const;
  Result<http::Url> link(const json::Object& links, std::string_view name) const;
  Result<UploadSession> read_session(const json::Object& body) const;

  std::unique_ptr<http::Client> own_ = nullptr;
  http::Client& client_;
  IndexAddress root_;
  bool may_not_stage_ = false;
};

/// Where an index that takes legacy uploads at `upload` has Upload 2.0, if it has: "upload/" beside it.
http::Url session_root(const http::Url& upload);

/// The part of a session's address that opens it, to be masked wherever it could be shown.
Secret session_secret(const UploadSession& session);

}  // namespace packhouse::client
