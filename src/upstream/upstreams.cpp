#include "upstream/upstreams.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <shared_mutex>
#include <utility>

#include "base/text.hpp"
#include "sys/fail_point.hpp"
#include "upstream/examination.hpp"
#include "upstream/recall.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::uint64_t memory_bytes = 64UL << 20U;
constexpr std::uint64_t max_metadata = 8UL << 20U;
constexpr std::chrono::seconds absent_for{60};
/// After a failure the upstream is left alone for so long, and the last page is served.
constexpr std::chrono::seconds retry_after{10};
/// For so long after that a request gets the last page at once while the upstream is tried again: one that
/// answers nothing would hold up each of them by a timeout.
constexpr std::chrono::seconds retry_grace{60};

/// Of a page in memory, roughly.
std::uint64_t weight_of(const KnownPagePointer& page) {
  constexpr std::uint64_t of_file = 512;
  constexpr std::uint64_t of_page = 512;
  return of_page + (page ? page->page.files.size() * of_file : 0);
}

std::int64_t revision_of(std::string_view document) {
  const auto bytes = Sha256::of(document).bytes();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(number); ++i)
    number = (number << 8U) | bytes.at(i);
  return static_cast<std::int64_t>(number >> 1U);  // never negative
}

Error no_such_project(const ProjectName& name) {
  return {Errc::not_found, fmt::format("there is no project {}", quote(name.str())), {}};
}

Error no_such_file(std::string_view filename) {
  return {Errc::not_found, fmt::format("there is no file {} with this digest", quote(filename)),
          "the project's page has the links"};
}

std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

/// PEP 658: the file's address with ".metadata" behind its path.
std::string metadata_url(const std::string& url) {
  const auto query = url.find('?');
  const auto path = url.substr(0, query);
  return query == std::string::npos ? path + ".metadata" : path + ".metadata" + url.substr(query);
}

}  // namespace

Upstreams::Upstreams(UpstreamParts parts, NameSet reserved, std::vector<std::unique_ptr<Source>> sources)
    : parts_(std::move(parts)),
      reserved_(std::move(reserved)),
      sources_(std::move(sources)),
      memory_(memory_bytes) {
  for (const auto& source : sources_)
    threads_.try_emplace(source.get());
}

Result<NameOrigin> Upstreams::origin(const ProjectName& name) const {
  TRY(const auto claim, parts_.store.upstreams().claim(name.str(), parts_.clock.now()));
  return origin_of(name, claim, reserved_);
}

Status Upstreams::refuse_private(const ProjectName& name) const {
  TRY(const auto from, origin(name));
  return from.upstream ? success() : Status{no_such_project(name)};
}

std::optional<PageView> Upstreams::remembered(std::string_view name) {
  const auto known = memory_.find(name);
  const auto now = parts_.clock.now();
  if (!known || !known->page || known->usable_until <= now) return std::nullopt;
  if (known->refresh_from <= now) refresh_soon(name);
  const auto fresh = known->until > now ? CacheState::hit : CacheState::refreshing;
  const auto state = known->stale ? CacheState::stale : fresh;
  return PageView{.page = known->offered, .state = state, .whole = known->page};
}

Result<PageView> Upstreams::page(const ProjectName& name) {
  CHECK_OK(refuse_private(name));
  if (auto view = remembered(name.str())) return *std::move(view);
  const auto known = memory_.find(name.str());
  if (known && !known->page && known->until > parts_.clock.now()) return no_such_project(name);
  TRY(auto view, page_flights_.run(name.str(), [&] { return refreshed(name); }));
  // The name may have become private meanwhile: what came for it is another's.
  CHECK_OK(refuse_private(name));
  return view;
}

/// Null: none may give the name.
const Source* Upstreams::asked_first(std::string_view name) const {
  const auto project = ProjectName::parse(name);
  if (!project.ok()) return nullptr;
  const auto found = std::ranges::find_if(
      sources_, [&](const std::unique_ptr<Source>& source) { return source->policy().takes(*project); });
  return found == sources_.end() ? nullptr : found->get();
}

