#include "desk/prove.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "dist/record.hpp"
#include "pep/filename.hpp"
#include "pep/release_name.hpp"

namespace packhouse::desk {
namespace {

constexpr std::uint64_t max_small_file = 1U << 20U;
constexpr std::uint64_t max_record = 64U << 20U;
constexpr std::uint64_t max_wheel = 4ULL << 30U;
constexpr std::size_t max_candidates = 8;
constexpr std::size_t max_shown = 8;
constexpr int max_depth = 40;
constexpr std::size_t max_entries = 2'000'000;  // links may lead in circles
constexpr std::string_view info_ending = ".dist-info";

/// One `.dist-info` folder.
struct Installed {
  std::string folder;  ///< "demo-1.0.dist-info"
  std::string name;
  std::string version;
};

std::optional<Installed> read_folder_name(const std::string& folder) {
  if (!folder.ends_with(info_ending)) return std::nullopt;
  const auto stem = std::string_view(folder).substr(0, folder.size() - info_ending.size());
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  return Installed{.folder = folder,
                   .name = std::string(stem.substr(0, dash)),
                   .version = std::string(stem.substr(dash + 1))};
}

Result<std::vector<Installed>> list_installed(FileSystem& disk, const Path& site) {
  TRY(const auto names, disk.list(site));
  std::vector<Installed> installed;
  for (const auto& name : names)
    if (auto found = read_folder_name(name)) installed.push_back(*std::move(found));
  return installed;
}

/// The lines `Tag:` of an installed WHEEL file.
std::set<std::string> installed_tags(FileSystem& disk, const Path& dist_info) {
  std::set<std::string> tags;
  const auto text = disk.read(dist_info / "WHEEL", max_small_file);
  if (!text.ok()) return tags;
  for (const auto line : split(*text, '\n')) {
    if (!line.starts_with("Tag:")) continue;
    const auto expanded = expand_tags(trim(line.substr(4)));
    if (!expanded.has_value()) continue;
    for (const auto& tag : *expanded)
      tags.insert(tag.str());
  }
  return tags;
}

std::set<std::string> tags_of(const WheelFilename& wheel) {
  std::set<std::string> tags;
  for (const auto& tag : wheel.tags)
    tags.insert(tag.str());
  return tags;
}

/// The wheels of the version that have the installed one's tags.
std::vector<client::PageLink> candidates(std::vector<client::PageLink> links,
                                         const std::set<std::string>& tags) {
  std::erase_if(links, [&](const client::PageLink& link) {
    const auto wheel = WheelFilename::parse(link.file.filename);
    return !wheel.ok() || tags_of(*wheel) != tags;
  });
  if (links.size() > max_candidates) links.resize(max_candidates);
  return links;
}

std::string first_of(const std::vector<std::string>& lines) {
  const auto shown = std::min(lines.size(), max_shown);
  std::vector<std::string> first(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(shown));
  if (lines.size() > shown) first.push_back(fmt::format("and {} more", lines.size() - shown));
  return join(first, "; ");
}

std::vector<std::string> differences(const smoke::ExpectedFiles& expected,
                                     const smoke::InstalledFiles& found) {
  std::vector<std::string> wrong;
  for (const auto& [place, digest] : expected) {
    const auto at = found.on_disk.find(place);
    if (at == found.on_disk.end() || !at->second.ok()) {
      wrong.push_back(quote(place, 300) + " is not there");
    } else if (digest && *digest != *at->second) {
      wrong.push_back(quote(place, 300) + " has other bytes");
    }
  }
  for (const auto& path : found.unexpected)
    wrong.push_back(quote(path, 300) + " is not of the wheel");
  return wrong;
}

class Prover {
 public:
  Prover(const ProveTools& tools, const InstalledEnvironment& environment)
      : tools_(tools), environment_(environment) {}

  Result<Proof> prove(const Installed& installed);
  /// Below the site folder, relative to it.
  void find_strays(EnvironmentProof& proof);

