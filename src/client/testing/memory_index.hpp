#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/client.hpp"

namespace packhouse::client::testing {

inline constexpr std::string_view index_upload_url = "https://index.example/legacy/";
inline constexpr std::string_view index_simple_url = "https://index.example/simple/";

/// An index in memory, seen as a client sees it: legacy upload, one HTML page for every project, files.
class MemoryIndex final : public http::Client {
 public:
  /// What becomes of an upload: whether the file is kept, and what is answered.
  struct Fate {
    bool kept = true;
    Result<http::ClientResponse> reply = answer(200);
  };

  static http::ClientResponse answer(int status, std::string body = {});

  Result<http::ClientResponse> send(const http::ClientRequest& request) override;

  std::map<std::string, std::string> files;
  std::vector<std::string> uploads;  ///< filenames, in order
  std::vector<Fate> next_uploads;
  /// A Packhouse index: it has the API that blocks and yanks, for its one project.
  bool packhouse = false;
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

 private:
  Result<http::ClientResponse> upload(const http::ClientRequest& request);
  Result<http::ClientResponse> change(const http::ClientRequest& request);
  http::ClientResponse page();
  http::ClientResponse detail();
};

}  // namespace packhouse::client::testing
