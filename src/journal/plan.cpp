#include "journal/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "journal/journal.hpp"

namespace packhouse::journal {
namespace {

constexpr std::string_view format_name = "packhouse-plan/1";
constexpr std::string_view plan_again = "the world has changed since: read why, and make another plan";

json::Array index_json(const std::vector<Plan::IndexFile>& files) {
  json::Array list;
  for (const auto& file : files)
    list.push_back(json::Object{{"filename", file.filename}, {"sha256", file.sha256}});
  return list;
}

/// At most one as the members that such a plan has always had.
void add_artifacts(json::Object& object, const std::vector<Plan::Artifact>& artifacts) {
  if (artifacts.size() < 2) {
    object["artifact"] = artifacts.empty() ? 0 : artifacts.front().id;
    object["artifact_digest"] = artifacts.empty() ? "" : artifacts.front().digest;
    return;
  }
  json::Array list;
  for (const Plan::Artifact& each : artifacts)
    list.push_back(json::Object{{"id", each.id}, {"name", each.name}, {"digest", each.digest}});
  object["artifacts"] = std::move(list);
}

json::Object unsealed(const Plan& plan) {
  json::Object object{{"format", format_name},
                      {"project", plan.project},
                      {"version", plan.version},
                      {"repository", plan.repository},
                      {"run", plan.run},
                      {"attempt", plan.attempt},
                      {"commit", plan.commit},
                      {"manifest", to_json(plan.manifest)},
                      {"settings_sha256", plan.settings_sha256},
                      {"upload_url", plan.upload_url},
                      {"simple_url", plan.simple_url},
                      {"index_files", index_json(plan.index_files)},
                      {"made", plan.made}};
  add_artifacts(object, plan.artifacts);
  if (const auto& recovery = plan.recovery) {
    object["recovery"] = json::Object{
        {"reason", recovery->reason}, {"proof", recovery->proof}, {"builder", recovery->builder}};
  }
  return object;
}

Result<std::vector<Plan::IndexFile>> read_index_files(const json::Object& object) {
  TRY(const auto list, json::get_array(object, "index_files"));
  std::vector<Plan::IndexFile> files;
  for (const json::Value& item : list) {
    const auto* file = item.if_object();
    if (file == nullptr) return Error{Errc::invalid_input, "expected objects as \"index_files\""};
    TRY(auto filename, json::get_string(*file, "filename"));
    TRY(auto digest, json::get_string(*file, "sha256"));
    files.push_back({std::move(filename), std::move(digest)});
  }
  return files;
}

Result<std::vector<Plan::Artifact>> read_artifacts(const json::Object& object) {
  std::vector<Plan::Artifact> artifacts;
  if (!object.contains("artifacts")) {
    TRY(const auto id, json::get_int(object, "artifact"));
    TRY(auto digest, json::get_string(object, "artifact_digest"));
    if (id != 0) artifacts.push_back({id, {}, std::move(digest)});
    return artifacts;
  }
  TRY(const auto list, json::get_array(object, "artifacts"));
  for (const json::Value& item : list) {
    const auto* each = item.if_object();
    if (each == nullptr) return Error{Errc::invalid_input, "expected objects as \"artifacts\""};
    Plan::Artifact artifact;
    TRY(artifact.id, json::get_int(*each, "id"));
    TRY(artifact.name, json::get_string(*each, "name"));
    TRY(artifact.digest, json::get_string(*each, "digest"));
    artifacts.push_back(std::move(artifact));
  }
  return artifacts;
}

Result<std::optional<Plan::Recovery>> read_recovery(const json::Object& object) {
  if (!object.contains("recovery")) return std::optional<Plan::Recovery>{};
  TRY(const auto said, json::get_object(object, "recovery"));
  Plan::Recovery recovery;
  TRY(recovery.reason, json::get_string(said, "reason"));
  TRY(recovery.proof, json::get_string(said, "proof"));
  TRY(recovery.builder, json::get_string(said, "builder"));
  return std::optional(std::move(recovery));
}

Result<Plan> read_members(const json::Object& object) {
  TRY(const auto files, json::get_array(object, "manifest"));
  TRY(auto manifest, read_manifest(files));
  Plan plan{.manifest = std::move(manifest)};
  TRY(plan.project, json::get_string(object, "project"));
  TRY(plan.version, json::get_string(object, "version"));
  TRY(plan.repository, json::get_string(object, "repository"));
  TRY(plan.run, json::get_int(object, "run"));
  TRY(plan.attempt, json::get_int(object, "attempt"));
  TRY(plan.commit, json::get_string(object, "commit"));
  TRY(plan.artifacts, read_artifacts(object));
  TRY(plan.settings_sha256, json::get_string(object, "settings_sha256"));
  TRY(plan.upload_url, json::get_string(object, "upload_url"));
  TRY(plan.simple_url, json::get_string(object, "simple_url"));
  TRY(plan.index_files, read_index_files(object));
  TRY(plan.made, json::get_string(object, "made"));
  TRY(plan.recovery, read_recovery(object));
  return plan;
}

std::string describe(const std::vector<Plan::IndexFile>& files) {
  std::vector<std::string> words;
  for (const auto& file : files)
    words.push_back(fmt::format("{} sha256:{}", quote(file.filename), file.sha256));
  return words.empty() ? "no file of this version" : join(words, ", ");
}

std::vector<Plan::IndexFile> without(std::vector<Plan::IndexFile> files, const std::set<std::string>& sent) {
  std::erase_if(files, [&](const Plan::IndexFile& file) { return sent.contains(file.filename); });
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string write_plan(const Plan& plan) {
  json::Object object = unsealed(plan);
  object["sha256"] = Sha256::of(json::canonical(object)).hex();
  return json::canonical(object) + "\n";
}

Result<Plan> read_plan(std::string_view text) {
  auto document = json::parse(trim(text), max_plan_bytes);
  if (!document.ok() || !document->is_object()) {
    return Error{Errc::invalid_input, "expected a plan, found something else",
                 "name a file that `packhouse promote --plan` wrote"};
  }
  json::Object& object = document->get_object();
  if (json::get_string(object, "format").value_or("") != format_name)
    return Error{Errc::invalid_input, fmt::format("expected a plan of the format {}", format_name)};
  TRY(const auto seal, json::get_string(object, "sha256"));
  object.erase("sha256");
  if (Sha256::of(json::canonical(object)).hex() != seal) {
    return Error{Errc::conflict, "expected the plan as it was written, found that its digest does not fit",
                 "somebody changed it: make another plan"};
  }
  return read_members(object);
}

Checks decide_plan(const Plan& plan, const Plan& now, const std::set<std::string>& sent) {
  const auto run = [](const Plan& each) {
    const std::string from =
        each.recovery ? "built locally" : fmt::format("run {}, attempt {}", each.run, each.attempt);
    return fmt::format("{} {}, {}, commit {}", each.repository, each.version, from, each.commit);
  };
  // Of one artifact the name is no part of the plan.
  const auto artifact = [](const Plan& each) {
    std::vector<std::string> words;
    for (const Plan::Artifact& part : each.artifacts) {
      const std::string name = each.artifacts.size() > 1 ? " " + quote(part.name) : "";
      words.push_back(fmt::format("artifact {}{} {}", part.id, name, part.digest));
    }
    return words.empty() ? "no artifact" : join(words, ", ");
  };
  CheckBuilder exam;
  const auto same = [&](std::string_view id, const std::string& expected, const std::string& found) {
    exam.require(id, expected == found, expected, found, plan_again);
  };
  exam.on({"plan", "configuration"});
  same("plan.settings", plan.project + " settings sha256:" + plan.settings_sha256,
       now.project + " settings sha256:" + now.settings_sha256);
  same("plan.index", plan.upload_url + ", read at " + plan.simple_url,
       now.upload_url + ", read at " + now.simple_url);
  exam.on({"plan", "run"});
  same("plan.run", run(plan), run(now));
  exam.on({"plan", "artifact"});
  same("plan.artifact", artifact(plan), artifact(now));
  exam.on({"plan", "files"});
  same("plan.manifest", "sha256:" + plan.manifest.digest().hex(), "sha256:" + now.manifest.digest().hex());
  exam.on({"plan", "index"});
  const auto before = without(plan.index_files, sent);
  const auto after = without(now.index_files, sent);
  exam.require("plan.index-state", before == after, describe(before), describe(after), plan_again,
               RefusalKind::conflict);
  return exam.take();
}

}  // namespace packhouse::journal
