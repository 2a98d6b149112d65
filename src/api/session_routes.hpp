#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "api/upload_slot.hpp"
#include "auth/gate.hpp"
#include "index/sessions.hpp"

namespace packhouse::api {

struct SessionOptions {
  std::optional<std::string> public_url = std::nullopt;  ///< what links begin with, the prefix in it
  std::string prefix{};         ///< where the index is mounted, if `public_url` is unset
  unsigned max_in_flight = 64;  ///< files that arrive at one time
};

/// Upload 2.0 (PEP 694): publishing sessions and the files in them, below /upload/. Every method asks for its
/// permission on the session's project, at each request anew; docs/upload-2.0.md has the table. All refusals
/// are RFC 9457 with the members of the PEP.
class SessionRoutes {
 public:
  /// Both outlive it.
  SessionRoutes(const index::Context& context, const index::Sessions& sessions, spdlog::logger& log,
                SessionOptions options)
      : context_(context), sessions_(sessions), log_(log), options_(std::move(options)) {}

  http::Response open(auth::Call& call);
  http::Response status(auth::Call& call);
  http::Response cancel(auth::Call& call);
  http::Response extend(auth::Call& call);
  http::Response publish(auth::Call& call);

  http::Response announce(auth::Call& call);
  http::BodyPlan receive(auth::Call& call);
  http::Response complete(auth::Call& call);
  http::Response file_status(auth::Call& call);
  http::Response remove(auth::Call& call);

 private:
  struct Place;  // a file and its session
  Result<Session> find(const auth::Call& call, Permission permission) const;
  Result<Place> find_file(const auth::Call& call, Permission permission) const;
  Result<std::unique_ptr<http::BodySink>> make_sink(const auth::Call& call, Place place,
                                                    std::unique_ptr<UploadSlot> slot);
  std::string base(const auth::Call& call) const;
  void tell(std::string_view what, const Session& session, const auth::Call& call) const;

  const index::Context& context_;
  const index::Sessions& sessions_;
  spdlog::logger& log_;
  const SessionOptions options_;
  std::atomic<unsigned> in_flight_{0};
};

}  // namespace packhouse::api
