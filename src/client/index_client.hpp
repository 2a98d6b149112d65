#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "client/index_address.hpp"
#include "client/release_file.hpp"
#include "client/release_state_client.hpp"
#include "client/simple_page.hpp"
#include "http/client.hpp"
#include "sys/clock.hpp"

namespace packhouse::client {

/// How the index took a file.
struct UploadAnswer {
  enum class Kind {
    accepted,
    exists,   ///< a file of this name is there already: read back which bytes
    refused,  ///< it does not want the file; `reason` is its own
    unknown,  ///< no answer, or a broken one: the file may be there or not
  };
  Kind kind = Kind::unknown;
  std::string reason;
};

/// One file of a release as the index serves it: its bytes were downloaded and hashed here.
struct ServedFile {
  std::string filename;
  std::string url;  ///< without its query, which may be a signature
  std::uint64_t size = 0;
  Sha256 sha256;
  std::optional<std::string> stated_sha256;  ///< what the page says; not believed
  bool yanked = false;
};

struct IndexRelease {
  std::vector<ServedFile> files;
  Evidence evidence;
};

/// Whether an address is a simple repository, and what was found there.
struct SimpleProof {
  bool is_simple = false;
  std::string found;
};

/// A file that the project's page names, where its bytes are, and what is sent with a request for it.
struct PageLink {
  PageFile file;
  http::Url url;
};

/// An index seen from outside: the legacy upload as twine sends it, and the simple repository API as pip
/// reads it. Redirects are followed by hand: at most three, https or the loopback only, the credential never
/// to another origin, never to the public index. Used on one thread; `client` outlives it.
class IndexClient {
 public:
  IndexClient(http::Client& client, IndexAddress upload, IndexAddress simple);

  /// Sends one file, once. Errors: unauthenticated; invalid_input when the URL takes no uploads.
  Result<UploadAnswer> upload(const ReleaseFile& file, const Progress& progress);

  /// Sends an upload's form without a file, which no index can keep, and gives the status of its refusal.
  /// unauthenticated when the credential is not taken, invalid_input when nobody takes uploads there.
  Result<int> probe_upload();

  /// Everything that the project's page names; nothing if there is no page.
  Result<std::vector<PageFile>> page(const ProjectName& project);
  /// The links on the project's page to files of that version, in any spelling; none if there is no page.
  Result<std::vector<PageLink>> links(const ReleaseName& release);
  /// Downloads and hashes the file; the bytes also go to `also`, or nowhere.
  Result<ServedFile> fetch(const PageLink& link, std::uint64_t max_bytes,
                           const std::function<Status(std::string_view)>& also = nullptr);
  /// Both: the release as it is served now. Errc::cancelled, in the middle of a file too, once `stop` asks.
  Result<IndexRelease> release(const ReleaseName& release, std::uint64_t max_file_bytes,
                               const std::stop_token& stop = {});

  /// Whether the address for reading is a simple repository, whatever else a web server answers there with
  /// 200 or 404: by the project's page as it was read last, or by the list of all projects
  /// (is_project_list()). A Packhouse index says of a project that it lacks that it is not there, also where
  /// a token may not list.
  Result<SimpleProof> prove_simple();

  /// Which index takes uploads, as a Packhouse index states it in each answer; nullopt: it states none.
  Result<std::optional<std::string>> upload_identity();
  /// The same of the index that gave the page that was read last.
  const std::optional<std::string>& simple_identity() const noexcept { return simple_identity_; }

  /// The same index read at another root, such as a session's stage.
  IndexClient at(IndexAddress simple) const { return {client_, upload_, std::move(simple)}; }
  /// The same through connections of its own, for another thread; null: there is only this one.
  std::unique_ptr<IndexClient> another_at(IndexAddress simple) const;
  /// What becomes of its releases after their upload; this outlives it.
  ReleaseStateClient life() { return {client_, upload_}; }

  const http::Url& simple_url() const noexcept { return simple_.url; }
  /// A page that this index lacks was answered by sending us to the public index (pypiserver's fallback). It
  /// was read as "there is none"; pip would have followed.
  bool sends_to_public_index() const noexcept { return sends_to_public_index_; }

 private:
  IndexClient(std::unique_ptr<http::Client> own, IndexAddress upload, IndexAddress simple)
      : own_(std::move(own)), client_(*own_), upload_(std::move(upload)), simple_(std::move(simple)) {}

  struct Document {
    http::ClientResponse response;
    http::Url url;
    bool at_public_index = false;  ///< not asked there
  };
  Result<Document> get(http::Url url, http::ClientRequest request);
  struct NamedPage {
    std::vector<PageFile> files;
    http::Url base;  ///< what the files' addresses are relative to
    bool proved = false;
  };
  Result<NamedPage> ask_for_page(const ProjectName& project);
  Result<NamedPage> read_page(const ProjectName& project);

  std::unique_ptr<http::Client> own_;  ///< null: somebody else's
  http::Client& client_;
  IndexAddress upload_;
  IndexAddress simple_;
  bool sends_to_public_index_ = false;
  std::optional<std::string> simple_identity_;
  bool page_proved_ = false;  ///< the page that was read last is one of a simple repository
};

/// The form of the legacy upload for that file, from the file's own metadata.
http::Form upload_form(const ReleaseFile& file);

/// Which version a filename is of, as far as its name tells; nullopt for what is no wheel or sdist.
std::optional<Version> version_in_filename(const ProjectName& project, std::string_view filename);

}  // namespace packhouse::client
