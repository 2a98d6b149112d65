#include "dist/inspected_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "archive/tar.hpp"
#include "archive/zip.hpp"
#include "base/text.hpp"

namespace packhouse::dist {
namespace {

// Tokens stand in small texts; scanning every byte of big data files would cost and find nothing.
constexpr std::uint64_t scan_limit = 512U << 10U;
constexpr std::size_t hits_limit = 1000;

constexpr std::array<std::string_view, 4> wheel_files{"METADATA", "WHEEL", "RECORD", "entry_points.txt"};
constexpr std::array<std::string_view, 1> sdist_files{"PKG-INFO"};

bool is_binary(std::string_view bytes) {
  return bytes.substr(0, 512).contains('\0');
}

// What the pass does with one member's bytes, whichever container delivers them.
class MemberCollector final : public archive::MemberSink {
 public:
  explicit MemberCollector(InspectedFile& inspected) : inspected_(inspected) {}

  /// The digest that RECORD promises, by path. The map outlives the pass.
  void expect_digests(const std::map<std::string_view, std::string_view>& algorithms) {
    algorithms_ = &algorithms;
  }

  void begin(const archive::Member& member) override {
    facts_ = {};
    facts_.member = member;
    first_ = true;
    scanned_ = false;
    text_.clear();
    keep_ = kept_name(member);
    hashing_ = false;
    if (algorithms_ == nullptr) return;
    const auto named = algorithms_->find(member.name);
    if (named == algorithms_->end() || !is_strong_algorithm(named->second)) return;
    hasher_.start(named->second);
    hashing_ = true;
  }

  void write(std::string_view chunk) override {
    if (hashing_) hasher_.update(chunk);
    if (first_) {
      facts_.magic = magic_of(chunk);
      const bool whole = chunk.size() == facts_.member.size;
      gathers_ = !keep_.empty() || (!whole && facts_.member.size <= scan_limit);
      if (whole) scan(chunk);
    }
    if (gathers_) text_.append(chunk);
    first_ = false;
  }

  void end(const archive::Member& member, bool intact) override {
    facts_.intact = intact;
    if (hashing_) facts_.digest = hasher_.finish();
    if (!scanned_) scan(text_);
    if (!keep_.empty() && intact) keep(member);
    text_ = {};
    inspected_.members.push_back(std::move(facts_));
  }

 private:
  // One of the files with a meaning, directly in a folder of the first level, and not too long; else empty.
  std::string_view kept_name(const archive::Member& member) {
    const std::string_view name = member.name;
    const auto slash = name.find('/');
    if (member.type != archive::MemberType::file || slash == std::string_view::npos) return {};
    const std::span<const std::string_view> files = inspected_.kind == Kind::sdist
                                                        ? std::span{sdist_files}
                                                        : std::span<const std::string_view>{wheel_files};
    const auto file = std::ranges::find(files, name.substr(slash + 1));
    if (file == files.end()) return {};
    // A wheel's root is known by now. An sdist whose folder has another name is refused for that, and its
    // metadata is looked at all the same.
    if (inspected_.kind == Kind::wheel && name.substr(0, slash) != inspected_.root) return {};
    if (member.size <= InspectedFile::kept_limit) return *file;
    inspected_.too_long.emplace_back(*file);
    return {};
  }

  // A whole member's bytes. A hundred thousand small members could hold a million hits: some are enough.
  void scan(std::string_view text) {
    scanned_ = true;
    if (text.empty() || text.size() > scan_limit || is_binary(text) || hits_ >= hits_limit) return;
    facts_.hits = scan_text(text);
    hits_ += facts_.hits.size();
  }

  void keep(const archive::Member& member) {
    const bool in_root = std::string_view{member.name}.substr(0, member.name.find('/')) == inspected_.root;
    auto& kept = inspected_.kept;
    if (in_root || !kept.contains(keep_)) kept.insert_or_assign(std::string{keep_}, std::move(text_));
  }

