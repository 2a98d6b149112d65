#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "http/client.hpp"

namespace packhouse::client::testing {

/// What an index serves: the files, and by version the label of a release and what it is blocked for.
struct PublishedFiles {
  std::map<std::string, std::string>& files;
  std::map<std::string, std::string>& labels;
  std::map<std::string, std::string>& blocked;
};

/// The publishing sessions of an index in memory, with the rules of docs/upload-2.0.md. Left out:
/// permissions, expiry, limits, and the checks of a file.
class MemorySessions {
 public:
  /// `root` is the index's address, with a slash at its end. What `published` refers to outlives this.
  MemorySessions(std::string root, PublishedFiles published)
      : root_(std::move(root)), published_(published) {}

  /// A request below ROOT/upload/ or ROOT/stage/; nullopt for any other.
  Result<std::optional<http::ClientResponse>> answer(const http::ClientRequest& request);

  /// Without: an index of before, which keeps no verdict on what was staged.
  bool keeps_verdicts = true;

  /// The nonces of the approvals that publications used up.
  const std::set<std::string>& spent() const noexcept { return spent_; }
  /// "1.0 published", in the order in which they were opened.
  std::vector<std::string> sessions() const;

 private:
  struct StagedFile {
    std::string filename;
    std::int64_t size = 0;
    std::string sha256;
    std::string bytes = {};
    std::string status = "pending";
  };
  struct Session {
    std::string token;
    std::string project;
    std::string version;
    std::optional<std::string> label;
    std::string status = "open";
    std::map<std::string, StagedFile> files = {};  ///< by id
    int announced = 0;
  };
  using Parts = std::vector<std::string>;

  Result<http::ClientResponse> below_upload(const http::ClientRequest& request, const Parts& parts);
  Result<http::ClientResponse> of_session(const http::ClientRequest& request, Session& session,
                                          const Parts& rest);
  Result<http::ClientResponse> of_file(const http::ClientRequest& request, Session& session,
                                       const Parts& rest);
  http::ClientResponse below_stage(const Parts& parts);

  http::ClientResponse open(const json::Object& body);
  http::ClientResponse announce(Session& session, const json::Object& body);
  Result<http::ClientResponse> receive(const http::ClientRequest& request, StagedFile& file);
  http::ClientResponse complete(const Session& session, const std::string& id, StagedFile& file);
  http::ClientResponse publish(Session& session, const json::Object& body);
  http::ClientResponse refuse_release(Session& session, const json::Object& body);
  std::optional<http::ClientResponse> refuse_publication(const Session& session,
                                                         const json::Object& body) const;

  Session* find(std::string_view token);
  std::string link(const Session& session) const { return root_ + "upload/" + session.token; }
  json::Object shown(const Session& session) const;
  json::Object shown(const Session& session, const std::string& id, const StagedFile& file) const;

  std::string root_;
  PublishedFiles published_;
  std::vector<Session> sessions_;
  std::set<std::string> spent_;  ///< nonces of approvals
};

/// A link on a project's page.
std::string page_link(const std::string& url, const std::string& filename, const std::string& attributes);

}  // namespace packhouse::client::testing
