#include "index/import_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include "base/http_date.hpp"
#include "base/json.hpp"
#include "index/ingest.hpp"

namespace packhouse::index {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_page = 64ULL << 20U;
constexpr std::uint64_t max_devpi_index = 1ULL << 30U;
constexpr std::string_view devpi_index = "dataindex.json";

/// What a tree says of a file besides its bytes.
struct Facts {
  std::optional<Timestamp> uploaded;
  std::optional<std::string> yanked;
};

/// By filename.
using FactsOfFiles = std::map<std::string, Facts, std::less<>>;

std::optional<std::string> text_at(const json::Object& object, std::string_view key) {
  auto text = json::get_string(object, key);
  return text.ok() ? std::optional{*std::move(text)} : std::nullopt;
}

/// PEP 592 in JSON: a reason, true, or false.
std::optional<std::string> yanked_at(const json::Object& object) {
  if (auto reason = text_at(object, "yanked")) return reason;
  const auto flag = json::get_bool(object, "yanked");
  return flag.ok() && *flag ? std::optional<std::string>{""} : std::nullopt;
}

/// Of a page of the Simple API in JSON (PEP 691, PEP 700).
void read_page(const json::Object& page, FactsOfFiles& facts) {
  const auto files = json::get_array(page, "files");
  if (!files.ok()) return;
  for (const auto& value : *files) {
    const auto* file = value.if_object();
    const auto name = file == nullptr ? std::nullopt : text_at(*file, "filename");
    if (!name) continue;
    Facts found{.uploaded = {}, .yanked = yanked_at(*file)};
    const auto time = text_at(*file, "upload-time");
    const auto uploaded = time ? parse_iso8601(*time) : Error{};
    if (uploaded.ok()) found.uploaded = *uploaded;
    facts.emplace(*name, std::move(found));
  }
}

/// Of one index in the export of a devpi server: what was uploaded, and when it was written last.
void read_devpi_index(const json::Object& index, FactsOfFiles& facts) {
  const auto files = json::get_array(index, "files");
  if (!files.ok()) return;
  for (const auto& value : *files) {
    const auto* file = value.if_object();
    const auto path = file == nullptr ? std::nullopt : text_at(*file, "relpath");
    const auto entry = path ? json::get_object(*file, "entrymapping") : Error{};
    const auto date = entry.ok() ? text_at(*entry, "last_modified") : std::nullopt;
    const auto uploaded = date ? parse_http_date(*date) : std::nullopt;
    if (uploaded)
      facts.emplace(fs::path(*path).filename().string(), Facts{.uploaded = uploaded, .yanked = {}});
  }
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

bool looks_like_distribution(std::string_view name) {
  return name.ends_with(".whl") || name.ends_with(".tar.gz") || name.ends_with(".zip");
}

bool looks_like_page(std::string_view name) {
  return name == "index.v1_json" || name == "index.json";
}

Timestamp written(const fs::directory_entry& entry) {
  const auto time = std::chrono::file_clock::to_sys(entry.last_write_time());
  return std::chrono::floor<std::chrono::microseconds>(time);
}

class Search {
 public:
  Search(FileSystem& disk, fs::path folder) : disk_(disk), folder_(std::move(folder)) {}

  Result<FoundFiles> run() {
    try {
      CHECK_OK(walk());
    } catch (const fs::filesystem_error& error) {
      return Error{Errc::unavailable, fmt::format("cannot read {}: {}", quote(error.path1().string(), 300),
                                                  error.code().message())};
    }
    read_devpi();
    take_facts();
    std::ranges::sort(found_.files, {},
                      [](const FoundFile& file) { return std::tie(file.uploaded, file.filename); });
    std::ranges::sort(found_.passed_over);
    return std::move(found_);
  }

 private:
  Status walk() {
    for (auto at = fs::recursive_directory_iterator(folder_); at != fs::recursive_directory_iterator{};
         ++at) {
      if (is_hidden(at->path())) {
        at.disable_recursion_pending();
        continue;
      }
      if (!at->is_regular_file()) continue;
      const auto name = at->path().filename().string();
      if (looks_like_page(name)) read_json(at->path(), max_page, read_page);
      if (looks_like_distribution(name)) add(*at, name);
      if (found_.files.size() <= max_import_files) continue;
      return Error{
          Errc::too_large,
          fmt::format("expected at most {} files below {}", max_import_files, quote(folder_.string(), 300)),
          "import its folders one by one"};
    }
    return success();
  }

  void add(const fs::directory_entry& entry, const std::string& name) {
    if (release_in(name)) {
      found_.files.push_back({.path = entry.path(), .filename = name, .uploaded = written(entry)});
    } else {
      found_.passed_over.push_back(entry.path());
    }
  }

  /// What cannot be read as such says nothing: the files are imported all the same.
  void read_json(const fs::path& path, std::uint64_t limit,
                 const std::function<void(const json::Object&, FactsOfFiles&)>& read) {
    const auto text = disk_.read(path, limit);
    const auto value = text.ok() ? json::parse(*text, limit) : Error{};
    const auto* object = value.ok() ? value->if_object() : nullptr;
    if (object != nullptr) read(*object, facts_);
  }

  /// devpi's list is at the top of its export, two folders above an index's files.
  void read_devpi() {
    auto place = fs::absolute(folder_).lexically_normal();
    for (int above = 0; above <= 2; ++above, place = place.parent_path()) {
      read_json(place / devpi_index, max_devpi_index, [&](const json::Object& top, FactsOfFiles& facts) {
        const auto indexes = json::get_object(top, "indexes");
        if (!indexes.ok()) return;
        for (const auto& [name, index] : *indexes) {
          if (const auto* object = index.if_object()) read_devpi_index(*object, facts);
        }
      });
    }
  }

  void take_facts() {
    for (auto& file : found_.files) {
      const auto known = facts_.find(file.filename);
      if (known == facts_.end()) continue;
      if (known->second.uploaded) file.uploaded = *known->second.uploaded;
      file.yanked = known->second.yanked;
    }
  }

  FileSystem& disk_;
  const fs::path folder_;
  FactsOfFiles facts_;
  FoundFiles found_;
};

}  // namespace

Result<FoundFiles> find_distributions(FileSystem& disk, const Path& folder) {
  std::error_code fault;
  if (!fs::is_directory(folder, fault)) {
    return Error{Errc::not_found, fmt::format("there is no folder {}", quote(folder.string(), 300))};
  }
  return Search(disk, folder).run();
}

}  // namespace packhouse::index
