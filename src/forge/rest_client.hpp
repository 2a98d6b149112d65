#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "forge/forge.hpp"
#include "http/client.hpp"
#include "http/retry.hpp"
#include "sys/clock.hpp"

namespace packhouse::forge {

/// In what one forge's REST API differs from another's, apart from its documents.
struct ForgeDialect {
  std::string name;                                               ///< "GitHub", for people
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< sent with every question
  std::string request_id = {};          ///< the field that names an answer, for the forge's support
  std::string wanted_permissions = {};  ///< the field of a refusal that says what the token lacks
  std::string token_variable;           ///< "GITHUB_TOKEN"
  std::string needed_rights;            ///< what the token must be able to read
  std::string url_variable;             ///< "GITHUB_API_URL"
};

struct ForgeAccess {
  std::string api_url;
  Secret token;
  /// All waiting for rate limits and failures together; more is rate_limited or unavailable.
  std::chrono::seconds max_wait{300};
  /// Told before each wait.
  std::function<void(const http::Wait&)> on_wait = nullptr;
};

/// Questions to a forge's REST API, with the retries that the host asks for. Only ever used for what changes
/// nothing. The token goes to the API's own origin and nowhere else; redirects are followed by hand, of the
/// API on its own origin only, of a download over https, or on the loopback from the loopback. Errors are
/// those of Forge. Used on one thread; `client` and `clock` outlive it.
class ForgeApi {
 public:
  struct Answer {
    json::Value document;
    http::Headers headers;
    std::string request_id;

    /// Facts of this answer, with the name that the forge's support knows it by.
    template <typename Facts>
    Facts told(Facts facts) const {
      if (!request_id.empty()) facts.evidence.requests.push_back(request_id);
      return facts;
    }
  };
  struct Pages {
    std::vector<json::Value> documents;  ///< each whole, in order
    std::vector<std::string> requests;
    http::Headers first_headers;
  };

  /// invalid_input for an API URL that is not https (http is allowed on the loopback only) or carries
  /// credentials.
  static Result<ForgeApi> make(ForgeDialect dialect, ForgeAccess access, http::Client& client, Clock& clock);

  /// The API's address without a slash at its end.
  const std::string& base() const noexcept { return base_; }

  /// `what` is asked for, in the words of a message: "the run 12".
  Result<Answer> get(const std::string& url, const std::string& what);
  /// That document and those that its Link fields lead to, at most 50.
  Result<Pages> get_pages(std::string url, const std::string& what);

  /// Where the bytes at `url` are: `url` redirects there, or answers with them itself.
  Result<http::Url> download_link(const std::string& url, const std::string& what);
  /// The bytes behind what `link` gives, which is asked anew for each try. A transfer that was cut goes on
  /// where it ended if they are the same.
  Result<DownloadFacts> download(const std::function<Result<http::Url>()>& link, const std::string& what,
                                 std::uint64_t max_bytes, DownloadSink& sink, const Progress& progress);
  /// One document from wherever the forge keeps it; at most `max_bytes`.
  Result<std::string> fetch_document(const std::string& url, const std::string& what,
                                     std::uint64_t max_bytes);

 private:
  enum class Redirects { follow, give };

  ForgeApi(ForgeDialect dialect, ForgeAccess access, http::Url api, http::Client& client, Clock& clock);
  http::ClientRequest question(const std::string& url) const;
  Result<http::ClientResponse> ask(const std::string& url, const std::string& what, Redirects redirects);
  Result<http::ClientResponse> ask_once(std::string url, const std::string& what, Redirects redirects);
  Status wait(const http::Wait& wait, Error otherwise);
  Status check_target(const http::Url& target) const;
  Result<http::ClientResponse> fetch_elsewhere(http::Url target, http::ClientRequest request) const;
  std::string permission_hint(const http::ClientResponse& response) const;
  Error answer_error(const http::ClientResponse& response, std::string_view what) const;

  ForgeDialect dialect_;
  ForgeAccess access_;
  http::Url api_;
  std::string base_;
  http::Client* client_;
  Clock* clock_;
  std::chrono::milliseconds waited_{};
};

}  // namespace packhouse::forge