 private:
  Result<Proof> compare(const Installed& installed, const client::PageLink& link);
  Result<client::ServedFile> download(const client::PageLink& link, const Path& to);
  smoke::InstallScheme scheme_of(const Installed& installed) const;
  void note_recorded(const Installed& installed);
  void visit(const Path& folder, const std::string& below, int depth, EnvironmentProof& proof);

  ProveTools tools_;
  const InstalledEnvironment& environment_;
  std::size_t entries_ = 0;         ///< that were visited
  std::set<std::string> recorded_;  ///< absolute, as every RECORD names its files
};

smoke::InstallScheme Prover::scheme_of(const Installed& installed) const {
  return {.site = environment_.site,
          .scripts = environment_.scripts,
          .prefix = environment_.prefix,
          .headers = environment_.prefix / "include" / "site" / environment_.python / installed.name};
}

void Prover::note_recorded(const Installed& installed) {
  const auto text = tools_.disk.read(environment_.site / installed.folder / "RECORD", max_record);
  const auto record = text.ok() ? dist::parse_record(*text) : Result<std::vector<dist::RecordEntry>>(Error{});
  if (!record.ok()) return;
  for (const auto& entry : *record)
    recorded_.insert((environment_.site / entry.path).lexically_normal().string());
}

Result<client::ServedFile> Prover::download(const client::PageLink& link, const Path& to) {
  TRY(auto file, tools_.disk.create(to));
  return tools_.index.fetch(link, max_wheel, [&](std::string_view piece) { return file->write(piece); });
}

Result<Proof> Prover::compare(const Installed& installed, const client::PageLink& link) {
  const Path wheel = tools_.work / link.file.filename;
  TRY(const auto served, download(link, wheel));
  Proof proof{.kind = Proof::Kind::changed,
              .name = installed.name,
              .version = installed.version,
              .filename = link.file.filename,
              .sha256 = served.sha256,
              .yanked = link.file.yanked,
              .label = link.file.label,
              .has_provenance = link.file.provenance.has_value()};
  const auto scheme = scheme_of(installed);
  const auto expected = smoke::expected_files(tools_.disk, wheel, installed.folder, scheme);
  CHECK_OK(tools_.disk.remove(wheel));
  if (served.stated_sha256 && *served.stated_sha256 != served.sha256.hex()) {
    proof.found = "the index serves other bytes than it states";
    return proof;
  }
  if (!expected.ok()) {
    proof.found = expected.error().message;
    return proof;
  }
  const auto scripts = smoke::script_names(tools_.disk, scheme.site / installed.folder);
  const auto found = smoke::read_installed(tools_.disk, *expected, installed.folder, scheme, scripts);
  if (!found.ok()) {
    proof.found = "its RECORD cannot be read: " + found.error().message;
    return proof;
  }
  proof.files = expected->size();
  proof.found = first_of(differences(*expected, *found));
  if (proof.found.empty() && !expected->empty()) proof.kind = Proof::Kind::proved;
  return proof;
}

Result<Proof> Prover::prove(const Installed& installed) {
  note_recorded(installed);
  Proof proof{.name = installed.name, .version = installed.version};
  const Path dist_info = environment_.site / installed.folder;
  const auto release = ReleaseName::parse(installed.name, installed.version);
  if (!release.ok()) {
    proof.found = release.error().message;
    return proof;
  }
  if (tools_.disk.size(dist_info / "direct_url.json").ok()) {
    proof.found = "it was installed from an address or a folder, not from an index (direct_url.json)";
    return proof;
  }
  TRY(auto links, tools_.index.links(*release));
  const auto served = links.size();
  const auto fitting = candidates(std::move(links), installed_tags(tools_.disk, dist_info));
  if (fitting.empty()) {
    proof.found = served == 0 ? "the index serves no file of this version"
                              : fmt::format("none of the {} files of this version has its tags", served);
    return proof;
  }
  for (const auto& link : fitting) {  // more than one where builds have numbers
    TRY(proof, compare(installed, link));
    if (proof.kind == Proof::Kind::proved) break;
  }
  return proof;
}

void Prover::find_strays(EnvironmentProof& proof) {
  visit(environment_.site, "", 0, proof);
}

void Prover::visit(const Path& folder, const std::string& below, int depth, EnvironmentProof& proof) {
  const auto names = tools_.disk.list(folder);
  if (!names.ok() || depth > max_depth) return;
  for (const auto& name : *names) {
    if (name == "__pycache__" || ++entries_ > max_entries) continue;
    const Path path = folder / name;
    const bool is_file = tools_.disk.size(path).ok();
    if (!is_file) {
      visit(path, below + name + "/", depth + 1, proof);
    } else if (!recorded_.contains(path.lexically_normal().string())) {
      ++proof.stray_count;
      if (proof.strays.size() < max_shown) proof.strays.push_back(below + name);
    }
  }
}

Result<InstalledEnvironment> virtual_environment(FileSystem& disk, const Path& folder) {
  for (const auto& lib : {folder / "lib", folder / "lib64"}) {
    const auto names = disk.list(lib);
    if (!names.ok()) continue;
    for (const auto& name : *names) {
      const Path site = lib / name / "site-packages";
      if (!name.starts_with("python") || !disk.list(site).ok()) continue;
      return InstalledEnvironment{.site = site, .scripts = folder / "bin", .prefix = folder, .python = name};
    }
  }
  return Error{Errc::not_found,
               fmt::format("expected a site-packages folder in the environment {}, found none",
                           quote(folder.string(), 300))};
}

}  // namespace

Result<InstalledEnvironment> find_environment(FileSystem& disk, const Path& folder) {
  if (disk.size(folder / "pyvenv.cfg").ok()) return virtual_environment(disk, folder);
  const auto installed = list_installed(disk, folder);
  if (installed.ok() && !installed->empty())
    return InstalledEnvironment{.site = folder, .scripts = folder / "bin", .prefix = folder, .python = {}};
  return Error{Errc::not_found,
               fmt::format("expected a virtual environment, or a folder of packages, found neither in {}",
                           quote(folder.string(), 300)),
               "name the folder that has pyvenv.cfg"};
}

std::string_view to_string(Proof::Kind kind) noexcept {
  constexpr std::array<std::string_view, 3> names{"proved", "changed", "missing"};
  return names.at(static_cast<std::size_t>(kind));
}

json::Object Proof::to_json() const {
  json::Object object{{"name", name}, {"version", version}, {"proof", to_string(kind)}};
  if (!filename.empty()) object["wheel"] = filename;
  if (sha256) object["sha256"] = sha256->hex();
  if (files > 0) object["files"] = files;
  if (!filename.empty()) object["yanked"] = yanked;
  if (label) object["label"] = *label;
  if (!filename.empty()) object["provenance"] = has_provenance ? "claimed" : "missing";
  if (!found.empty()) object["found"] = found;
  return object;
}

bool EnvironmentProof::contradicted() const {
  return stray_count > 0 || std::ranges::any_of(distributions, [](const Proof& proof) {
           return proof.kind == Proof::Kind::changed;
         });
}

bool EnvironmentProof::complete() const {
  return stray_count == 0 && std::ranges::all_of(distributions, [](const Proof& proof) {
           return proof.kind == Proof::Kind::proved;
         });
}

Result<EnvironmentProof> prove(const ProveTools& tools, const InstalledEnvironment& environment) {
  TRY(const auto installed, list_installed(tools.disk, environment.site));
  EnvironmentProof proof;
  Prover prover{tools, environment};
  for (const auto& each : installed) {
    TRY(auto one, prover.prove(each));
    proof.distributions.push_back(std::move(one));
  }
  prover.find_strays(proof);
  return proof;
}

}  // namespace packhouse::desk