std::string Upstreams::waits_for(std::string_view name) {
  const auto known = memory_.find(name);
  if (known && known->page && known->usable_until > parts_.clock.now()) return known->page->upstream;
  const auto* source = asked_first(name);
  return source == nullptr ? std::string{} : source->name();
}

/// On the thread of a request, which does not wait.
void Upstreams::refresh_soon(std::string_view name) {
  const auto* source = asked_first(name);
  if (source == nullptr) return;
  {
    const std::scoped_lock lock{refreshing_mutex_};
    if (!refreshing_.emplace(name).second) return;
  }
  auto& threads = threads_.at(source).pages;
  threads.post([this, name = std::string(name), &threads] {
    refresh_now(name, threads);
    const std::scoped_lock lock{refreshing_mutex_};
    refreshing_.erase(name);
  });
}

void Upstreams::refresh_now(const std::string& name, const TaskThreads& threads) {
  try {
    const auto project = ProjectName::parse(name);
    if (threads.stopping() || !project.ok() || !refuse_private(*project).ok()) return;
    const auto view = page_flights_.run(name, [&] { return refreshed(*project); });
    if (!view.ok()) parts_.log.info("{}", view.error().message);
  } catch (const std::exception& failure) {
    parts_.log.error("the page of {} cannot be refreshed: {}", name, quote(failure.what()));
  }
}

Result<PageView> Upstreams::refreshed(const ProjectName& name) {
  const auto generation = memory_.generation();
  TRY(auto found, refresh(name));
  memory_.put(name.str(), found.known, weight_of(found.known.page), generation);
  if (!found.known.page) return no_such_project(name);
  return PageView{
      .page = std::move(found.known.offered), .state = found.state, .whole = std::move(found.known.page)};
}

Result<Upstreams::Found> Upstreams::refresh(const ProjectName& name) {
  TRY(const auto last, last_page(name));
  bool asked = false;
  for (const auto& source : sources_) {
    if (!source->policy().takes(name)) continue;
    asked = true;
    auto answer = ask(*source, name, last);
    if (!answer.ok()) {
      if (!last) return answer.error();
      parts_.log.warn("{}; the page of {} is served as it was read last", answer.error().message, name.str());
      TRY(auto as_read_last, known(last, {.fresh = retry_after, .grace = retry_grace, .stale = true}));
      return Found{.known = std::move(as_read_last), .state = CacheState::stale};
    }
    if (*answer) return **std::move(answer);
  }
  if (asked) CHECK_OK(settle_recalls(name, {}, nullptr));
  if (last) {
    parts_.log.info("no upstream has {} any more", name.str());
    CHECK_OK(parts_.store.upstreams().drop_page(parts_.index, name.str()));
    tell_changed(name);
  }
  TRY(auto absent, known(nullptr, {.fresh = absent_for}));
  return Found{.known = std::move(absent)};
}

/// Those of this index, where the upstream's policy can be excepted from.
Result<std::vector<AgeException>> Upstreams::exceptions_for(const SourcePolicy& policy) const {
  if (policy.minimum_age.count() == 0) return std::vector<AgeException>{};
  return parts_.store.upstreams().exceptions(parts_.index);
}

/// The page is looked at again when the next of its files is old enough, or an exception ends.
Result<Upstreams::Known> Upstreams::known(const KnownPagePointer& page, const Lifetime& lifetime) const {
  const auto now = parts_.clock.now();
  const auto until = now + lifetime.fresh;
  Known result{.page = page,
               .offered = page,
               .refresh_from = lifetime.stale ? until : until - lifetime.fresh / 5,
               .until = until,
               .usable_until = until + lifetime.grace,
               .stale = lifetime.stale};
  const auto* source = page ? find_source(page->upstream) : nullptr;
  if (source == nullptr || !source->policy().holds_files()) return result;
  TRY(const auto exceptions, exceptions_for(source->policy()));
  auto offered = offered_page(source->policy(), exceptions, page->page, now);
  if (offered.changes_at) {
    result.until = std::min(until, *offered.changes_at);
    result.usable_until = std::min(result.usable_until, *offered.changes_at);
  }
  if (offered.held.empty()) return result;
  auto part = *page;
  part.page = std::move(offered.page);
  part.revision = revision_of(fmt::format("{} without {}", part.revision, fmt::join(offered.held, "/")));
  result.offered = std::make_shared<const KnownPage>(std::move(part));
  return result;
}

