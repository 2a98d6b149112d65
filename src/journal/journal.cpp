#include "journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <map>

#include "base/redactor.hpp"
#include "base/text.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::journal {
namespace {

constexpr std::uint64_t max_journal = 64U << 20U;
constexpr std::string_view first_link = "0000000000000000000000000000000000000000000000000000000000000000";

Error broken(std::size_t line, std::string_view what) {
  return {Errc::conflict, fmt::format("the release's journal is broken at line {}: {}", line, what),
          "somebody changed it: keep the folder for an inquiry, and go on with another --state"};
}

/// nullopt: no line of a journal at all, as a power cut leaves it.
std::optional<json::Object> parse_line(std::string_view line) {
  auto document = json::parse(line, max_journal);
  if (!document.ok() || !document->is_object()) return std::nullopt;
  return std::move(document->get_object());
}

Result<JournalEntry> read_entry(json::Object object, std::string_view previous, std::size_t line) {
  JournalEntry entry;
  const auto hash = json::get_string(object, "hash");
  const auto before = json::get_string(object, "prev_hash");
  if (!hash.ok() || !before.ok()) return broken(line, "expected prev_hash and hash");
  if (*before != previous) return broken(line, "it does not follow the line before it");
  entry.hash = *hash;
  object.erase("hash");
  if (Sha256::of(json::canonical(object)).hex() != entry.hash) return broken(line, "its hash is another one");
  TRY(entry.seq, json::get_int(object, "seq"));
  TRY(entry.time, json::get_string(object, "time"));
  TRY(entry.step, json::get_string(object, "step"));
  TRY(entry.phase, json::get_string(object, "phase"));
  TRY(entry.detail, json::get_object(object, "detail"));
  return entry;
}

}  // namespace

Result<Journal> Journal::open(FileSystem& disk, Clock& clock, const Redactor& redactor, Path folder) {
  Journal journal(disk, clock, redactor, std::move(folder));
  CHECK_OK(disk.make_folders(journal.folder_ / "evidence"));
  CHECK_OK(disk.make_folders(journal.folder_ / "logs"));
  // The names of the folders above must last as long as what is in them: STATE/releases/PROJECT/VERSION.
  Path above = journal.folder_;
  for (int level = 0; level < 3; ++level) {
    above = above.parent_path();
    CHECK_OK(disk.sync_folder(above));
  }
  CHECK_OK(journal.read());
  return journal;
}

Result<Journal> Journal::load(FileSystem& disk, Clock& clock, const Redactor& redactor, Path folder) {
  Journal journal(disk, clock, redactor, std::move(folder));
  CHECK_OK(journal.read());
  if (journal.entries_.empty())
    return Error{Errc::not_found, "no journal in " + quote(journal.folder_.string())};
  return journal;
}

Status Journal::read() {
  const auto text = disk_->read(folder_ / "journal.jsonl", max_journal);
  if (!text.ok() && text.error().code == Errc::not_found) return success();
  if (!text.ok()) return text.error();
  torn_ = !text->empty() && !text->ends_with('\n');
  std::string previous(first_link);
  std::size_t number = 0;
  for (const std::string_view line : split(*text, '\n')) {
    ++number;
    if (line.empty()) continue;
    auto object = parse_line(line);
    if (!object) continue;  // torn; had it been whole, the chain after it would not fit
    TRY(auto entry, read_entry(*std::move(object), previous, number));
    previous = entry.hash;
    entries_.push_back(std::move(entry));
  }
  return success();
}

JournalEntry Journal::next_entry(std::string_view step, std::string_view phase, json::Object detail) const {
  return {.seq = static_cast<std::int64_t>(entries_.size()) + 1,
          .time = to_iso8601(clock_->now()),
          .step = std::string(step),
          .phase = std::string(phase),
          .detail = redact(*redactor_, json::Value(std::move(detail))).get_object(),
          .hash = {}};
}

Status Journal::append(std::string_view step, std::string_view phase, std::vector<json::Object> details,
                       Durable when) {
  const std::size_t before = entries_.size();
  std::string lines;
  for (json::Object& detail : details) {
    auto entry = next_entry(step, phase, std::move(detail));
    json::Object object{{"seq", entry.seq},
                        {"prev_hash", entries_.empty() ? std::string(first_link) : entries_.back().hash},
                        {"time", entry.time},
                        {"tool", "packhouse " PACKHOUSE_VERSION},
                        {"step", entry.step},
                        {"phase", entry.phase},
                        {"detail", entry.detail}};
    entry.hash = Sha256::of(json::canonical(object)).hex();
    object["hash"] = entry.hash;
    lines += json::canonical(object) + "\n";
    entries_.push_back(std::move(entry));
  }
  auto written = lines.empty() ? success() : write(lines, before == 0, when);
  if (!written.ok()) entries_.resize(before);
  return written;
}

