#include "index/download_recorder.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "index/ingest.hpp"

namespace packhouse::index {
namespace {

/// Of the file and its caller.
std::string key_of(const DownloadTally& tally) {
  std::string key;
  const auto& actor = tally.actor;
  for (const std::string_view part :
       {std::string_view{tally.index}, std::string_view{tally.filename}, std::string_view{actor.kind},
        std::string_view{actor.id}, std::string_view{actor.address}}) {
    key += part;
    key += '\0';
  }
  const auto& digest = tally.sha256.bytes();
  return key.append(digest.begin(), digest.end());
}

}  // namespace

void DownloadRecorder::add(DownloadTally tally) {
  auto key = key_of(tally);
  const std::scoped_lock lock{mutex_};
  if (const auto found = waiting_.find(key); found != waiting_.end()) {
    auto& there = found->second;
    there.first = std::min(there.first, tally.first);
    there.last = std::max(there.last, tally.last);
    there.count += tally.count;
    return;
  }
  if (waiting_.size() >= most_) {
    ++dropped_;
    return;
  }
  waiting_.emplace(std::move(key), std::move(tally));
}

std::vector<DownloadTally> DownloadRecorder::take() {
  std::unordered_map<std::string, DownloadTally> taken;
  {
    const std::scoped_lock lock{mutex_};
    taken.swap(waiting_);
  }
  std::vector<DownloadTally> all;
  all.reserve(taken.size());
  for (auto& [key, tally] : taken) {
    const auto release = release_in(tally.filename);
    tally.version = release ? release->version.str() : std::string{};
    all.push_back(std::move(tally));
  }
  return all;
}

Status DownloadRecorder::write(DownloadStore& store) {
  constexpr std::size_t in_one_transaction = 1000;
  const auto all = take();
  for (std::span<const DownloadTally> rest{all}; !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), in_one_transaction));
    auto written = store.add(part);
    if (!written.ok()) {
      for (const auto& tally : rest)
        add(tally);
      return written;
    }
    rest = rest.subspan(part.size());
  }
  return success();
}

std::size_t DownloadRecorder::take_dropped() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(dropped_, 0);
}

}  // namespace packhouse::index