  InspectedFile& inspected_;
  const std::map<std::string_view, std::string_view>* algorithms_ = nullptr;
  RecordHasher hasher_;
  MemberFacts facts_;
  std::string text_;
  std::string_view keep_;
  std::size_t hits_ = 0;
  bool scanned_ = false;
  bool hashing_ = false;
  bool gathers_ = false;
  bool first_ = true;
};

std::string_view top_of(std::string_view path) {
  return path.substr(0, path.find('/'));
}

template <typename Members, typename Wanted>
std::vector<std::string> top_names(const Members& members, const Wanted& wanted) {
  std::vector<std::string> names;
  for (const auto& member : members) {
    const auto top = top_of(member.name);
    if (wanted(top)) names.emplace_back(top);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

void choose_root(InspectedFile& inspected, const std::string& named) {
  const bool there = std::ranges::find(inspected.roots, named) != inspected.roots.end();
  if (there) {
    inspected.root = named;
  } else if (inspected.roots.size() == 1) {
    inspected.root = inspected.roots.front();
  }
}

void index_members(InspectedFile& inspected) {
  for (std::size_t i = 0; i < inspected.members.size(); ++i)
    inspected.by_path.emplace(inspected.members[i].member.name, i);
}

void read_metadata(InspectedFile& inspected) {
  const auto* bytes = inspected.metadata_bytes();
  if (bytes == nullptr) return;
  auto reading = CoreMetadata::read(*bytes);
  inspected.metadata = std::move(reading.metadata);
  inspected.metadata_problems = std::move(reading.problems);
}

void read_wheel_files(InspectedFile& inspected) {
  if (const auto file = inspected.kept.find("WHEEL"); file != inspected.kept.end()) {
    auto parsed = parse_wheel_file(file->second);
    if (parsed.ok()) {
      inspected.wheel_file = std::move(*parsed);
    } else {
      inspected.wheel_file_fault = parsed.error().message;
    }
  }
}

void read_record(InspectedFile& inspected) {
  const auto file = inspected.kept.find("RECORD");
  if (file == inspected.kept.end()) return;
  auto parsed = parse_record(file->second);
  if (parsed.ok()) {
    inspected.record = std::move(*parsed);
  } else {
    inspected.record_fault = parsed.error().message;
  }
}

InspectedFile start(const archive::ByteSource& source, std::string_view filename) {
  InspectedFile inspected;
  inspected.filename = filename;
  inspected.size = source.size();
  return inspected;
}

bool begins_with(const archive::ByteSource& source, std::string_view bytes) {
  std::string start(bytes.size(), '\0');
  if (source.size() < start.size()) return false;
  source.read_at(0, start);
  return start == bytes;
}

std::string describe_start(const archive::ByteSource& source) {
  std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 8)), '\0');
  source.read_at(0, start);
  return fmt::format("{} bytes that begin {}", source.size(), quote(start));
}

constexpr std::string_view gzip_magic{"\x1f\x8b", 2};
constexpr std::string_view zip_magic{"PK", 2};

// A zip's records, in one pass with RECORD first: it says which digest each member needs.
void take_zip(InspectedFile& inspected, const archive::ByteSource& source, const archive::Policy& policy) {
  inspected.container = archive::Scope::zip;
  if (archive::looks_like_tar(source))
    inspected.violations.add(archive::Rule::polyglot, "a zip that is a tar too");
  archive::ZipReader reader{source, policy};
  const bool sdist = inspected.kind == Kind::sdist;
  inspected.roots = top_names(reader.members(), [&](std::string_view top) {
    return sdist ? !top.empty() : top.ends_with(".dist-info");
  });
  if (inspected.wheel_name) {
    choose_root(inspected, fmt::format("{}-{}.dist-info", inspected.wheel_name->raw_name,
                                       inspected.wheel_name->raw_version));
  }
  inspected.complete = reader.readable();
  MemberCollector collector{inspected};
  const auto read = [&](const archive::ZipMember& member) {
    collector.begin(member);
    const bool intact = reader.read(member, [&](std::string_view chunk) {
      collector.write(chunk);
      return true;
    });
    collector.end(member, intact);
  };
  const auto record_path = inspected.root + "/RECORD";
  std::map<std::string_view, std::string_view> algorithms;
  if (reader.readable()) {
    const auto record = std::ranges::find(reader.members(), record_path, &archive::ZipMember::name);
    if (record != reader.members().end()) read(*record);
    read_record(inspected);
    if (inspected.record) {
      for (const auto& entry : *inspected.record)
        algorithms.emplace(entry.path, entry.algorithm);
    }
    collector.expect_digests(algorithms);
    for (const auto& member : reader.members()) {
      // The first RECORD was read above; a second one of that name is refused as a duplicate.
      if (member.name != record_path) read(member);
    }
  }
  inspected.violations.add_all(reader.violations());
}

void take_tar(InspectedFile& inspected, const archive::ByteSource& source, const archive::Policy& policy) {
  inspected.container = archive::Scope::tar_gz;
  if (archive::looks_like_zip_end(source)) {
    inspected.violations.add(archive::Rule::polyglot, "a gzip file that is a zip too");
  }
  archive::TarGzReader reader{source, policy};
  MemberCollector collector{inspected};
  reader.read_all(collector);
  inspected.complete = reader.complete();
  inspected.roots = top_names(reader.members(), [](std::string_view top) { return !top.empty(); });
  inspected.violations.add_all(reader.violations());
}

}  // namespace

