#pragma once

#include <vector>

#include "auth/gate.hpp"
#include "index/release_life.hpp"

namespace packhouse::api {

/// What becomes of a release after its upload, over HTTP: yank, block and back, a project's status,
/// copies between indexes. JSON in and out; docs/api.md describes it.
class LifeRoutes {
 public:
  /// Both outlive it.
  LifeRoutes(const index::Context& context, spdlog::logger& log)
      : context_(context), life_(context), log_(log) {}

  http::Response project(auth::Call& call) const;
  http::Response set_status(auth::Call& call) const;
  http::Response yank(auth::Call& call) const;
  http::Response unyank(auth::Call& call) const;
  http::Response block(auth::Call& call) const;
  http::Response unblock(auth::Call& call) const;
  /// From another index, which the caller must be able to read.
  http::Response copy(auth::Call& call) const;

  /// To be joined to the route table; this outlives it.
  std::vector<auth::Route> routes() const;

 private:
  using Change = Result<index::StateChange> (index::ReleaseLife::*)(const index::ReleaseTarget&,
                                                                    std::string_view, const Actor&) const;
  http::Response change(auth::Call& call, std::string_view word, Change change) const;
  http::Response tell(const auth::Call& call, std::string_view word,
                      const Result<index::StateChange>& done) const;

  const index::Context& context_;
  const index::ReleaseLife life_;
  spdlog::logger& log_;
};

}  // namespace packhouse::api
