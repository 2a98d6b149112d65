#include "api/session_routes.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <array>
#include <chrono>
#include <utility>

#include "api/access.hpp"
#include "api/session_json.hpp"
#include "base/text.hpp"
#include "http/header_params.hpp"
#include "http/negotiate.hpp"
#include "sys/fail_point.hpp"

namespace packhouse::api {
namespace {

using routing::ProblemFormat;
using routing::RequestContext;

constexpr std::string_view session_hint =
    "this is the root of Upload 2.0 (PEP 694): POST a project's name and version here to open a session";

/// Beyond the announced size, so that a chunk that crosses it is refused in the form of PEP 694 and not in
/// that of the server.
constexpr std::uint64_t overrun_allowance = 1ULL << 20U;
constexpr std::string_view poll_after = "1";  // seconds; a file is checked within its request

http::Response answer(int status, const json::Object& body) {
  auto response = http::Response::text(status, json::dump(body), std::string(upload_content_type));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  response.headers.add("Cache-Control", "no-store");
  return response;
}

std::string media_type(const http::Request& request) {
  return http::media_type(request.headers.get("Content-Type").value_or(""));
}

/// A refusal where PEP 694 or HTTP want another status than the kind of error has.
struct Refusal {
  int status = 400;
  Error error;
};

std::optional<Refusal> refuse_types(const http::Request& request) {
  constexpr std::array offered{upload_content_type};
  if (!http::choose_media_type(request.headers.get_all("Accept"), offered)) {
    return Refusal{406,
                   {Errc::invalid_input, "none of the types that were asked for is offered here",
                    fmt::format("accept {}", upload_content_type)}};
  }
  if (request.method != http::Method::post || media_type(request) == upload_content_type) return std::nullopt;
  return Refusal{415,
                 {Errc::invalid_input,
                  fmt::format("Content-Type: expected {}, found {}", upload_content_type,
                              quote(request.headers.get("Content-Type").value_or(""))),
                  "send JSON under the type of Upload 2.0"}};
}

/// PEP 694: every body has "meta" with the one version that there is.
Result<json::Object> parse_body(const http::Request& request) {
  TRY(auto value, json::parse(request.body));
  if (!value.is_object()) return Error{Errc::invalid_input, "expected a JSON object as the body"};
  auto& body = value.get_object();
  TRY(const auto meta, json::get_object(body, "meta"));
  TRY(const auto version, json::get_string(meta, "api-version", "meta"));
  if (version == upload_api_version) return std::move(body);
  return Error{Errc::invalid_input, fmt::format("meta.api-version: expected \"{}\", found {}",
                                                upload_api_version, quote(version))};
}

/// Runs `work` with the body of a request whose types are right.
template <typename Work>
http::Response with_body(const RequestContext& call, const Work& work) {
  if (const auto refusal = refuse_types(call.request)) return call.refuse(refusal->status, refusal->error);
  const auto body = parse_body(call.request);
  return body.ok() ? work(*body) : call.refuse(body.error());
}

http::Response with_location(http::Response response, std::string location) {
  response.headers.add("Location", std::move(location));
  return response;
}

http::Response with_retry(http::Response response, const StagedFile& file) {
  if (file.status == StagedStatus::pending) response.headers.add("Retry-After", std::string(poll_after));
  return response;
}

Error may_not(Permission permission, std::string_view project) {
  return {Errc::forbidden,
          fmt::format("this credential may not {} {}", to_string(permission), quote(project)),
          "use one that may"};
}

http::BodyPlan refused(http::Response response) {
  return {.sink = nullptr, .limit = 0, .refusal = std::move(response)};
}

/// The bytes of one file, on their way to the blob store. Destroyed before finish() it discards them.
class BytesSink final : public http::BodySink {
 public:
  BytesSink(const index::Sessions& sessions, spdlog::logger& log, Session session, StagedFile file,
            Actor actor, std::unique_ptr<BlobWriter> content, std::unique_ptr<UploadSlot> slot)
      : sessions_(sessions),
        log_(log),
        session_(std::move(session)),
        file_(std::move(file)),
        actor_(std::move(actor)),
        slot_(std::move(slot)),
        digests_(file_.hashes),
        content_(std::move(content)) {}

  std::optional<http::Response> write(std::string_view chunk) override {
    const auto taken = take(chunk);
    return taken.ok() ? std::nullopt : std::optional{refuse_bytes(taken.error())};
  }

