#include "dist/subject.hpp"

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
class Intake final : public archive::MemberSink {
 public:
  explicit Intake(Subject& subject) : subject_(subject) {}

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
    subject_.members.push_back(std::move(facts_));
  }

 private:
  // One of the files with a meaning, directly in a folder of the first level, and not too long; else empty.
  std::string_view kept_name(const archive::Member& member) {
    const std::string_view name = member.name;
    const auto slash = name.find('/');
    if (member.type != archive::MemberType::file || slash == std::string_view::npos) return {};
    const std::span<const std::string_view> files = subject_.kind == Kind::sdist
                                                        ? std::span{sdist_files}
                                                        : std::span<const std::string_view>{wheel_files};
    const auto file = std::ranges::find(files, name.substr(slash + 1));
    if (file == files.end()) return {};
    // A wheel's root is known by now. An sdist whose folder has another name is refused for that, and its
    // metadata is looked at all the same.
    if (subject_.kind == Kind::wheel && name.substr(0, slash) != subject_.root) return {};
    if (member.size <= Subject::kept_limit) return *file;
    subject_.too_long.emplace_back(*file);
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
    const bool in_root = std::string_view{member.name}.substr(0, member.name.find('/')) == subject_.root;
    auto& kept = subject_.kept;
    if (in_root || !kept.contains(keep_)) kept.insert_or_assign(std::string{keep_}, std::move(text_));
  }

  Subject& subject_;
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

void choose_root(Subject& subject, const std::string& named) {
  const bool there = std::ranges::find(subject.roots, named) != subject.roots.end();
  if (there) {
    subject.root = named;
  } else if (subject.roots.size() == 1) {
    subject.root = subject.roots.front();
  }
}

void index_members(Subject& subject) {
  for (std::size_t i = 0; i < subject.members.size(); ++i)
    subject.by_path.emplace(subject.members[i].member.name, i);
}

// setuptools wrote License-File into metadata that it called 2.1 for years, and the public index took it.
// Such a file is read as the first version that has the field, and the fault is a check of its own.
std::optional<CoreMetadata> parse_as_newer(std::string_view bytes) {
  const auto end = std::min(bytes.find("\n\n"), bytes.size());
  for (std::size_t at = 0; at < end; at = std::min(bytes.find('\n', at), end) + 1) {
    constexpr std::string_view key = "metadata-version:";
    if (!iequals(bytes.substr(at, key.size()), key)) continue;
    const auto line_end = std::min(bytes.find('\n', at), bytes.size());
    std::string newer{bytes.substr(0, at)};
    newer += "Metadata-Version: 2.5";
    newer += bytes.substr(line_end);
    auto parsed = CoreMetadata::parse(newer);
    if (!parsed.has_value()) return std::nullopt;
    parsed->metadata_version = trim(bytes.substr(at + key.size(), line_end - at - key.size()));
    return std::move(*parsed);
  }
  return std::nullopt;
}

void read_metadata(Subject& subject) {
  const auto* bytes = subject.metadata_bytes();
  if (bytes == nullptr) return;
  auto parsed = CoreMetadata::parse(*bytes);
  if (parsed.has_value()) {
    subject.metadata = std::move(*parsed);
    return;
  }
  subject.metadata_problems = std::move(parsed.error());
  const bool unknown_version = std::ranges::any_of(
      subject.metadata_problems, [](const auto& problem) { return problem.field == "metadata-version"; });
  if (unknown_version) return;
  subject.metadata = parse_as_newer(*bytes);
  subject.metadata_has_newer_fields = subject.metadata.has_value();
}

void read_wheel_files(Subject& subject) {
  if (const auto file = subject.kept.find("WHEEL"); file != subject.kept.end()) {
    auto parsed = parse_wheel_file(file->second);
    if (parsed.ok()) {
      subject.wheel_file = std::move(*parsed);
    } else {
      subject.wheel_file_fault = parsed.error().message;
    }
  }
}

void read_record(Subject& subject) {
  const auto file = subject.kept.find("RECORD");
  if (file == subject.kept.end()) return;
  auto parsed = parse_record(file->second);
  if (parsed.ok()) {
    subject.record = std::move(*parsed);
  } else {
    subject.record_fault = parsed.error().message;
  }
}

