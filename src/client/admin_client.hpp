#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "http/client.hpp"

namespace packhouse::client {

/// The admin API of a Packhouse index. Follows no redirect. Used on one thread.
class AdminClient {
 public:
  using Auth = decltype(http::ClientRequest::auth);

  /// `root` is the address of the index, with a slash at its end; `http` outlives this.
  AdminClient(http::Client& http, http::Url root, Auth auth);

  struct Answer {
    int status = 0;
    std::string reason;                    ///< of the status line
    std::optional<json::Object> document;  ///< nullopt for a body that is no JSON object
    bool problem = false;  ///< a refusal as RFC 9457 has it, which no other server gives for such an address

    /// The "detail" of a problem, or "".
    std::string detail() const;
  };

  /// Any answer, whatever its status. `path` is relative to the root. Errors are those of http::Client.
  Result<Answer> send(http::Method method, std::string_view path, const json::Object& body = {});

  /// The document of a 2xx answer, or the refusal as an Error of the like kind with the server's message and
  /// hint. unavailable for a 2xx answer without a JSON object.
  Result<json::Object> call(http::Method method, std::string_view path, const json::Object& body = {});

 private:
  http::Client* http_;
  http::Url root_;
  Auth auth_;
};

/// "api/v1/projects/NAME"
std::string project_path(std::string_view project);
/// "api/v1/projects/NAME/releases/VERSION/VERB"
std::string release_path(std::string_view project, std::string_view version, std::string_view verb);

}  // namespace packhouse::client
