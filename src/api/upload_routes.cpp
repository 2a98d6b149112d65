#include "api/upload_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <utility>

#include "api/access.hpp"
#include "base/text.hpp"
#include "http/multipart.hpp"
#include "index/ingest.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::api {
namespace {

constexpr std::string_view upload_hint =
    "this is the upload URL: POST files here with twine or uv publish, install from ../simple/";

/// What the form may hold beside the file, its delimiters included.
constexpr std::uint64_t form_allowance = 16ULL << 20U;

Error too_large(std::uint64_t limit) {
  return {Errc::too_large, fmt::format("File too large. The limit of this index is {} bytes.", limit),
          "an administrator can raise limits.file-size"};
}

/// Twine and uv both report a 400 as a refusal; of 409 only some versions do.
int upload_status(Errc code) {
  return code == Errc::conflict ? 400 : routing::status_of(code);
}

std::string_view outcome_of(const index::Ingested& done) {
  if (done.repaired) return "already there, and its damaged copy is whole again";
  return done.outcome == Recorded::added ? "stored" : "already there, unchanged";
}

std::string describe(const index::Ingested& done) {
  std::string text =
      fmt::format("{}: {} sha256={}\n", outcome_of(done), done.file.filename, done.file.sha256.hex());
  for (const auto& warning : done.warnings) {
    text += fmt::format("warning: {}: expected {}, found {}\n", warning.id, warning.expected, warning.found);
  }
  return text;
}

/// The fields on which an answer depends. The request may be destroyed before the sink, and holds a secret.
http::Request answer_to(const http::Request& request) {
  http::Request kept;
  kept.method = request.method;
  for (const auto* name : {"Accept", "Content-Type"}) {
    if (request.headers.count(name) > 0) kept.headers.add(name, request.headers.get_all(name));
  }
  return kept;
}

/// One upload. Destroyed before finish() it leaves nothing.
class UploadSink final : public http::BodySink, private http::PartHandler {
 public:
  UploadSink(const index::Context& context, spdlog::logger& log, UploadSlots& slots,
             std::uint64_t max_file_size, const routing::RequestContext& call)
      : context_(context),
        ingest_(context),
        log_(log),
        slots_(slots),
        max_file_size_(max_file_size),
        request_(answer_to(call.request)),
        caller_(call.caller),
        actor_(call.actor()) {}
  UploadSink(const UploadSink&) = delete;
  UploadSink& operator=(const UploadSink&) = delete;
  ~UploadSink() override {
    if (!answered_) slots_.count(UploadOutcome::broken_off);
  }

  /// Once for each upload.
  void count(UploadOutcome outcome) {
    answered_ = true;
    slots_.count(outcome);
  }

  /// The form's first part may follow.
  Status open() {
    TRY(auto reader, http::MultipartReader::make(request_.headers.get("Content-Type").value_or(""), *this));
    reader_.emplace(std::move(reader));
    return success();
  }

  std::optional<http::Response> write(std::string_view chunk) override {
    const auto fed = reader_->feed(chunk);
    return fed.ok() ? std::nullopt : std::optional{refuse(fed.error())};
  }

  http::Response finish() override {
    const auto done = complete();
    if (!done.ok()) return refuse(done.error());
    count(done->outcome == Recorded::added ? UploadOutcome::added : UploadOutcome::unchanged);
    if (done->outcome == Recorded::added) {
      log_.info("uploaded {} ({}, sha256 {}) by {} {} from {}", index::subject_of(context_.index, done->file),
                human_size(done->file.size), done->file.sha256.hex(), actor_.kind, actor_.id, actor_.address);
    }
    if (done->repaired) {
      log_.warn("put back what was lost of {} (sha256 {}), from an upload by {} {} from {}",
                index::subject_of(context_.index, done->file), done->file.sha256.hex(), actor_.kind,
                actor_.id, actor_.address);
    }
    auto response = http::Response::text(200, describe(*done));
    response.headers.add("Cache-Control", "no-store");
    return response;
  }

 private:
  Status begin(const http::PartHead& head) override {
    in_file_ = head.is_file && head.name == "content";
    if (in_file_) return begin_file(head);
    if (head.name == "content") {
      return Error{Errc::invalid_input, "content: expected a file, found a text field"};
    }
    if (head.is_file && head.name != "gpg_signature") {
      return Error{Errc::invalid_input,
                   fmt::format("{}: expected a text field, found a file", quote(head.name))};
    }
    return fields_.begin(head.name);
  }

  Status data(std::string_view bytes) override { return in_file_ ? file_data(bytes) : fields_.append(bytes); }

  Status end() override {
    if (!in_file_) return fields_.end();
    reach(FailPoint::upload_body_complete);
    return success();
  }