void Upstreams::tell_changed(const ProjectName& name) const {
  if (parts_.changed) parts_.changed(name.str());
}

/// nullopt: that upstream does not know the name.
Result<std::optional<Upstreams::Found>> Upstreams::ask(const Source& source, const ProjectName& name,
                                                       const KnownPagePointer& last) {
  const bool from_here = last && last->upstream == source.name();
  TRY(auto answer, source.page(name, from_here ? last->validators : Validators{}));
  const Lifetime lifetime{.fresh = answer.lifetime, .grace = answer.grace};
  switch (answer.kind) {
    case PageAnswer::Kind::absent:
      return std::optional<Found>{};
    case PageAnswer::Kind::not_modified: {
      TRY(auto confirmed, known(last, lifetime));
      return std::optional{Found{.known = std::move(confirmed), .state = CacheState::revalidated}};
    }
    case PageAnswer::Kind::page:
      break;
  }
  TRY(const auto kept, keep(source, name, std::move(answer)));
  if (last && last->revision != kept->revision) tell_changed(name);
  TRY(auto fetched, known(kept, lifetime));
  return std::optional{Found{.known = std::move(fetched), .state = CacheState::fetched}};
}

/// What the upstream withdrew of the files that were fetched. Null: it has no page any more.
Status Upstreams::settle_recalls(const ProjectName& name, std::string_view upstream,
                                 const RemotePage* page) const {
  const auto subject = fmt::format("{}/{}", parts_.index, name.str());
  const RecallRule rule = [&](const UpstreamFile& file) { return recall_of(page, file); };
  const RecallNote note = [&](bool began, const std::vector<UpstreamRecall>& recalls) {
    if (began) parts_.log.warn("{} fetched files of {} are recalled", recalls.size(), name.str());
    return recall_note(subject, upstream, began, recalls);
  };
  return parts_.store.upstreams().settle_recalls(parts_.index, name.str(), rule, note, parts_.clock.now());
}

/// Of a file that no page has: why it is held, where it was fetched once.
Error Upstreams::recalled_or(const ProjectName& name, const std::string& filename, const Sha256& sha256,
                             Error otherwise) const {
  if (otherwise.code != Errc::not_found || !refuse_private(name).ok()) return otherwise;
  const auto recalls = parts_.store.upstreams().recalls(parts_.index, name.str());
  if (!recalls.ok()) return recalls.error();
  const auto found = std::ranges::find_if(*recalls, [&](const UpstreamRecall& recall) {
    return recall.filename == filename && recall.sha256 == sha256;
  });
  return found == recalls->end() ? std::move(otherwise) : recalled_error(*found);
}

/// Null: none was read, or from an upstream that the configuration no longer has.
Result<KnownPagePointer> Upstreams::last_page(const ProjectName& name) {
  if (const auto known = memory_.find(name.str()); known && known->page) return known->page;
  TRY(auto stored, parts_.store.upstreams().page(parts_.index, name.str()));
  const auto* source = stored ? find_source(stored->upstream) : nullptr;
  if (source == nullptr || !source->policy().takes(name)) return KnownPagePointer{};
  TRY(const auto document, json::parse(stored->document, std::size_t{256} << 20U));
  if (!document.is_object()) return Error{Errc::internal, "a stored page is no object", {}};
  TRY(auto page, RemotePage::parse(document.get_object()));
  CHECK_OK(add_made_metadata(page));
  // A crash after the page was stored may have been quicker.
  CHECK_OK(settle_recalls(name, stored->upstream, &page));
  const auto revision = revision_of(json::dump(page.to_json()));
  return std::make_shared<const KnownPage>(KnownPage{
      .page = std::move(page),
      .upstream = std::move(stored->upstream),
      .validators = {.etag = std::move(stored->etag), .last_modified = std::move(stored->last_modified)},
      .revision = revision});
}