const MemberFacts* InspectedFile::find(std::string_view path) const {
  const auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : &members[found->second];
}

const std::string* InspectedFile::metadata_bytes() const {
  const auto found = kept.find(kind == Kind::sdist ? "PKG-INFO" : "METADATA");
  return found == kept.end() ? nullptr : &found->second;
}

const ProjectName* InspectedFile::name() const {
  if (wheel_name) return &wheel_name->name;
  return sdist_name ? &sdist_name->name : nullptr;
}

const Version* InspectedFile::version() const {
  if (wheel_name) return &wheel_name->version;
  return sdist_name ? &sdist_name->version : nullptr;
}

bool InspectedFile::has_wrong_value(std::string_view field) const {
  return std::ranges::any_of(metadata_problems, [&](const MetadataProblem& problem) {
    return problem.field == field && problem.fault == MetadataFault::value;
  });
}

std::string_view InspectedFile::sdist_stem() const {
  const std::string_view name = filename;
  for (const std::string_view extension : {".tar.gz", ".zip"}) {
    if (name.ends_with(extension)) return name.substr(0, name.size() - extension.size());
  }
  return name;
}

std::string InspectedFile::sdist_folder() const {
  return roots.size() == 1 ? roots.front() : std::string{sdist_stem()};
}

InspectedFile inspect_wheel(const archive::ByteSource& source, std::string_view filename,
                            const archive::Policy& policy) {
  auto inspected = start(source, filename);
  inspected.kind = Kind::wheel;
  auto name = WheelFilename::read(filename);
  if (name.ok()) {
    inspected.wheel_name = std::move(*name);
  } else {
    inspected.filename_fault = name.error().line();
  }
  if (begins_with(source, gzip_magic)) {
    inspected.violations.add(archive::Rule::container, "a gzip file named .whl");
    return inspected;
  }
  take_zip(inspected, source, policy);
  index_members(inspected);
  read_metadata(inspected);
  read_wheel_files(inspected);
  for (const auto& facts : inspected.members)
    inspected.installed.push_back(installed_path(facts.member, inspected.name()));
  return inspected;
}

InspectedFile inspect_sdist(const archive::ByteSource& source, std::string_view filename,
                            const archive::Policy& policy) {
  auto inspected = start(source, filename);
  inspected.kind = Kind::sdist;
  auto name = SdistFilename::read(filename);
  if (name.ok()) {
    inspected.sdist_name = std::move(*name);
    // A tar is read once, so the folder's name must be known before.
    inspected.root = inspected.sdist_stem();
  } else {
    inspected.filename_fault = name.error().line();
  }
  const bool zip = filename.ends_with(".zip");
  if (!begins_with(source, zip ? zip_magic : gzip_magic)) {
    inspected.violations.add(archive::Rule::container, describe_start(source));
    return inspected;
  }
  if (zip) {
    take_zip(inspected, source, policy);
  } else {
    take_tar(inspected, source, policy);
  }
  index_members(inspected);
  read_metadata(inspected);
  return inspected;
}

InspectedFile inspect_archive(const archive::ByteSource& source, std::string_view filename,
                              const archive::Policy& policy) {
  auto inspected = start(source, filename);
  if (begins_with(source, gzip_magic)) {
    take_tar(inspected, source, policy);
  } else if (begins_with(source, zip_magic)) {
    take_zip(inspected, source, policy);
  } else if (archive::looks_like_zip_end(source)) {
    inspected.violations.add(archive::Rule::zip_prepended_data, describe_start(source));
  } else {
    inspected.violations.add(archive::Rule::container, describe_start(source));
  }
  return inspected;
}

}  // namespace packhouse::dist
