#include "client/upload_queue.hpp"

#include <algorithm>

namespace packhouse::client {

UploadQueue::UploadQueue(const std::vector<const ReleaseFile*>& coming) {
  for (const ReleaseFile* file : coming) {
    files_.push_back({.name = file->filename});
    coming_.insert(file->filename);
  }
}

std::vector<UploadQueue::File>::iterator UploadQueue::find_next() {
  const auto wanted = std::ranges::find_if(
      files_, [&](const File& each) { return !each.begun && wanted_.contains(each.name); });
  if (wanted != files_.end() || held_) return wanted;
  return std::ranges::find(files_, false, &File::begun);
}

std::size_t UploadQueue::next() {
  std::unique_lock lock(mutex_);
  auto file = files_.end();
  changed_.wait(lock, [&] { return (file = find_next()) != files_.end(); });
  file->begun = true;
  return static_cast<std::size_t>(file - files_.begin());
}

void UploadQueue::arrived(std::size_t file) {
  const std::lock_guard lock(mutex_);
  coming_.erase(files_.at(file).name);
  changed_.notify_all();
}

void UploadQueue::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void UploadQueue::resume() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool UploadQueue::all_there(const std::vector<std::string>& filenames) const {
  return std::ranges::none_of(filenames, [&](const std::string& each) { return coming_.contains(each); });
}

Status UploadQueue::wait_for(const std::vector<std::string>& filenames, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wanted_.insert(filenames.begin(), filenames.end());
  if (all_there(filenames)) held_ = false;
  changed_.notify_all();
  if (changed_.wait(lock, stop, [&] { return all_there(filenames); })) return success();
  return Error{Errc::cancelled, "the release was not sent to its end"};
}

Status UploadQueue::wait_for_all(const std::stop_token& stop) {
  std::vector<std::string> all;
  for (const File& file : files_)
    all.push_back(file.name);
  return wait_for(all, stop);
}

}  // namespace packhouse::client
