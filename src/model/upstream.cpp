#include "model/upstream.hpp"

#include <utility>

namespace packhouse {

std::string_view to_string(RecallCause cause) noexcept {
  switch (cause) {
    case RecallCause::deleted:
      return "deleted";
    case RecallCause::quarantined:
      return "quarantined";
    case RecallCause::yanked:
      return "yanked";
  }
  std::unreachable();
}

std::string UpstreamRecall::text() const {
  auto text = std::string(to_string(cause)) + " by its upstream, seen " + to_iso8601(seen);
  return reason.empty() ? text : text + ": " + reason;
}

}  // namespace packhouse