  Status begin_file(const http::PartHead& head) {
    if (content_) return Error{Errc::invalid_input, "content: expected one file, found two"};
    filename_ = head.filename;
    if (filename_.empty()) return Error{Errc::invalid_input, "content: expected a file with a filename"};
    if (filename_.find_first_of("/\\") != std::string::npos) {
      return Error{Errc::invalid_input,
                   fmt::format("content: expected a plain filename, found {}", quote(filename_))};
    }
    // Whatever the order of the parts: what is there of a project is only for callers that may upload to it.
    if (const auto release = index::release_in(filename_)) CHECK_OK(check_permission(release->project.str()));
    if (const auto name = fields_.value("name")) {  // most clients send it first
      const auto project = ProjectName::parse(*name);
      if (project.ok()) CHECK_OK(check_permission(project->str()));
    }
    CHECK_OK(ingest_.admit(filename_, fields_.value("sha256_digest")));
    auto slot = slots_.take(actor_);
    limited_ = !slot.ok();
    TRY(slot_, std::move(slot));
    const HashSet wanted{.blake2b_256 = true, .md5 = fields_.value("md5_digest").has_value()};
    TRY(content_, context_.blobs.begin(wanted));
    return success();
  }

  Status file_data(std::string_view bytes) {
    if (content_->size() + bytes.size() > max_file_size_) return too_large(max_file_size_);
    CHECK_OK(content_->write(bytes));
    reach(FailPoint::upload_body_begun);
    return success();
  }

  Status check_permission(std::string_view project) const {
    if (caller_ && caller_->may(Permission::upload, {.index = context_.index, .project = project}))
      return success();
    return Error{Errc::forbidden,
                 fmt::format("this {} isn't allowed to upload to project {}", actor_.kind, quote(project)),
                 "use a token of that project, or one of every project"};
  }

  Result<index::Ingested> complete() {
    CHECK_OK(reader_->finish());
    TRY(const auto form, index::UploadForm::read(fields_));
    CHECK_OK(check_permission(form.project.str()));
    if (!content_) {
      return Error{Errc::invalid_input, "Upload payload does not have a file.",
                   "send it as the part content, with a filename"};
    }
    return ingest_.accept(filename_, form, std::move(content_), actor_);
  }

  http::Response refuse(const Error& error) {
    count(limited_ ? UploadOutcome::busy : outcome_of_refusal(error.code));
    content_.reset();  // removes the temporary file before the client gets the answer
    const bool broken = error.code == Errc::unavailable && !limited_;
    const auto level = broken ? spdlog::level::err : spdlog::level::info;
    log_.log(level, "refused an upload of {} by {} {} from {}: {}", quote(filename_), actor_.kind, actor_.id,
             actor_.address, error.message);
    auto response = routing::refuse(request_, upload_status(error.code), error);
    if (error.code == Errc::unavailable) response.headers.add("Retry-After", "5");
    return response;
  }

  const index::Context& context_;
  const index::Ingest ingest_;
  spdlog::logger& log_;
  UploadSlots& slots_;
  const std::uint64_t max_file_size_;
  const http::Request request_;
  const auth::CallerPointer caller_;
  const Actor actor_;
  std::unique_ptr<UploadSlot> slot_;  // from the file's first byte on

  std::optional<http::MultipartReader> reader_;
  index::FormFields fields_;
  std::string filename_;
  bool in_file_ = false;
  bool limited_ = false;  // there were too many uploads
  bool answered_ = false;
  std::unique_ptr<BlobWriter> content_;
};

http::BodyPlan refused(const routing::RequestContext& call, int status, const Error& error) {
  return {.sink = nullptr, .limit = 0, .refusal = call.refuse(status, error)};
}

}  // namespace

std::vector<routing::Route> UploadRoutes::routes() {
  routing::RouteTable table{*this, {.other_method_hint = upload_hint}};
  table.add_streamed(http::Method::post, "/legacy/", uploaders, &UploadRoutes::upload);
  // Where pypiserver takes them.
  table.add_streamed(http::Method::post, "/", uploaders, &UploadRoutes::upload);
  table.add(http::Method::post, "/legacy", everyone, &UploadRoutes::add_slash).plan = [this](auto& call) {
    return http::BodyPlan{.refusal = add_slash(call)};  // however long the body is
  };
  return table.take();
}

http::BodyPlan UploadRoutes::upload(routing::RequestContext& call) {
  const auto limit = max_file_size_ + form_allowance;
  const auto length = parse_decimal(call.request.headers.get("Content-Length").value_or(""));
  if (length && *length > limit) {
    slots_.count(UploadOutcome::too_large);
    return refused(call, 413, too_large(max_file_size_));
  }
  const auto room = slots_.check_room(length.value_or(0), call.request.peer);
  if (!room.ok()) {
    slots_.count(UploadOutcome::no_room);
    return refused(call, 507, room.error());
  }
  auto sink = std::make_unique<UploadSink>(context_, log_, slots_, max_file_size_, call);
  const auto opened = sink->open();
  if (!opened.ok()) {
    sink->count(UploadOutcome::refused);
    return refused(call, 400, opened.error());
  }
  return {.sink = std::move(sink), .limit = limit, .refusal = std::nullopt};
}

http::Response UploadRoutes::add_slash(routing::RequestContext& call) const {
  auto response = http::Response::text(308, "uploads go to /legacy/\n");
  // uv follows absolute locations only.
  response.headers.add("Location", url_.of(call.request, call.route.prefix) + "/legacy/");
  return response;
}

}  // namespace packhouse::api
