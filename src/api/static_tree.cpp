#include "api/static_tree.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "api/simple_page.hpp"
#include "base/text.hpp"
#include "sys/file_descriptor.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::api {
namespace {

namespace fs = std::filesystem;

/// A folder with this file is of an export, and may be pruned.
constexpr std::string_view marker = ".packhouse-export";
constexpr std::string_view unfinished = ".new";
constexpr auto readable_file =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;
constexpr auto readable_folder = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                                 fs::perms::others_read | fs::perms::others_exec;

/// On a disk a name stands as it is; only links are percent-encoded.
std::string place_of(const File& file) {
  const auto digest = file.sha256.hex();
  return fmt::format("files/{}/{}/{}", digest.substr(0, 2), digest.substr(2), file.filename);
}

std::string provenance_of(const File& file) {
  return fmt::format("integrity/{}/{}/{}/provenance", file.release.project.str(), file.release.version.str(),
                     file.filename);
}

Error cannot_write(const fs::filesystem_error& error) {
  return {Errc::unavailable,
          fmt::format("cannot write {}: {}", quote(error.path1().string(), 300), error.code().message())};
}

}  // namespace

Result<ExportReport> StaticTree::write() {
  try {
    CHECK_OK(begin());
    CHECK_OK(catalog_.each_project([&](const ProjectSummary& project) -> Result<bool> {
      const auto detail = catalog_.offered_project(project.name);
      if (detail.ok()) CHECK_OK(write_project(*detail));
      return true;
    }));
    CHECK_OK(write_list());
    CHECK_OK(prune());
  } catch (const fs::filesystem_error& error) {
    return cannot_write(error);
  }
  return report_;
}

Status StaticTree::begin() const {
  if (fs::exists(folder_ / marker)) return success();
  if (fs::exists(folder_) && !fs::is_empty(folder_)) {
    return Error{Errc::conflict,
                 fmt::format("expected an empty folder or one of an export, found other files in {}",
                             quote(folder_.string(), 300)),
                 "give a new folder: an export removes what the index does not offer"};
  }
  fs::create_directories(folder_);
  fs::permissions(folder_, readable_folder);
  TRY(const auto file, disk_.create(folder_ / marker));
  fs::permissions(folder_ / marker, readable_file);
  return file->write("packhouse export writes this folder, and removes what its index does not offer.\n");
}

Status StaticTree::write_project(const ProjectDetail& project) {
  ++report_.projects;
  for (const auto& file : project.files) {
    if (!file.withheld) CHECK_OK(write_file(file));
  }
  CHECK_OK(write_text(fmt::format("simple/{}/index.html", project.name), project_html(project)));
  return write_text(fmt::format("simple/{}/index.v1_json", project.name), project_json(project));
}

Status StaticTree::write_file(const File& file) {
  ++report_.files;
  const auto place = place_of(file);
  CHECK_OK(copy(file.sha256, place));
  if (file.metadata_sha256) CHECK_OK(copy(*file.metadata_sha256, place + ".metadata"));
  if (file.provenance_sha256) CHECK_OK(copy(*file.provenance_sha256, provenance_of(file)));
  return success();
}

/// Bytes never change under such a name, and get it when they are complete: what is there stays.
Status StaticTree::copy(const Sha256& digest, const std::string& to) {
  if (fs::exists(folder_ / to)) {
    kept_.insert(to);
    return success();
  }
  TRY(auto blob, catalog_.open(digest));
  ++report_.new_files;
  report_.new_bytes += blob.size();
  const FileDescriptor bytes{blob.release()};
  return put(to, [&](WritableFile& file) {
    return read_blocks(bytes, folder_ / to, [&](std::string_view block) { return file.write(block); });
  });
}

Status StaticTree::write_text(const std::string& to, std::string_view text) {
  return put(to, [&](WritableFile& file) { return file.write(text); });
}

/// Readers have the old file or the new one.
Status StaticTree::put(const std::string& to, const std::function<Status(WritableFile&)>& fill) {
  kept_.insert(to);
  const Path path = folder_ / to;
  std::vector<Path> made;
  for (Path above = path.parent_path(); !fs::exists(above); above = above.parent_path())
    made.push_back(above);
  fs::create_directories(path.parent_path());
  for (const auto& folder : made)
    fs::permissions(folder, readable_folder);
  const Path draft = path.string() + std::string(unfinished);
  fs::remove(draft);
  {
    TRY(const auto file, disk_.create(draft));
    CHECK_OK(fill(*file));
    CHECK_OK(file->sync());
  }
  fs::permissions(draft, readable_file);
  return disk_.rename(draft, path);
}

Status StaticTree::write_list() {
  CHECK_OK(write_list(Representation::html, "simple/index.html"));
  return write_list(Representation::json, "simple/index.v1_json");
}

Status StaticTree::write_list(Representation representation, std::string_view name) {
  TRY(const auto serial, catalog_.serial());
  return put(std::string(name), [&](WritableFile& file) -> Status {
    RootList list(representation, serial, [&](std::string_view piece) { return file.write(piece); });
    CHECK_OK(catalog_.each_project([&](const ProjectSummary& project) -> Result<bool> {
      if (kept_.contains(fmt::format("simple/{}/index.html", project.name))) CHECK_OK(list.add(project));
      return true;
    }));
    return list.finish();
  });
}

Status StaticTree::prune() {
  std::vector<Path> folders;
  std::vector<Path> files;
  for (const auto* top : {"simple", "files", "integrity"}) {
    if (!fs::exists(folder_ / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / top)) {
      if (entry.is_directory()) folders.push_back(entry.path());
      if (!entry.is_directory() && !kept_.contains(entry.path().lexically_relative(folder_).string()))
        files.push_back(entry.path());
    }
  }
  for (const auto& path : files) {
    fs::remove(path);
    ++report_.removed;
  }
  // A folder comes before what is in it.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    if (fs::is_empty(*folder)) fs::remove(*folder);
  }
  return success();
}

}  // namespace packhouse::api