Subject start(const archive::ByteSource& source, std::string_view filename) {
  Subject subject;
  subject.filename = filename;
  subject.size = source.size();
  return subject;
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

// A zip's records, in one pass with RECORD first: it says which digest each member needs.
void take_zip(Subject& subject, const archive::ByteSource& source, const Policy& policy) {
  subject.container = archive::Scope::zip;
  if (archive::looks_like_tar(source))
    subject.violations.add(archive::Rule::polyglot, "a zip that is a tar too");
  archive::ZipReader reader{source, policy.archive()};
  subject.roots =
      top_names(reader.members(), [](std::string_view top) { return top.ends_with(".dist-info"); });
  if (subject.wheel_name) {
    choose_root(subject, fmt::format("{}-{}.dist-info", subject.wheel_name->raw_name,
                                     subject.wheel_name->raw_version));
  }
  subject.complete = reader.readable();
  Intake intake{subject};
  const auto read = [&](const archive::ZipMember& member) {
    intake.begin(member);
    const bool intact = reader.read(member, [&](std::string_view chunk) {
      intake.write(chunk);
      return true;
    });
    intake.end(member, intact);
  };
  const auto record_path = subject.root + "/RECORD";
  std::map<std::string_view, std::string_view> algorithms;
  if (reader.readable()) {
    const auto record = std::ranges::find(reader.members(), record_path, &archive::ZipMember::name);
    if (record != reader.members().end()) read(*record);
    read_record(subject);
    if (subject.record) {
      for (const auto& entry : *subject.record)
        algorithms.emplace(entry.path, entry.algorithm);
    }
    intake.expect_digests(algorithms);
    for (const auto& member : reader.members()) {
      // The first RECORD was read above; a second one of that name is refused as a duplicate.
      if (member.name != record_path) read(member);
    }
  }
  subject.violations.add_all(reader.violations());
}

void take_tar(Subject& subject, const archive::ByteSource& source, const Policy& policy) {
  subject.container = archive::Scope::tar_gz;
  if (archive::looks_like_zip_end(source)) {
    subject.violations.add(archive::Rule::polyglot, "a gzip file that is a zip too");
  }
  archive::TarGzReader reader{source, policy.archive()};
  Intake intake{subject};
  reader.read_all(intake);
  subject.complete = reader.complete();
  subject.roots = top_names(reader.members(), [](std::string_view top) { return !top.empty(); });
  subject.violations.add_all(reader.violations());
}

}  // namespace

const MemberFacts* Subject::find(std::string_view path) const {
  const auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : &members[found->second];
}

const std::string* Subject::metadata_bytes() const {
  const auto found = kept.find(kind == Kind::sdist ? "PKG-INFO" : "METADATA");
  return found == kept.end() ? nullptr : &found->second;
}

const ProjectName* Subject::name() const {
  if (wheel_name) return &wheel_name->name;
  return sdist_name ? &sdist_name->name : nullptr;
}

const Version* Subject::version() const {
  if (wheel_name) return &wheel_name->version;
  return sdist_name ? &sdist_name->version : nullptr;
}

Subject inspect_wheel(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  auto subject = start(source, filename);
  subject.kind = Kind::wheel;
  auto name = WheelFilename::read(filename);
  if (name.ok()) {
    subject.wheel_name = std::move(*name);
  } else {
    subject.filename_fault = name.error().line();
  }
  if (begins_with(source, gzip_magic)) {
    subject.violations.add(archive::Rule::container, "a gzip file named .whl");
    return subject;
  }
  take_zip(subject, source, policy);
  index_members(subject);
  read_metadata(subject);
  read_wheel_files(subject);
  return subject;
}

Subject inspect_sdist(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  auto subject = start(source, filename);
  subject.kind = Kind::sdist;
  auto name = SdistFilename::read(filename);
  if (name.ok()) {
    subject.sdist_name = std::move(*name);
    // What stands before ".tar.gz" is the folder's name; a tar is read once, so it must be known before.
    constexpr std::string_view extension = ".tar.gz";
    subject.root = filename.substr(0, filename.size() - std::min(filename.size(), extension.size()));
  } else {
    subject.filename_fault = name.error().line();
  }
  if (!begins_with(source, gzip_magic)) {
    subject.violations.add(archive::Rule::container, describe_start(source));
    return subject;
  }
  take_tar(subject, source, policy);
  index_members(subject);
  read_metadata(subject);
  return subject;
}

Subject inspect_archive(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  auto subject = start(source, filename);
  if (begins_with(source, gzip_magic)) {
    take_tar(subject, source, policy);
  } else if (begins_with(source, "PK")) {
    take_zip(subject, source, policy);
  } else if (archive::looks_like_zip_end(source)) {
    subject.violations.add(archive::Rule::zip_prepended_data, describe_start(source));
  } else {
    subject.violations.add(archive::Rule::container, describe_start(source));
  }
  return subject;
}

}  // namespace packhouse::dist
