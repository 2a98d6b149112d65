#include "api/upload_slot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sys/network_of.hpp"

namespace packhouse::api {
namespace {

constexpr unsigned shares = 4;

}  // namespace

void UploadSlots::note(http::Incident incident, std::string_view peer) const {
  if (incidents_ != nullptr) incidents_->note(incident, peer);
}

Status UploadSlots::check_room(std::uint64_t bytes, std::string_view peer) const {
  if (space_ == nullptr) return success();
  const auto room = space_->look();
  if (!room.ok() || room->holds(bytes)) return success();  // a broken disk is found by what writes to it
  note(http::Incident::room, peer);
  return Error{Errc::unavailable, "the index has no room for this file",
               "an administrator can make room on its disk"};
}

Result<std::unique_ptr<UploadSlot>> UploadSlots::take(const Actor& actor) {
  auto credential = fmt::format("{} {}", actor.kind, actor.id);
  auto network = network_of(actor.address);
  if (auto taken = take_place(credential, network); !taken.ok()) {
    note(http::Incident::uploads, actor.address);
    return std::move(taken).error();
  }
  return std::make_unique<UploadSlot>(*this, std::move(credential), std::move(network));
}

Status UploadSlots::take_place(const std::string& credential, const std::string& network) {
  const unsigned share = std::max(most_ / shares, 1U);
  const std::lock_guard lock(mutex_);
  if (taken_ >= most_) return Error{Errc::unavailable, "too many uploads at once", "try again in a moment"};
  if (count(by_credential_, credential) >= share || count(by_network_, network) >= share) {
    return Error{Errc::unavailable,
                 fmt::format("too many uploads at once: {} of one credential or network", share),
                 "try again in a moment, or send fewer at one time"};
  }
  ++taken_;
  ++by_credential_[credential];
  ++by_network_[network];
  return success();
}

unsigned UploadSlots::count(const Counts& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void UploadSlots::leave(Counts& counts, const std::string& key) noexcept {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

void UploadSlots::leave(const std::string& credential, const std::string& network) noexcept {
  const std::lock_guard lock(mutex_);
  --taken_;
  leave(by_credential_, credential);
  leave(by_network_, network);
}

}  // namespace packhouse::api
