#include "upstream/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "upstream/page.hpp"
#include "upstream/recall.hpp"

namespace packhouse::upstream {
namespace {

constexpr std::size_t max_document = 256UL << 20U;

bool is_asked(const ExplainRequest& request, std::string_view version) {
  if (!request.version) return true;
  const auto parsed = Version::parse(version);
  return parsed.ok() && *parsed == *request.version;
}

std::string because_yanked(const std::optional<std::string>& yanked) {
  if (!yanked) return "offered";
  return yanked->empty() ? "offered, but yanked" : fmt::format("offered, but yanked: {}", *yanked);
}

ExplainedFile of_own_file(const File& file) {
  if (file.withheld) return {.filename = file.filename, .offered = false, .reason = *file.withheld};
  return {.filename = file.filename, .offered = true, .reason = because_yanked(file.yanked)};
}

Status add_own_files(MetadataStore& store, const ExplainRequest& request, Explanation& explanation) {
  const auto project = store.catalog().project(request.index, request.name.str());
  if (!project.ok()) return project.error().code == Errc::not_found ? success() : Status{project.error()};
  explanation.page = fmt::format("a project of the index {}", request.index);
  for (const auto& file : project->files)
    if (is_asked(request, file.release.version.str())) explanation.files.push_back(of_own_file(file));
  return success();
}

std::string because_fetched(const RemoteFile& file, const std::vector<UpstreamFile>& fetched) {
  const auto found = std::ranges::find_if(fetched, [&](const UpstreamFile& there) {
    return there.filename == file.filename && there.sha256 == file.sha256 && there.size;
  });
  const auto yanked = because_yanked(file.yanked);
  if (found == fetched.end()) return yanked + "; not fetched yet";
  return fmt::format("{}; fetched {} from {}", yanked, to_iso8601(found->fetched), found->url);
}

/// By which rules the files of a stored page are offered.
struct PageRules {
  const SourcePolicy* policy = nullptr;  ///< null: not known
  std::string refusal = {};              ///< why none of them is offered
  std::vector<AgeException> exceptions = {};
};

Result<PageRules> rules_of(MetadataStore& store, const ExplainRequest& request, std::string_view upstream) {
  if (!request.policies) return PageRules{};
  const auto named = std::ranges::find(*request.policies, upstream, &NamedPolicy::upstream);
  if (named == request.policies->end())
    return PageRules{.refusal = "not offered: the configuration of the index does not have its upstream"};
  PageRules rules{.policy = &named->policy};
  if (const auto refusal = named->policy.refusal(request.name); !refusal.empty())
    rules.refusal = "not offered: the upstream is not asked, since " + refusal;
  TRY(rules.exceptions, store.upstreams().exceptions(request.index));
  return rules;
}

/// Behind the reason for which a file is offered.
std::string because_excepted(const PageRules& rules, const RemotePage& page, const RemoteFile& file,
                             Timestamp now) {
  if (!hold_of(*rules.policy, {}, page, file, now)) return {};
  const auto* exception = exception_of(rules.exceptions, page, file, now);
  return fmt::format("; by an exception from minimum-age until {}: {}", to_iso8601(exception->until),
                     exception->reason);
}

ExplainedFile of_remote_file(const PageRules& rules, const RemotePage& page, const RemoteFile& file,
                             const std::vector<UpstreamFile>& fetched, Timestamp now) {
  ExplainedFile explained{.filename = file.filename, .offered = false, .reason = rules.refusal};
  if (!explained.reason.empty()) return explained;
  if (rules.policy != nullptr) {
    const auto hold = hold_of(*rules.policy, rules.exceptions, page, file, now);
    if (hold) explained.reason = why_held(*rules.policy, *hold);
    if (hold) return explained;
  }
  explained.offered = true;
  explained.reason = because_fetched(file, fetched);
  if (rules.policy != nullptr) explained.reason += because_excepted(rules, page, file, now);
  return explained;
}

std::string because_read(const UpstreamPage& stored, const RemotePage& page) {
  auto text = fmt::format("the page of {}, read {}", stored.upstream, to_iso8601(stored.read));
  if (page.state.status != ProjectStatus::active)
    text += "; " + project_state_message(page.project, page.state);
  return text;
}

/// What was fetched and no page has any more.
Status add_withdrawn_files(MetadataStore& store, const ExplainRequest& request, Explanation& explanation) {
  TRY(const auto recalls, store.upstreams().recalls(request.index, request.name.str()));
  for (const auto& recall : recalls) {
    const auto version = version_in(recall.filename);
    if (recall.cause == RecallCause::yanked || !is_asked(request, version ? version->str() : "")) continue;
    explanation.files.push_back(
        {.filename = recall.filename, .offered = false, .reason = "held: " + recall.text()});
  }
  return success();
}

Status add_remote_files(MetadataStore& store, const ExplainRequest& request, Timestamp now,
                        Explanation& explanation) {
  CHECK_OK(add_withdrawn_files(store, request, explanation));
  TRY(const auto stored, store.upstreams().page(request.index, request.name.str()));
  if (!stored) return success();
  TRY(const auto document, json::parse(stored->document, max_document));
  if (!document.is_object()) return Error{Errc::internal, "a stored page is no object", {}};
  TRY(const auto page, RemotePage::parse(document.get_object()));
  TRY(const auto fetched, store.upstreams().files(request.index, request.name.str()));
  TRY(const auto rules, rules_of(store, request, stored->upstream));
  explanation.page = because_read(*stored, page);
  for (const auto& file : page.files) {
    if (!is_asked(request, file.version)) continue;
    explanation.files.push_back(of_remote_file(rules, page, file, fetched, now));
  }
  for (const auto& left_out : page.left_out)
    explanation.files.push_back({.filename = left_out.filename, .offered = false, .reason = left_out.reason});
  return success();
}

}  // namespace

Result<Explanation> explain(MetadataStore& store, const NameSet& reserved, const ExplainRequest& request,
                            Timestamp now) {
  CHECK_OK(store.catalog().policy(request.index));
  TRY(const auto claim, store.upstreams().claim(request.name.str(), now));
  auto origin = origin_of(request.name, claim, reserved);
  Explanation explanation;
  explanation.upstream = origin.upstream;
  explanation.origin = std::move(origin.reason);
  if (!explanation.upstream) {
    CHECK_OK(add_own_files(store, request, explanation));
    return explanation;
  }
  for (const auto& [upstream, policy] : request.policies.value_or(std::vector<NamedPolicy>{}))
    explanation.upstreams.push_back({.upstream = upstream, .refusal = policy.refusal(request.name)});
  CHECK_OK(add_remote_files(store, request, now, explanation));
  return explanation;
}

}  // namespace packhouse::upstream
