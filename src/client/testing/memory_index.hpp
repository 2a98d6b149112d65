#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/testing/memory_sessions.hpp"
#include "http/client.hpp"

namespace packhouse::client::testing {

inline constexpr std::string_view index_root_url = "https://index.example/";
inline constexpr std::string_view index_upload_url = "https://index.example/legacy/";
inline constexpr std::string_view index_simple_url = "https://index.example/simple/";

/// An index in memory, seen as a client sees it: legacy upload, one HTML page for every project, files, and
/// publishing sessions where a test switches them on. One thread at a time.
class MemoryIndex final : public http::Client {
 public:
  /// What becomes of an upload: whether the file is kept, and what is answered.
  struct Fate {
    bool kept = true;
    Result<http::ClientResponse> reply = answer(200);
  };

  MemoryIndex() = default;
  MemoryIndex(const MemoryIndex&) = delete;
  MemoryIndex& operator=(const MemoryIndex&) = delete;

  static http::ClientResponse answer(int status, std::string body = {});

  Result<http::ClientResponse> send(const http::ClientRequest& request) override;

  std::map<std::string, std::string> files;
  std::vector<std::string> uploads;  ///< filenames, in order
  std::vector<Fate> next_uploads;
  /// A Packhouse index: it has the API that blocks and yanks, for its one project.
  bool packhouse = false;
  /// It has publishing sessions (Upload 2.0).
  bool can_stage = false;
  /// What it states as `Packhouse-Index` at the address for uploads, and on its pages.
  std::optional<std::string> upload_identity;
  std::optional<std::string> simple_identity;
  std::map<std::string, std::string> labels;   ///< version to the label of its release
  std::map<std::string, std::string> blocked;  ///< version to reason
  std::map<std::string, std::string> yanked;   ///< version to reason
  std::vector<std::string> changes;            ///< "block 1.0", in order
  /// Answers of the next changes, instead of doing them or after it.
  std::vector<Fate> next_changes;
  int hidden_reads = 0;  ///< so many reads of the page show nothing yet
  int reads = 0;
  /// The bytes of an uploaded file; by default those at its path.
  std::function<std::string(const http::FormFile&)> content;
  /// May make any request fail before anything happens.
  std::function<Status(const http::ClientRequest&)> before = nullptr;
  MemorySessions sessions{std::string(index_root_url), {files, labels, blocked}};

 private:
  Result<http::ClientResponse> upload(const http::ClientRequest& request);
  Result<http::ClientResponse> change(const http::ClientRequest& request);
  http::ClientResponse page();
  http::ClientResponse detail();
};

}  // namespace packhouse::client::testing