/// Durable before it is served: a restart never shows less than a client has seen.
Result<KnownPagePointer> Upstreams::keep(const Source& source, const ProjectName& name, PageAnswer answer) {
  if (answer.page.left_out_count > 0) {
    parts_.log.warn("upstream {}: {} files of {} are left out, the first is {}", source.name(),
                    answer.page.left_out_count, name.str(), answer.page.left_out.front().filename);
  }
  UpstreamPage stored{.upstream = source.name(),
                      .document = json::dump(answer.page.to_json()),
                      .etag = answer.validators.etag,
                      .last_modified = answer.validators.last_modified,
                      .read = parts_.clock.now()};
  CHECK_OK(parts_.store.upstreams().put_page(parts_.index, name.str(), stored));
  reach(FailPoint::upstream_page_stored);
  CHECK_OK(settle_recalls(name, source.name(), &answer.page));
  CHECK_OK(add_made_metadata(answer.page));
  const auto revision = revision_of(json::dump(answer.page.to_json()));
  return std::make_shared<const KnownPage>(KnownPage{.page = std::move(answer.page),
                                                     .upstream = source.name(),
                                                     .validators = std::move(answer.validators),
                                                     .revision = revision});
}

Result<RemoteFile> Upstreams::listed(const ProjectName& name, const std::string& filename,
                                     const Sha256& sha256, const Source** source) {
  const auto view = page(name);
  if (!view.ok()) return recalled_or(name, filename, sha256, view.error());
  const auto& whole = *view->whole;
  const auto* file = whole.page.find(filename, sha256);
  if (file == nullptr) return recalled_or(name, filename, sha256, no_such_file(filename));
  *source = find_source(whole.upstream);
  TRY(const auto exceptions, exceptions_for((*source)->policy()));
  const auto hold = hold_of((*source)->policy(), exceptions, whole.page, *file, parts_.clock.now());
  if (hold) return held_error((*source)->policy(), *file, *hold);
  return *file;
}

/// Error: it is larger than a file may be.
Result<Upstreams::Wanted> Upstreams::wanted_file(const ProjectName& name, const std::string& filename,
                                                 const Sha256& sha256) {
  const Source* source = nullptr;
  TRY(auto file, listed(name, filename, sha256, &source));
  const auto size = file.size.value_or(parts_.max_file_size);
  if (size > parts_.max_file_size) {
    return Error{Errc::unavailable,
                 fmt::format("upstream {}: {} has {} bytes, and a file may have {}", source->name(),
                             quote(filename), size, parts_.max_file_size),
                 "the setting file-size has the limit"};
  }
  UpstreamFile row{.project = name.str(),
                   .filename = filename,
                   .sha256 = sha256,
                   .size = size,
                   .metadata_sha256 = {},
                   .url = without_query(file.url),
                   .fetched = parts_.clock.now()};
  return Wanted{.source = source,
                .url = std::move(file.url),
                .sha256 = sha256,
                .max_bytes = size,
                .row = std::move(row),
                .stated_size = file.size};
}

Result<ServedFile> Upstreams::file(const ProjectName& name, const std::string& filename,
                                   const Sha256& sha256) {
  TRY(const auto wanted, wanted_file(name, filename, sha256));
  bool started = false;
  TRY(const auto under_way, download(name, wanted, started));
  ServedFile served;
  if (under_way) {
    served.state = started ? CacheState::fetched : CacheState::collapsed;
    TRY(served.stream, under_way->begun());
  }
  CHECK_OK(refuse_private(name));
  return served;
}

Result<std::optional<std::uint64_t>> Upstreams::stated_size(const ProjectName& name,
                                                            const std::string& filename,
                                                            const Sha256& sha256) {
  TRY(const auto wanted, wanted_file(name, filename, sha256));
  if (wanted.source->policy().checks == dist::Severity::refuse) return std::optional<std::uint64_t>{};
  return wanted.stated_size;
}