Status Journal::write(const std::string& lines, bool first, Durable when) {
  if (failed_) return Error{Errc::unavailable, "the release's journal could not be written before"};
  failed_ = true;  // until all of it is where it is to be
  reach(FailPoint::journal_line_begun);
  TRY(const auto file, disk_->append(folder_ / "journal.jsonl"));
  // Ends a line that a power cut tore, so that this one stands alone.
  CHECK_OK(file->write((torn_ ? "\n" : "") + lines));
  if (when == Durable::now) {
    CHECK_OK(file->sync());  // of what was written before it, too
  }
  if (first) {
    CHECK_OK(disk_->sync_folder(folder_));
  }
  torn_ = false;
  failed_ = false;
  reach(FailPoint::journal_line_written);
  return success();
}

Status Journal::intent(std::string_view step, json::Object detail) {
  return append(step, "intent", {std::move(detail)});
}

Status Journal::outcome(std::string_view step, json::Object detail, Durable when) {
  return append(step, "outcome", {std::move(detail)}, when);
}

Status Journal::keep(const std::vector<Evidence>& evidence) {
  const Path folder = folder_ / "evidence";
  const auto part_of = [](Path path) { return path.replace_extension(".part"); };
  std::map<Path, std::unique_ptr<WritableFile>> unfinished;  // by the name it is to have
  for (const Evidence& each : evidence) {
    const Path path = folder / (each.digest().hex() + ".json");
    if (disk_->size(path).ok() || unfinished.contains(path)) continue;
    const Path part = part_of(path);
    if (const auto left = disk_->remove(part); !left.ok() && left.error().code != Errc::not_found)
      return left;
    TRY(auto file, disk_->create(part));
    CHECK_OK(file->write(redactor_->redact(each.canonical)));
    file->start_writeback();  // so that the disk takes them together
    unfinished.emplace(path, std::move(file));
  }
  for (const auto& [path, file] : unfinished) {
    CHECK_OK(file->sync());
    reach(FailPoint::journal_evidence_written);
    CHECK_OK(disk_->rename(part_of(path), path));
  }
  return unfinished.empty() ? success() : disk_->sync_folder(folder);
}

Result<std::optional<dist::Manifest>> Journal::promoted() const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->step != "verify" || entry->phase != "outcome") continue;
    const auto files = json::get_array(entry->detail, "manifest");
    if (!files.ok()) continue;
    auto manifest = read_manifest(*files);
    if (!manifest.ok()) return Error{Errc::conflict, "the journal's manifest: " + manifest.error().message};
    return std::optional(*std::move(manifest));
  }
  return std::optional<dist::Manifest>{};
}

Result<ReleaseLock> ReleaseLock::take(FileSystem& disk, const Path& folder) {
  CHECK_OK(disk.make_folders(folder));
  const Path path = folder / "lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid())
    return Error{Errc::unavailable, "cannot make the lock of this release in " + folder.string()};
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::conflict, "this release is being worked on by another process on this machine",
                 "wait for it to end"};
  }
  return ReleaseLock(std::move(file));
}

json::Array to_json(const dist::Manifest& manifest) {
  json::Array list;
  for (const auto& entry : manifest.entries()) {
    list.push_back(
        json::Object{{"filename", entry.filename}, {"size", entry.size}, {"sha256", entry.sha256.hex()}});
  }
  return list;
}

Result<dist::Manifest> read_manifest(const json::Array& files) {
  std::vector<dist::ManifestEntry> list;
  for (const json::Value& item : files) {
    const auto* file = item.if_object();
    if (file == nullptr) return Error{Errc::invalid_input, "expected a manifest's files as objects"};
    TRY(auto filename, json::get_string(*file, "filename"));
    TRY(const auto size, json::get_int(*file, "size"));
    TRY(const auto text, json::get_string(*file, "sha256"));
    TRY(const auto digest, Sha256::parse(text));
    list.push_back({std::move(filename), static_cast<std::uint64_t>(size), digest});
  }
  return dist::Manifest::make(std::move(list));
}

std::set<std::string> sent_files(const std::vector<JournalEntry>& entries) {
  std::set<std::string> sent;
  for (const JournalEntry& entry : entries)
    if (entry.step == "upload") sent.insert(json::get_string(entry.detail, "filename").value_or(""));
  return sent;
}

std::string refused_checks(const json::Object& detail) {
  std::vector<std::string> ids;
  const auto checks = json::get_array(detail, "checks");
  if (!checks.ok()) return {};
  for (const json::Value& check : *checks) {
    const auto* object = check.if_object();
    if (object == nullptr || json::get_bool(*object, "passed").value_or(true)) continue;
    if (auto id = json::get_string(*object, "id"); id.ok()) ids.push_back(*std::move(id));
  }
  return join(ids, ", ");
}

Path project_folder(const Path& state, std::string_view project) {
  return state / "releases" / project;
}

Path release_folder(const Path& state, const ReleaseName& release) {
  return project_folder(state, release.project.str()) / release.version.str();
}

}  // namespace packhouse::journal
