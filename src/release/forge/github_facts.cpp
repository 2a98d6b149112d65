#include "release/forge/github_facts.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace packhouse::release::github {
namespace {

using PathInDocument = std::initializer_list<std::string_view>;

std::string dotted(PathInDocument path) {
  std::string text;
  for (const auto& part : path) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

// nullptr where a member on the way is absent, null or no object.
const json::Value* walk(const json::Value& document, PathInDocument path) {
  const json::Value* value = &document;
  for (const auto& part : path) {
    const json::Object* object = value->if_object();
    if (object == nullptr) return nullptr;
    value = object->if_contains(part);
    if (value == nullptr) return nullptr;
  }
  return value->is_null() ? nullptr : value;
}

Error absent(PathInDocument path, std::string_view kind, const json::Value* found) {
  return {Errc::invalid_input,
          fmt::format("{} at {}", found == nullptr ? "nothing" : "no " + std::string(kind), dotted(path))};
}

Field<bool> flag_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = walk(document, path);
  if (value == nullptr || !value->is_bool()) return absent(path, "boolean", value);
  return value->get_bool();
}

Field<Timestamp> time_at(const json::Value& document, PathInDocument path) {
  auto text = text_at(document, path);
  if (!text.ok()) return text.error();
  return parse_iso8601(*text);
}

Field<std::vector<std::string>> called_workflows(const json::Value& document) {
  const json::Value* value = walk(document, {"referenced_workflows"});
  if (value == nullptr || !value->is_array()) return absent({"referenced_workflows"}, "array", value);
  std::vector<std::string> paths;
  for (const json::Value& entry : value->get_array()) {
    auto path = text_at(entry, {"path"});
    if (!path.ok()) return path.error();
    paths.push_back(*std::move(path));
  }
  return paths;
}

}  // namespace

Field<std::string> text_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = walk(document, path);
  if (value == nullptr || !value->is_string()) return absent(path, "string", value);
  return std::string(value->get_string());
}

Field<std::int64_t> number_at(const json::Value& document, PathInDocument path) {
  const json::Value* value = walk(document, path);
  if (value == nullptr || !value->is_int64()) return absent(path, "integer", value);
  return value->get_int64();
}

RepositoryFacts read_repository(const json::Value& document) {
  return {.id = number_at(document, {"id"}),
          .full_name = text_at(document, {"full_name"}),
          .evidence = Evidence("repository", document)};
}

WorkflowFacts read_workflow(const json::Value& document) {
  return {.id = number_at(document, {"id"}),
          .path = text_at(document, {"path"}),
          .state = text_at(document, {"state"}),
          .evidence = Evidence("workflow", document)};
}

RunFacts read_run(const json::Value& document, std::string_view evidence_name) {
  return {.id = number_at(document, {"id"}),
          .repository_id = number_at(document, {"repository", "id"}),
          .repository_name = text_at(document, {"repository", "full_name"}),
          .head_repository_id = number_at(document, {"head_repository", "id"}),
          .event = text_at(document, {"event"}),
          .status = text_at(document, {"status"}),
          .conclusion = text_at(document, {"conclusion"}),
          .head_branch = text_at(document, {"head_branch"}),
          .head_sha = text_at(document, {"head_sha"}),
          .path = text_at(document, {"path"}),
          .workflow_id = number_at(document, {"workflow_id"}),
          .attempt = number_at(document, {"run_attempt"}),
          .referenced_workflows = called_workflows(document),
          .evidence = Evidence(evidence_name, document)};
}

ArtifactFacts read_artifact(const json::Value& document) {
  ArtifactFacts facts{.id = number_at(document, {"id"}),
                      .name = text_at(document, {"name"}),
                      .size = number_at(document, {"size_in_bytes"}),
                      .expired = flag_at(document, {"expired"}),
                      .created_at = time_at(document, {"created_at"}),
                      .digest = text_at(document, {"digest"}),
                      .digest_stated = walk(document, {"digest"}) != nullptr,
                      .run_id = number_at(document, {"workflow_run", "id"}),
                      .repository_id = number_at(document, {"workflow_run", "repository_id"}),
                      .head_repository_id = number_at(document, {"workflow_run", "head_repository_id"}),
                      .head_sha = text_at(document, {"workflow_run", "head_sha"}),
                      .evidence = Evidence("artifact", document)};
  return facts;
}

RefFacts read_ref(const json::Value& document, std::string_view evidence_name) {
  return {.ref = text_at(document, {"ref"}),
          .sha = text_at(document, {"object", "sha"}),
          .evidence = Evidence(evidence_name, document)};
}

AncestryFacts read_comparison(const json::Value& document) {
  AncestryFacts facts{.status = text_at(document, {"status"}),
                      .base_sha = text_at(document, {"base_commit", "sha"}),
                      .merge_base_sha = text_at(document, {"merge_base_commit", "sha"}),
                      .evidence = {}};
  // The answer lists commits and changed files, megabytes of them; this is what was decided on.
  const auto shown = [](const Field<std::string>& field) {
    return field.ok() ? json::Value(*field) : json::Value(nullptr);
  };
  facts.evidence = Evidence("ancestry", json::Object{{"status", shown(facts.status)},
                                                     {"base_commit", shown(facts.base_sha)},
                                                     {"merge_base_commit", shown(facts.merge_base_sha)}});
  return facts;
}

JobFacts read_job(const json::Value& document) {
  return {.name = text_at(document, {"name"}),
          .run_id = number_at(document, {"run_id"}),
          .head_sha = text_at(document, {"head_sha"}),
          .status = text_at(document, {"status"}),
          .conclusion = text_at(document, {"conclusion"}),
          .started_at = time_at(document, {"started_at"}),
          .completed_at = time_at(document, {"completed_at"})};
}

std::optional<std::string> next_link(std::string_view link) {
  while (!link.empty()) {
    const std::size_t open = link.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = link.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    // Parameters run to the comma before the next "<".
    const std::size_t following = link.find('<', close);
    const std::string_view parameters = link.substr(close + 1, following - close - 1);
    for (const std::string_view parameter : split(parameters, ';')) {
      const std::string_view word = trim(parameter, " \t,");
      if (word == "rel=\"next\"" || word == "rel=next")
        return std::string(link.substr(open + 1, close - open - 1));
    }
    link = following == std::string_view::npos ? std::string_view{} : link.substr(following);
  }
  return std::nullopt;
}

}  // namespace packhouse::release::github
