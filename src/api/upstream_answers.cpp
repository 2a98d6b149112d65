#include "api/upstream_answers.hpp"

#include <utility>

namespace packhouse::api {
namespace {

std::string_view view_of(Representation representation) {
  switch (representation) {
    case Representation::json:
      return "upstream json";
    case Representation::html_v1:
      return "upstream html v1";
    case Representation::html:
      return "upstream html";
  }
  std::unreachable();
}

ProjectSummary key_of(const upstream::KnownPage& page) {
  return {.name = page.page.project, .serial = page.revision};
}

const NamespacesOfProject no_namespaces{std::in_place};

PageFields without_serial(PageFields fields) {
  fields.serial = -1;
  return fields;
}

}  // namespace

std::string_view cache_field(upstream::CacheState state) noexcept {
  switch (state) {
    case upstream::CacheState::hit:
      return "Cache-Status: packhouse; hit\r\n";
    case upstream::CacheState::fetched:
      return "Cache-Status: packhouse; fwd=miss; stored\r\n";
    case upstream::CacheState::collapsed:
      return "Cache-Status: packhouse; fwd=miss; collapsed\r\n";
    case upstream::CacheState::revalidated:
      return "Cache-Status: packhouse; fwd=stale; fwd-status=304\r\n";
    case upstream::CacheState::refreshing:
      return "Cache-Status: packhouse; hit; ttl=-1; detail=stale-while-revalidate\r\n";
    case upstream::CacheState::stale:
      return "Cache-Status: packhouse; hit; ttl=-1; detail=upstream-unavailable\r\n";
  }
  std::unreachable();
}

http::Response refuse_upstream(const routing::RequestContext& call, const Error& error) {
  constexpr int bad_gateway = 502;
  return error.code == Errc::unavailable ? call.refuse(bad_gateway, error) : call.refuse(error);
}

UpstreamAnswers::UpstreamAnswers(upstream::Upstreams& upstreams, Caches& caches, PageFields fields,
                                 Path folder)
    : upstreams_(upstreams),
      caches_(caches),
      fields_(without_serial(std::move(fields))),
      folder_(std::move(folder)) {}

std::optional<http::Response> UpstreamAnswers::quick_page(const routing::RequestContext& call,
                                                          std::string_view name,
                                                          Representation representation) const {
  const auto view = upstreams_.remembered(name);
  if (!view) return std::nullopt;
  const auto page = caches_.find_view(key_of(*view->page), view_of(representation));
  if (!page) return std::nullopt;
  auto response = answer_with(page, call.request);
  response.cache_field = cache_field(view->state);
  upstreams_.page_counts().add(view->state);
  return response;
}

http::Response UpstreamAnswers::page(const routing::RequestContext& call, const ProjectName& name,
                                     Representation representation) const {
  return deferred(page_lane(name), [this, call, name, representation] {
    const auto view = upstreams_.page(name);
    return view.ok() ? answer(call, *view, representation) : refuse_upstream(call, view.error());
  });
}

http::Response UpstreamAnswers::answer(const routing::RequestContext& call, const upstream::PageView& view,
                                       Representation representation) const {
  const auto make = [&]() -> Result<PagePointer> {
    const auto& remote = view.page->page;
    // PEP 752: namespaces are not shared, and what is in one of this server's is never asked of an upstream.
    auto body = representation == Representation::json ? project_json(remote, {}, no_namespaces)
                                                       : project_html(remote);
    return make_page(folder_, std::move(body), representation, fields_);
  };
  const auto page = caches_.view(key_of(*view.page), view_of(representation), make);
  if (!page.ok()) return call.refuse(page.error());
  auto response = answer_with(*page, call.request);
  response.cache_field = cache_field(view.state);
  upstreams_.page_counts().add(view.state);
  return response;
}

http::Response UpstreamAnswers::deferred(std::string lane, std::function<http::Response()> work) {
  http::Response response;
  http::DeferredAnswer rest{.lane = std::move(lane), .call = std::move(work)};
  response.deferred = std::make_shared<const http::DeferredAnswer>(std::move(rest));
  return response;
}

}  // namespace packhouse::api
