#pragma once

#include <optional>
#include <string_view>

#include "api/caches.hpp"
#include "auth/gate.hpp"
#include "index/context.hpp"

namespace packhouse::api {

/// The Simple API: the list of projects and a page for each.
class SimpleRoutes {
 public:
  /// The first two outlive it. `open_reading`: answers may be kept by shared caches. `folder`: on the disk
  /// that a long list is kept on, in files without a name. `public_url`: where everybody finds the index, if
  /// that is known; attestations are linked to there.
  SimpleRoutes(const index::Context& context, Caches& caches, bool open_reading, Path folder,
               std::optional<std::string> public_url = {})
      : context_(context),
        caches_(caches),
        open_reading_(open_reading),
        folder_(std::move(folder)),
        public_url_(std::move(public_url).value_or("")) {}

  http::Response root(auth::Call& call) const;
  http::Response project(auth::Call& call) const;
  /// From memory or not at all.
  std::optional<http::Response> quick_root(auth::Call& call) const;
  std::optional<http::Response> quick_project(auth::Call& call) const;

  /// A page's address without its last slash, or with another spelling of the name.
  static http::Response add_slash(auth::Call& call);

  /// The same pages below the upload URL, where `hatch publish` looks for them.
  http::Response alias_root(auth::Call& call) const;
  http::Response alias_project(auth::Call& call) const;

 private:
  Result<PagePointer> root_page(Representation representation) const;
  Result<PagePointer> project_page(std::string_view project, Representation representation) const;
  PageFields fields(std::int64_t serial) const;

  const index::Context& context_;
  Caches& caches_;
  const bool open_reading_;
  const Path folder_;
  const std::string public_url_;  ///< empty: not known
};

}  // namespace packhouse::api