/// Null: the file is stored.
Result<std::shared_ptr<Download>> Upstreams::download(const ProjectName& name, const Wanted& wanted,
                                                      bool& started) {
  return download_flights_.run(wanted.key(), [&]() -> Result<std::shared_ptr<Download>> {
    if (auto under_way = downloads_.find(wanted.key())) return under_way;
    TRY(const bool here, adopt(wanted.sha256, wanted.row));
    if (here) return std::shared_ptr<Download>{};
    started = true;
    auto& threads = threads_.at(wanted.source).files;
    auto work = [this, name, wanted, &threads](Download& download) {
      return fetch_file(name, wanted, download, threads);
    };
    return downloads_.start(wanted.key(), threads, std::move(work));
  });
}

Status Upstreams::fetch_file(const ProjectName& name, const Wanted& wanted, Download& download,
                             const TaskThreads& threads) {
  const auto fetched = [&]() -> Status {
    TRY(const auto writer, parts_.blobs.begin({}));
    CHECK_OK(receive(wanted, *writer, download, threads));
    CHECK_OK(verify_and_store(wanted, *writer));
    return refuse_private(name);
  }();
  if (!fetched.ok()) parts_.log.warn("{}", fetched.error().message);
  return fetched;
}

/// The upstream's announcement counts, and the page's where there is none: a length that proves wrong breaks
/// the transfer to each client.
Status Upstreams::receive(const Wanted& wanted, BlobWriter& writer, Download& download,
                          const TaskThreads& threads) {
  const auto on_length = [&](std::optional<std::uint64_t> announced) {
    const auto length = announced ? announced : wanted.stated_size;
    const bool may_stream = wanted.source->policy().checks != dist::Severity::refuse;
    if (!may_stream || !length || *length < stream_from) return;
    auto file = GrowingFile::open(writer.path());
    if (file.ok()) download.begin({.file = *std::move(file), .size = *length});
  };
  const auto sink = [&](std::string_view piece) -> Status {
    if (threads.stopping()) return Error{Errc::unavailable, "the server stops", "try again"};
    CHECK_OK(writer.write(piece));
    reach(FailPoint::upstream_file_begun);
    download.grown_to(writer.size());
    return success();
  };
  return wanted.source->file(wanted.url, wanted.max_bytes, sink, on_length);
}

Result<Sha256> Upstreams::metadata(const ProjectName& name, const std::string& filename,
                                   const Sha256& sha256) {
  const Source* source = nullptr;
  TRY(const auto file, listed(name, filename, sha256, &source));
  if (!file.metadata_sha256) return no_such_file(filename + ".metadata");
  const Wanted wanted{.source = source,
                      .url = metadata_url(file.url),
                      .sha256 = *file.metadata_sha256,
                      .max_bytes = max_metadata,
                      .row = {.project = name.str(),
                              .filename = filename,
                              .sha256 = sha256,
                              .size = {},
                              .metadata_sha256 = file.metadata_sha256,
                              .url = without_query(file.url),
                              .fetched = parts_.clock.now()}};
  const auto fetched = metadata_flights_.run(wanted.key(), [&]() -> Result<Sha256> {
    TRY(const bool here, adopt(wanted.sha256, wanted.row));
    if (here) return wanted.sha256;
    TRY(const auto writer, parts_.blobs.begin({}));
    CHECK_OK(source->file(wanted.url, wanted.max_bytes,
                          [&](std::string_view piece) { return writer->write(piece); }));
    CHECK_OK(verify_and_store(wanted, *writer));
    return wanted.sha256;
  });
  CHECK_OK(fetched);
  CHECK_OK(refuse_private(name));
  return fetched;
}

Result<bool> Upstreams::is_recorded(const UpstreamFile& row) const {
  TRY(const auto rows, parts_.store.upstreams().files(parts_.index, row.project));
  return std::ranges::any_of(rows, [&](const UpstreamFile& there) {
    return there.filename == row.filename && there.sha256 == row.sha256 && (!row.size || there.size) &&
           (!row.metadata_sha256 || there.metadata_sha256 == row.metadata_sha256);
  });
}

