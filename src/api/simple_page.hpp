#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/representation.hpp"
#include "base/result.hpp"
#include "model/project.hpp"
#include "upstream/page.hpp"

namespace packhouse::api {

/// The Simple API version that a page states which says nothing of namespaces. HTML is frozen at it (PEP
/// 833).
inline constexpr std::string_view simple_api_version = "1.4";
/// Of JSON pages with namespaces (PEP 752).
inline constexpr std::string_view namespaces_api_version = "1.5";

/// The namespaces that a project belongs to; nullopt: the page says nothing of them.
using NamespacesOfProject = std::optional<std::vector<std::string>>;

/// The index's root, relative to a page, where its links begin, so that a proxy prefix needs no
/// configuration: of "/simple/<project>/" unless said otherwise.
inline constexpr std::string_view root_from_project_page = "../../";

/// What the links of a project's page begin with.
struct PageLinks {
  std::string_view root = root_from_project_page;
  /// Of attestations, for which PEP 740 wants whole URLs: "https://packages.example.org/prod", where it is
  /// known; empty: `root`.
  std::string_view public_url = {};
};

/// "<ab>/<rest of the SHA-256>/<filename>": a file's address below the files' root.
std::string file_path(const File& file);
std::string file_path(const Sha256& sha256, std::string_view filename);

/// PEP 691, 700, 752 and 792, without the files that are withheld. Of a file nothing optional is null: uv
/// refuses null sizes and times.
std::string project_json(const ProjectDetail& project, const PageLinks& links = {},
                         const NamespacesOfProject& namespaces = {});
/// PEP 503, 592, 629, 658, 714 and 792: the same value for people and for clients without JSON.
std::string project_html(const ProjectDetail& project, const PageLinks& links = {});

/// The same of a project of an upstream, with links to this index. It has no serial, and what the upstream
/// does not state of a file is absent.
std::string project_json(const upstream::RemotePage& page, const PageLinks& links = {},
                         const NamespacesOfProject& namespaces = {});
std::string project_html(const upstream::RemotePage& page, const PageLinks& links = {});

/// Receives the next piece of a page.
using TextSink = std::function<Status(std::string_view)>;

/// The list of projects, written to the sink in pieces: a large index has hundreds of thousands. Calls return
/// the error of the sink.
class RootList {
 public:
  /// `version`: of the JSON page.
  RootList(Representation representation, std::int64_t serial, TextSink sink,
           std::string_view version = simple_api_version);
  /// In the order of their names.
  Status add(const ProjectSummary& project);
  /// Call once.
  Status finish();

 private:
  void add_json(const ProjectSummary& project);
  void add_html(const ProjectSummary& project);
  Status flush();

  const Representation representation_;
  const std::int64_t serial_;
  const TextSink sink_;
  std::string text_;  // what the sink does not have yet
  std::string_view between_;
};

}  // namespace packhouse::api
