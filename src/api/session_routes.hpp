#pragma once

#include <spdlog/fwd.h>

#include <optional>
#include <string>

#include "api/upload_slot.hpp"
#include "index/sessions.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

/// Upload 2.0 (PEP 694): publishing sessions and the files in them, below /upload/. Every request needs its
/// method's permission on the session's project; docs/upload-2.0.md has the table. All refusals
/// are RFC 9457 with the members of the PEP.
class SessionRoutes final : public routing::RouteGroup {
 public:
  /// The first four outlive it.
  SessionRoutes(const index::Context& context, const index::Sessions& sessions, spdlog::logger& log,
                UploadSlots& slots, routing::BaseUrl url)
      : context_(context), sessions_(sessions), log_(log), slots_(slots), url_(std::move(url)) {}

  std::vector<routing::Route> routes() override;

  http::Response open(routing::RequestContext& call);
  http::Response status(routing::RequestContext& call);
  http::Response cancel(routing::RequestContext& call);
  http::Response refuse(routing::RequestContext& call);
  http::Response extend(routing::RequestContext& call);
  http::Response publish(routing::RequestContext& call);

  http::Response announce(routing::RequestContext& call);
  http::BodyPlan receive(routing::RequestContext& call);
  http::Response complete(routing::RequestContext& call);
  http::Response file_status(routing::RequestContext& call);
  http::Response remove(routing::RequestContext& call);

 private:
  struct Place;  // a file and its session
  Result<Session> find(const routing::RequestContext& call, Permission permission) const;
  Result<Place> find_file(const routing::RequestContext& call, Permission permission) const;
  Result<std::unique_ptr<http::BodySink>> make_sink(const routing::RequestContext& call, Place place,
                                                    std::unique_ptr<UploadSlot> slot);
  std::string base(const routing::RequestContext& call) const;
  void tell(std::string_view what, const Session& session, const routing::RequestContext& call) const;

  const index::Context& context_;
  const index::Sessions& sessions_;
  spdlog::logger& log_;
  UploadSlots& slots_;
  const routing::BaseUrl url_;
};

}  // namespace packhouse::api