/// Whether these bytes are stored already, by whatever way they came: then only the row is added.
Result<bool> Upstreams::adopt(const Sha256& wanted, const UpstreamFile& row) {
  TRY(const bool recorded, is_recorded(row));
  if (recorded) return true;
  const std::shared_lock no_gc(parts_.blobs.gc_lock());
  auto blob = parts_.blobs.open(wanted);
  if (!blob.ok()) {
    if (blob.error().code == Errc::not_found) return false;
    return blob.error();
  }
  auto complete = row;
  if (row.size) complete.size = blob->size();
  CHECK_OK(parts_.store.upstreams().put_file(parts_.index, complete));
  return true;
}

/// Compares what came with its digest before it has a name.
Status Upstreams::verify_and_store(const Wanted& wanted, BlobWriter& writer) {
  TRY(const auto digests, writer.finish());
  if (digests.sha256 != wanted.sha256) {
    return Error{Errc::unavailable,
                 fmt::format("upstream {}: {} has the SHA-256 {}, and {} came; nothing was stored",
                             wanted.source->name(), quote(wanted.row.filename), wanted.sha256.hex(),
                             digests.sha256.hex()),
                 "have the upstream repaired: its page and its file disagree"};
  }
  reach(FailPoint::upstream_file_verified);
  const std::shared_lock no_gc(parts_.blobs.gc_lock());
  TRY(auto complete, examined(*wanted.source, writer, wanted.row));
  CHECK_OK(writer.commit());
  if (wanted.row.size) complete.size = writer.size();
  CHECK_OK(parts_.store.upstreams().put_file(parts_.index, complete));
  reach(FailPoint::upstream_file_recorded);
  if (complete.metadata_sha256 != wanted.row.metadata_sha256) memory_.drop({wanted.row.project});
  return success();
}

/// With the lock of garbage collection: the row of a file with what the checks found of it. The METADATA of a
/// wheel of which the upstream's page has no digest is stored: the page shows it from now on.
Result<UpstreamFile> Upstreams::examined(const Source& source, const BlobWriter& content, UpstreamFile row) {
  const auto severity = source.policy().checks;
  if (!row.size || severity == dist::Severity::off) return row;
  TRY(const auto examination, examine(content, row.filename, parts_.policy));
  if (!examination.refusal.empty() && severity == dist::Severity::refuse) {
    return Error{Errc::forbidden,
                 fmt::format("{} of upstream {} is refused: {}", quote(row.filename), source.name(),
                             examination.refusal),
                 "the setting checks of the upstream decides"};
  }
  if (examination.count > 0) {
    parts_.log.warn("upstream {}: {} has {} findings, the first is {}", source.name(), quote(row.filename),
                    examination.count, examination.first);
  }
  row.findings = examination.findings;
  const auto known = memory_.find(row.project);
  const auto* listed = known && known->page ? known->page->page.find(row.filename, row.sha256) : nullptr;
  if (examination.metadata.empty() || listed == nullptr || listed->metadata_sha256) return row;
  TRY(row.metadata_sha256, parts_.blobs.put(examination.metadata));
  return row;
}

/// Of wheels that are stored and of whose METADATA the upstream's page has no digest.
Status Upstreams::add_made_metadata(RemotePage& page) const {
  TRY(const auto rows, parts_.store.upstreams().files(parts_.index, page.project));
  for (const auto& row : rows) {
    if (!row.metadata_sha256 || !row.size) continue;
    const auto found = std::ranges::find(page.files, row.filename, &RemoteFile::filename);
    const bool lacks = found != page.files.end() && found->sha256 == row.sha256 && !found->metadata_sha256;
    if (lacks) found->metadata_sha256 = row.metadata_sha256;
  }
  return success();
}

void Upstreams::forget(std::string_view name) {
  memory_.drop({name});
}

void Upstreams::forget_all() {
  memory_.drop_if([](std::string_view, const Known&) { return true; });
}

const Source* Upstreams::find_source(std::string_view name) const {
  for (const auto& source : sources_)
    if (source->name() == name) return source.get();
  return nullptr;
}

}  // namespace packhouse::upstream
