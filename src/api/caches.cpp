#include "api/caches.hpp"

#include <fmt/format.h>

namespace packhouse::api {
namespace {

std::string key_of(std::string_view project, Representation representation) {
  std::string key(project);
  key += static_cast<char>('0' + static_cast<int>(representation));
  return key;
}

std::string view_key(const ProjectSummary& project, std::string_view view) {
  return fmt::format("{}\n{}\n{}", project.name, project.serial, view);
}

}  // namespace

PagePointer PageCache::find(std::string_view project, Representation representation) {
  return pages_.find(key_of(project, representation)).value_or(nullptr);
}

Result<PagePointer> PageCache::get(std::string_view project, Representation representation,
                                   const Make& make) {
  return get(key_of(project, representation), make);
}

Result<PagePointer> PageCache::get(const std::string& key, const Make& make) {
  std::packaged_task<Result<PagePointer>()> task(make);
  std::unique_lock lock{mutex_};
  if (auto kept = pages_.find(key)) return *std::move(kept);
  const auto found = under_way_.find(key);
  if (found != under_way_.end()) {
    const auto theirs = found->second.page;
    lock.unlock();
    return theirs.get();
  }
  const Making mine{.number = ++builds_, .page = task.get_future().share()};
  under_way_.emplace(key, mine);
  lock.unlock();
  task();
  return keep(key, mine);
}

/// Under one lock, so that no second build of the page begins in between.
Result<PagePointer> PageCache::keep(const std::string& key, const Making& made) {
  const std::scoped_lock lock{mutex_};
  const auto found = under_way_.find(key);
  const bool fresh = found != under_way_.end() && found->second.number == made.number;  // not dropped
  if (fresh) under_way_.erase(found);
  auto page = made.page.get();
  if (fresh && page.ok()) pages_.put(key, *page, (*page)->memory(), pages_.generation());
  return page;
}

void PageCache::drop(std::string_view project) {
  const std::scoped_lock lock{mutex_};
  for (const auto representation : representations) {
    for (const auto& key : {key_of(project, representation), key_of("", representation)}) {
      under_way_.erase(key);
      pages_.drop({key});
    }
  }
}

void PageCache::drop_all() {
  const std::scoped_lock lock{mutex_};
  under_way_.clear();
  pages_.drop_if([](std::string_view, const PagePointer&) { return true; });
}

void Caches::project_changed(std::string_view project) {
  pages.drop(project);
  files.drop_if([&](std::string_view, const OfferedFile& file) { return file.project == project; });
}

Result<PagePointer> Caches::view(const ProjectSummary& project, std::string_view view,
                                 const PageCache::Make& make) {
  return views_.get(view_key(project, view), make);
}

PagePointer Caches::find_view(const ProjectSummary& project, std::string_view view) {
  return views_.find(view_key(project, view));
}

void Caches::drop_all() {
  pages.drop_all();
  files.drop_if([](std::string_view, const OfferedFile&) { return true; });
}

}  // namespace packhouse::api
