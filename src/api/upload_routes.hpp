#pragma once

#include <spdlog/fwd.h>

#include <cstdint>

#include "api/upload_slot.hpp"
#include "index/context.hpp"
#include "routing/base_url.hpp"
#include "routing/route.hpp"

namespace packhouse::api {

struct UploadLimits {
  std::uint64_t max_file_size = 1ULL << 30U;  ///< bytes
  unsigned max_in_flight = 64;                ///< uploads at one time; see UploadSlots
};

/// The legacy upload: one multipart form with one file, streamed to the blob store and then given to
/// index::Ingest.
class UploadRoutes final : public routing::RouteGroup {
 public:
  /// The first three outlive it.
  UploadRoutes(const index::Context& context, spdlog::logger& log, UploadSlots& slots,
               std::uint64_t max_file_size, routing::BaseUrl url)
      : context_(context), log_(log), slots_(slots), max_file_size_(max_file_size), url_(std::move(url)) {}

  std::vector<routing::Route> routes() override;

  http::BodyPlan upload(routing::RequestContext& call);
  /// POST /legacy: the slash is missing. 308, so that a client may send the same form again.
  http::Response add_slash(routing::RequestContext& call) const;

 private:
  const index::Context& context_;
  spdlog::logger& log_;
  UploadSlots& slots_;
  const std::uint64_t max_file_size_;
  const routing::BaseUrl url_;
};

}  // namespace packhouse::api
