#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "auth/gate.hpp"
#include "index/context.hpp"

namespace packhouse::api {

struct UploadLimits {
  std::uint64_t max_file_size = 1ULL << 30U;  ///< bytes
  unsigned max_in_flight = 64;                ///< uploads at one time; more are told to come back
};

/// The legacy upload: one multipart form with one file, streamed to the blob store and then given to
/// index::Ingest.
class UploadRoutes {
 public:
  /// `public_url`: what the address for uploads begins with; unset: Request::origin() and `prefix`, which is
  /// where the index lies.
  UploadRoutes(const index::Context& context, spdlog::logger& log, UploadLimits limits,
               std::optional<std::string> public_url = {}, std::string prefix = {})
      : context_(context),
        log_(log),
        limits_(limits),
        public_url_(std::move(public_url)),
        prefix_(std::move(prefix)) {}

  http::BodyPlan upload(auth::Call& call);
  /// POST /legacy: the slash is missing. 308, so that a client may send the same form again.
  http::Response add_slash(auth::Call& call) const;

 private:
  const index::Context& context_;
  spdlog::logger& log_;
  const UploadLimits limits_;
  const std::optional<std::string> public_url_;
  const std::string prefix_;
  std::atomic<unsigned> in_flight_{0};
};

}  // namespace packhouse::api
