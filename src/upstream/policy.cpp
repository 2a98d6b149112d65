#include "upstream/policy.hpp"

#include <fmt/format.h>

namespace packhouse::upstream {

bool SourcePolicy::takes(const ProjectName& name) const {
  return !deny.matches(name) && (allow.empty() || allow.matches(name));
}

std::optional<Hold> hold_of(const SourcePolicy& policy, const RemoteFile& file, Timestamp now) {
  if (policy.minimum_age.count() == 0) return std::nullopt;
  if (!file.uploaded) return Hold{};
  const auto opens = *file.uploaded + policy.minimum_age;
  return opens > now ? std::optional{Hold{.opens = opens}} : std::nullopt;
}

OfferedPage offered_page(const SourcePolicy& policy, const RemotePage& page, Timestamp now) {
  OfferedPage offered{.page = page};
  std::erase_if(offered.page.files, [&](const RemoteFile& file) {
    const auto hold = hold_of(policy, file, now);
    if (!hold) return false;
    ++offered.held;
    if (hold->opens && (!offered.next_opening || *hold->opens < *offered.next_opening))
      offered.next_opening = hold->opens;
    return true;
  });
  return offered;
}

Error held_error(const SourcePolicy& policy, const RemoteFile& file, const Hold& hold) {
  if (!hold.opens) {
    return {
        Errc::forbidden,
        fmt::format("{} is held: files must be {} s old, and its upstream does not say when it was uploaded",
                    file.filename, policy.minimum_age.count()),
        "the setting minimum-age of the upstream decides"};
  }
  return {Errc::forbidden,
          fmt::format("{} is held until {}: files must be {} s old", file.filename, to_iso8601(*hold.opens),
                      policy.minimum_age.count()),
          "the setting minimum-age of the upstream decides"};
}

}  // namespace packhouse::upstream
