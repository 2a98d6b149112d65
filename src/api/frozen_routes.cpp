#include "api/frozen_routes.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/access.hpp"
#include "api/simple_page.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "routing/redirect.hpp"

namespace packhouse::api {
namespace {

constexpr std::size_t max_document = 256UL << 20U;

Result<std::int64_t> serial_of(const http::Request& request) {
  const auto text = request.param("serial");
  const auto serial = parse_decimal(text);
  if (serial && *serial > 0 && std::in_range<std::int64_t>(*serial))
    return static_cast<std::int64_t>(*serial);
  return Error{Errc::not_found, fmt::format("expected the serial of a freeze, found {}", quote(text)),
               "`packhouse freeze --list` shows them"};
}

Error not_frozen(std::string_view name, std::int64_t serial) {
  return {Errc::not_found,
          fmt::format("there is no project {} at serial {}: the index had none when it was frozen, and had "
                      "fetched no file of it",
                      quote(name), serial),
          "install it from the index itself, then freeze that again"};
}

}  // namespace

std::vector<routing::Route> FrozenRoutes::routes() {
  routing::RouteTable table{*this, {.other_method_hint = simple_hint}};
  table.add(http::Method::get, "/at/{serial}/simple/", readers, &FrozenRoutes::root);
  table.add(http::Method::get, "/at/{serial}/simple/{project}/", project_readers, &FrozenRoutes::project);
  table.add(http::Method::get, "/at/{serial}/simple/{project}", project_readers, &FrozenRoutes::project);
  table.add(http::Method::get, "/at/{serial}/files/{a}/{b}/{filename}", file_readers, &FrozenRoutes::file);
  return table.take();
}

Result<PagePointer> FrozenRoutes::make(std::string body, Representation representation,
                                       std::int64_t serial) const {
  auto fields = fields_;
  fields.serial = serial;
  return make_page(folder_, std::move(body), representation, fields);
}

Result<PagePointer> FrozenRoutes::root_page(const std::vector<std::string>& names,
                                            Representation representation, std::int64_t serial) const {
  std::string body;
  RootList list(representation, serial, [&](std::string_view piece) {
    body += piece;
    return success();
  });
  for (const auto& name : names)
    CHECK_OK(list.add({.name = name, .serial = serial}));
  CHECK_OK(list.finish());
  return make(std::move(body), representation, serial);
}

Result<PagePointer> FrozenRoutes::project_page(const std::string& document, Representation representation,
                                               std::int64_t serial) const {
  TRY(const auto parsed, json::parse(document, max_document));
  if (!parsed.is_object()) return Error{Errc::internal, "a frozen page is no object", {}};
  TRY(const auto page, upstream::RemotePage::parse(parsed.get_object()));
  auto body = representation == Representation::json ? project_json(page) : project_html(page);
  return make(std::move(body), representation, serial);
}

http::Response FrozenRoutes::root(routing::RequestContext& call) const {
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto serial = serial_of(call.request);
  if (!serial.ok()) return call.refuse(serial.error());
  const auto names = context_.store.freezes().projects(context_.index, *serial);
  if (!names.ok()) return call.refuse(names.error());
  const auto page =
      caches_.view({.name = {}, .serial = *serial}, fmt::format("frozen {}", content_type(*representation)),
                   [&] { return root_page(*names, *representation, *serial); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

/// The store is asked each time: a freeze that was removed is gone at once.
http::Response FrozenRoutes::project(routing::RequestContext& call) const {
  const auto written = call.request.param("project");
  const auto serial = serial_of(call.request);
  if (!serial.ok()) return call.refuse(serial.error());
  const auto name = ProjectName::parse(written);
  if (!name.ok()) return call.refuse(not_frozen(written, *serial));
  const bool has_slash = call.request.path.ends_with('/');
  if (name->str() != written || !has_slash)
    return routing::moved(call.request, fmt::format("{}{}/", has_slash ? "../" : "", name->str()));
  const auto representation = choose(call.request);
  if (!representation) return call.refuse(406, not_acceptable());
  const auto document = context_.store.freezes().page(context_.index, *serial, name->str());
  if (!document.ok()) return call.refuse(document.error());
  if (!*document) return call.refuse(not_frozen(written, *serial));
  const auto page = caches_.view({.name = name->str(), .serial = *serial},
                                 fmt::format("frozen {}", content_type(*representation)),
                                 [&] { return project_page(**document, *representation, *serial); });
  return page.ok() ? answer_with(*page, call.request) : call.refuse(page.error());
}

http::Response FrozenRoutes::file(routing::RequestContext& call) const {
  constexpr std::string_view metadata_suffix = ".metadata";  // PEP 658
  const auto serial = serial_of(call.request);
  if (!serial.ok()) return call.refuse(serial.error());
  auto filename = call.request.param("filename");
  if (auto refusal = files_.refuse_reader(call, filename)) return *std::move(refusal);
  const bool metadata = filename.ends_with(metadata_suffix);
  if (metadata) filename.remove_suffix(metadata_suffix.size());
  const Error none{Errc::not_found,
                   fmt::format("there is no file {} with this digest at serial {}", quote(filename), *serial),
                   "the project's page has the links"};
  const auto sha256 = Sha256::parse(fmt::format("{}{}", call.request.param("a"), call.request.param("b")));
  if (!sha256.ok() || call.request.param("a").size() != 2) return call.refuse(none);
  const auto place = context_.store.freezes().file(context_.index, *serial, filename, *sha256);
  if (!place.ok()) return call.refuse(place.error());
  const auto blob = !*place    ? std::nullopt
                    : metadata ? (*place)->file.metadata_sha256
                               : std::optional{(*place)->file.sha256};
  if (!blob) return call.refuse(none);
  return files_.send(
      call, {.project = (*place)->project, .blob = *blob, .etag = fmt::format("\"{}\"", blob->hex())});
}

}  // namespace packhouse::api
