#include "api/upload_counts.hpp"

namespace packhouse::api {

std::string_view to_string(UploadOutcome outcome) noexcept {
  switch (outcome) {
    case UploadOutcome::added:
      return "added";
    case UploadOutcome::unchanged:
      return "unchanged";
    case UploadOutcome::refused:
      return "refused";
    case UploadOutcome::too_large:
      return "too-large";
    case UploadOutcome::busy:
      return "busy";
    case UploadOutcome::no_room:
      return "no-room";
    case UploadOutcome::failed:
      return "failed";
    case UploadOutcome::broken_off:
      return "broken-off";
  }
  return {};
}

UploadOutcome outcome_of_refusal(Errc code) noexcept {
  switch (code) {
    case Errc::too_large:
      return UploadOutcome::too_large;
    case Errc::unavailable:
    case Errc::internal:
      return UploadOutcome::failed;
    case Errc::invalid_input:
    case Errc::refused:
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::gone:
    case Errc::rate_limited:
    case Errc::cancelled:
      return UploadOutcome::refused;
  }
  return UploadOutcome::failed;
}

}  // namespace packhouse::api