  http::Response finish() override {
    const auto received = sessions_.receive(session_, file_, digests_, std::move(content_), actor_);
    return received.ok() ? no_content() : refuse_bytes(received.error());
  }

 private:
  Status take(std::string_view chunk) {
    if (content_->size() + chunk.size() > file_.size) {
      return Error{Errc::invalid_input,
                   fmt::format("expected the {} bytes that were announced for {}, found more", file_.size,
                               quote(file_.filename)),
                   "send the file, and nothing else, as the body"};
    }
    digests_.update(chunk);
    CHECK_OK(content_->write(chunk));
    reach(FailPoint::session_bytes_begun);
    return success();
  }

  http::Response refuse_bytes(const Error& error) {
    content_.reset();  // removes the temporary file before the client gets the answer
    log_.info("refused the bytes of {} in session {} by {} {} from {}: {}", quote(file_.filename),
              session_.id, actor_.kind, actor_.id, actor_.address, error.message);
    return routing::problem(routing::status_of(error.code), error, ProblemFormat::upload);
  }

  const index::Sessions& sessions_;
  spdlog::logger& log_;
  const Session session_;
  const StagedFile file_;
  const Actor actor_;
  const std::unique_ptr<UploadSlot> slot_;
  index::AnnouncedDigests digests_;
  std::unique_ptr<BlobWriter> content_;
};

http::Response refuse_file(const StagedFile& file, const std::vector<dist::CheckResult>& refusals) {
  std::vector<routing::ProblemItem> items;
  for (const auto& refusal : refusals) {
    items.push_back({.source = refusal.id,
                     .message = fmt::format("expected {}, found {}", refusal.expected, refusal.found)});
  }
  const Error error{Errc::invalid_input,
                    fmt::format("{} was refused by {}: {}", quote(file.filename), items.front().source,
                                items.front().message),
                    refusals.front().hint};
  return routing::upload_problem(400, error, items);
}

}  // namespace

struct SessionRoutes::Place {
  Session session;
  StagedFile file;
};

std::vector<routing::Route> SessionRoutes::routes() {
  routing::RouteTable table{*this,
                            {.body_limit = routing::small_body,
                             .other_method_hint = session_hint,
                             .problems = ProblemFormat::upload}};
  using http::Method;
  table.add(Method::post, "/upload/", stagers, &SessionRoutes::open);
  table.add(Method::get, "/upload/{session}", previewers, &SessionRoutes::status);
  table.add(Method::del, "/upload/{session}", stagers, &SessionRoutes::cancel);
  table.add(Method::post, "/upload/{session}/refuse", stagers, &SessionRoutes::refuse);
  table.add(Method::post, "/upload/{session}/extend", stagers, &SessionRoutes::extend);
  table.add(Method::post, "/upload/{session}/publish", publishers, &SessionRoutes::publish);
  table.add(Method::post, "/upload/{session}/files", stagers, &SessionRoutes::announce);
  table.add(Method::get, "/upload/{session}/files/{file}", previewers, &SessionRoutes::file_status);
  table.add(Method::del, "/upload/{session}/files/{file}", stagers, &SessionRoutes::remove);
  table.add(Method::post, "/upload/{session}/files/{file}/complete", stagers, &SessionRoutes::complete);
  table.add_streamed(Method::post, "/upload/{session}/files/{file}/bytes", stagers, &SessionRoutes::receive);
  return table.take();
}

std::string SessionRoutes::base(const RequestContext& call) const {
  return url_.of(call.request, call.route.prefix);
}

void SessionRoutes::tell(std::string_view what, const Session& session, const RequestContext& call) const {
  const auto actor = call.actor();
  log_.info("session {} of {} {} by {} {} from {}", session.id,
            index::subject_of(context_.index, session.release), what, actor.kind, actor.id, actor.address);
}

Result<Session> SessionRoutes::find(const RequestContext& call, Permission permission) const {
  TRY(auto session, sessions_.find(Secret{std::string(call.request.param("session"))}));
  const std::string& project = session.release.project.str();
  if (!call.may(permission, project)) return may_not(permission, project);
  return session;
}

Result<SessionRoutes::Place> SessionRoutes::find_file(const RequestContext& call,
                                                      Permission permission) const {
  TRY(auto session, find(call, permission));
  const auto id = parse_decimal(call.request.param("file"));
  constexpr std::uint64_t most = 1ULL << 62U;
  TRY(auto file, sessions_.file(session, id && *id < most ? static_cast<std::int64_t>(*id) : 0));
  return Place{.session = std::move(session), .file = std::move(file)};
}

http::Response SessionRoutes::open(RequestContext& call) {
  return with_body(call, [&](const json::Object& body) {
    const auto request = index::SessionRequest::parse(body);
    if (!request.ok()) return call.refuse(request.error());
    // Before any look-up: a caller without the permission must not learn which sessions exist (PEP 694).
    const std::string& project = request->release.project.str();
    if (!call.may(Permission::stage, project)) return call.refuse(may_not(Permission::stage, project));
    const auto opened = sessions_.open(*request, call.actor());
    if (!opened.ok()) return call.refuse(opened.error());
    auto location = session_link(opened->session, base(call));
    if (!opened->fresh) {
      const Error live{Errc::conflict,
                       fmt::format("there is an open session for {} {} already", project,
                                   opened->session.release.version.str()),
                       "use the session at Location, or cancel it first"};
      return with_location(call.refuse(live), std::move(location));
    }
    tell("opened", opened->session, call);
    return with_location(answer(201, to_json(opened->session, base(call))), std::move(location));
  });
}

http::Response SessionRoutes::status(RequestContext& call) {
  if (const auto refusal = refuse_types(call.request)) return call.refuse(refusal->status, refusal->error);
  const auto session = find(call, Permission::smoke);
  return session.ok() ? answer(200, to_json(*session, base(call))) : call.refuse(session.error());
}

http::Response SessionRoutes::cancel(RequestContext& call) {
  const auto session = find(call, Permission::stage);
  if (!session.ok()) return call.refuse(session.error());
  const auto canceled = sessions_.cancel(*session, call.actor());
  if (!canceled.ok()) return call.refuse(canceled.error());
  tell("canceled", *session, call);
  return no_content();
}

http::Response SessionRoutes::refuse(RequestContext& call) {
  const auto session = find(call, Permission::stage);
  if (!session.ok()) return call.refuse(session.error());
  return with_body(call, [&](const json::Object& body) {
    const auto reason = json::get_string(body, "_reason");
    if (!reason.ok()) return call.refuse(reason.error());
    const auto refused = sessions_.refuse_release(*session, *reason, call.actor());
    if (!refused.ok()) return call.refuse(refused.error());
    tell("refused", *session, call);
    return no_content();
  });
}

http::Response SessionRoutes::extend(RequestContext& call) {
  const auto session = find(call, Permission::stage);
  if (!session.ok()) return call.refuse(session.error());
  return with_body(call, [&](const json::Object& body) {
    const auto seconds = json::get_int(body, "extend-for");
    if (!seconds.ok()) return call.refuse(seconds.error());
    const auto extended = sessions_.extend(*session, std::chrono::seconds{*seconds}, call.actor());
    return extended.ok() ? answer(200, to_json(*extended, base(call))) : call.refuse(extended.error());
  });
}

http::Response SessionRoutes::publish(RequestContext& call) {
  const auto session = find(call, Permission::publish);
  if (!session.ok()) return call.refuse(session.error());
  return with_body(call, [&](const json::Object& body) {
    const auto request = index::PublishRequest::parse(body);
    if (!request.ok()) return call.refuse(request.error());
    const auto published = sessions_.publish(*session, *request, call.actor());
    if (!published.ok()) {
      slots_.count(outcome_of_refusal(published.error().code));
      return call.refuse(published.error());
    }
    slots_.count(UploadOutcome::added, published->added.size());
    slots_.count(UploadOutcome::unchanged, published->identical);
    tell(fmt::format("published ({} files new, {} there before)", published->added.size(),
                     published->identical),
         *session, call);
    return with_location(answer(201, to_json(published->session, base(call))),
                         session_link(*session, base(call)));
  });
}

http::Response SessionRoutes::announce(RequestContext& call) {
  const auto session = find(call, Permission::stage);
  if (!session.ok()) return call.refuse(session.error());
  return with_body(call, [&](const json::Object& body) {
    const auto request = index::FileRequest::parse(body, session->release);
    if (!request.ok()) return call.refuse(request.error());
    if (request->mechanism != upload_mechanism) {
      return call.refuse(422, {Errc::invalid_input,
                               fmt::format("mechanism: expected \"{}\", found {}", upload_mechanism,
                                           quote(request->mechanism)),
                               "the session's status lists the mechanisms"});
    }
    const auto file = sessions_.announce(*session, *request, call.actor());
    if (!file.ok()) return call.refuse(file.error());
    auto response = with_location(answer(202, to_json(*session, *file, base(call))),
                                  staged_link(*session, *file, base(call)));
    response.headers.add("Retry-After", std::string(poll_after));
    return response;
  });
}

Result<std::unique_ptr<http::BodySink>> SessionRoutes::make_sink(const RequestContext& call, Place place,
                                                                 std::unique_ptr<UploadSlot> slot) {
  if (place.file.status != StagedStatus::pending) {
    return Error{Errc::conflict,
                 fmt::format("the upload of {} is {}, not pending", quote(place.file.filename),
                             to_string(place.file.status)),
                 "delete the file from the session, then announce it again"};
  }
  const auto length = parse_decimal(call.request.headers.get("Content-Length").value_or(""));
  if (length && *length != place.file.size) {
    return Error{Errc::invalid_input,
                 fmt::format("expected the {} bytes that were announced for {}, found {}", place.file.size,
                             quote(place.file.filename), *length),
                 "send the file, and nothing else, as the body"};
  }
  TRY(auto content, context_.blobs.begin({.blake2b_256 = true, .md5 = false}));
  return std::make_unique<BytesSink>(sessions_, log_, std::move(place.session), std::move(place.file),
                                     call.actor(), std::move(content), std::move(slot));
}

http::BodyPlan SessionRoutes::receive(RequestContext& call) {
  auto place = find_file(call, Permission::stage);
  if (!place.ok()) return refused(call.refuse(place.error()));
  if (media_type(call.request) != "application/octet-stream") {
    return refused(call.refuse(
        415,
        {Errc::invalid_input, fmt::format("Content-Type: expected application/octet-stream, found {}",
                                          quote(call.request.headers.get("Content-Type").value_or("")))}));
  }
  const auto room = slots_.check_room(place->file.size, call.request.peer);
  if (!room.ok()) {
    slots_.count(UploadOutcome::no_room);
    tell("is refused a file: less than limits.free-space would stay free", place->session, call);
    return refused(call.refuse(507, room.error()));
  }
  auto slot = slots_.take(call.actor());
  if (!slot.ok()) {
    slots_.count(UploadOutcome::busy);
    auto busy = call.refuse(slot.error());
    busy.headers.add("Retry-After", "5");
    return refused(std::move(busy));
  }
  auto sink = make_sink(call, *std::move(place), *std::move(slot));
  if (!sink.ok()) return refused(call.refuse(sink.error()));
  return {.sink = std::move(*sink),
          .limit = sessions_.limits().max_file_size + overrun_allowance,
          .refusal = std::nullopt};
}

http::Response SessionRoutes::complete(RequestContext& call) {
  const auto place = find_file(call, Permission::stage);
  if (!place.ok()) return call.refuse(place.error());
  return with_body(call, [&](const json::Object&) {
    const auto done = sessions_.complete(place->session, place->file, call.actor());
    if (!done.ok()) return call.refuse(done.error());
    if (!done->refusals.empty()) {
      slots_.count(UploadOutcome::refused);
      return refuse_file(done->file, done->refusals);
    }
    return with_location(answer(201, to_json(place->session, done->file, base(call))),
                         staged_link(place->session, done->file, base(call)));
  });
}

http::Response SessionRoutes::file_status(RequestContext& call) {
  if (const auto refusal = refuse_types(call.request)) return call.refuse(refusal->status, refusal->error);
  const auto place = find_file(call, Permission::smoke);
  if (!place.ok()) return call.refuse(place.error());
  return with_retry(answer(200, to_json(place->session, place->file, base(call))), place->file);
}

http::Response SessionRoutes::remove(RequestContext& call) {
  const auto place = find_file(call, Permission::stage);
  if (!place.ok()) return call.refuse(place.error());
  const auto removed = sessions_.remove(place->session, place->file, call.actor());
  return removed.ok() ? no_content() : call.refuse(removed.error());
}

}  // namespace packhouse::api
