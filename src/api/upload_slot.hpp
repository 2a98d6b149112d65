#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "api/upload_counts.hpp"
#include "base/result.hpp"
#include "http_server/incident_log.hpp"
#include "model/ledger_entry.hpp"
#include "sys/free_space.hpp"

namespace packhouse::api {

class UploadSlot;

/// The uploads in flight of one index: at most `most` at one time, and a quarter of them, but at least one,
/// of one credential and of one network (network_of()). Thread-safe. Outlives its slots.
class UploadSlots {
 public:
  /// `space` outlives it; null: there is always room.
  /// `incidents` as well; null: nobody asks for them.
  /// `counts` as well; null: nobody asks for them either.
  explicit UploadSlots(unsigned most, const FreeSpace* space = nullptr,
                       http::IncidentLog* incidents = nullptr, UploadCounts* counts = nullptr)
      : most_(most), space_(space), incidents_(incidents), counts_(counts) {}

  /// Before any of them is read: whether the disk has room for that many bytes beside its reserve.
  /// `unavailable` where it has not; HTTP's 507.
  Status check_room(std::uint64_t bytes, std::string_view peer) const;

  /// unavailable when none is free for this caller.
  Result<std::unique_ptr<UploadSlot>> take(const Actor& actor);

  /// Counts what became of an upload.
  void count(UploadOutcome outcome, std::uint64_t uploads = 1) const noexcept {
    if (counts_ != nullptr) counts_->add(outcome, uploads);
  }

 private:
  friend class UploadSlot;
  using Counts = std::map<std::string, unsigned, std::less<>>;
  void note(http::Incident incident, std::string_view peer) const;
  Status take_place(const std::string& credential, const std::string& network);
  static unsigned count(const Counts& counts, const std::string& key);
  static void leave(Counts& counts, const std::string& key) noexcept;
  void leave(const std::string& credential, const std::string& network) noexcept;

  const unsigned most_;
  const FreeSpace* space_;
  http::IncidentLog* incidents_;
  UploadCounts* counts_;
  std::mutex mutex_;
  unsigned taken_ = 0;
  Counts by_credential_;
  Counts by_network_;
};

/// One of the uploads in flight, counted while it exists.
class UploadSlot {
 public:
  /// By UploadSlots::take().
  UploadSlot(UploadSlots& slots, std::string credential, std::string network)
      : slots_(slots), credential_(std::move(credential)), network_(std::move(network)) {}
  UploadSlot(const UploadSlot&) = delete;
  UploadSlot& operator=(const UploadSlot&) = delete;
  ~UploadSlot() { slots_.leave(credential_, network_); }

 private:
  UploadSlots& slots_;
  const std::string credential_;
  const std::string network_;
};

}  // namespace packhouse::api
