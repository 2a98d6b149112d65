// What a forge's document is said to state, it states: every text and number among the facts stands in it. A
// run of a fork or of a tag is never a push to a branch, and evidence keeps no member that was not read. The
// first line is the document, the second the one beside it (a project, a workflow).
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "evidence/json_fields.hpp"
#include "forge/gitea_facts.hpp"
#include "forge/github_facts.hpp"
#include "forge/gitlab_facts.hpp"

namespace json = packhouse::json;
namespace forge = packhouse::forge;
using packhouse::Evidence;
using packhouse::Field;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Every string and number of some documents.
class Stated {
 public:
  void add(const json::Value& value) {
    if (value.is_string()) texts_.emplace(value.get_string());
    if (value.is_int64()) numbers_.insert(value.get_int64());
    if (const auto* array = value.if_array())
      std::ranges::for_each(*array, [&](const auto& item) { add(item); });
    if (const auto* object = value.if_object())
      std::ranges::for_each(*object, [&](const auto& member) { add(member.value()); });
  }
  void holds(const Field<std::string>& field) const { require(!field.ok() || texts_.contains(*field)); }
  void holds(const Field<std::int64_t>& field) const { require(!field.ok() || numbers_.contains(*field)); }
  /// A number that is passed on as text.
  void holds_number(const Field<std::string>& field) const {
    require(!field.ok() || numbers_.contains(std::stoll(*field)));
  }

 private:
  std::set<std::string, std::less<>> texts_;
  std::set<std::int64_t> numbers_;
};

// Of a project: the token with which anyone adds a runner to it.
void keeps_no_token(const Evidence& evidence) {
  const auto kept = *packhouse::json::parse(evidence.canonical, evidence.canonical.size());
  require(packhouse::member_at(kept, {"runners_token"}) == nullptr);
}

void check_run(const Stated& stated, const forge::RunFacts& run) {
  stated.holds(run.id);
  stated.holds(run.repository_id);
  stated.holds(run.repository_name);
  stated.holds(run.head_repository_id);
  stated.holds(run.conclusion);
  stated.holds(run.head_branch);
  stated.holds(run.head_sha);
}

void check_artifact(const Stated& stated, const forge::ArtifactFacts& artifact) {
  stated.holds(artifact.id);
  stated.holds(artifact.size);
  stated.holds(artifact.digest);
  stated.holds(artifact.run_id);
  stated.holds(artifact.repository_id);
  stated.holds(artifact.head_repository_id);
  stated.holds(artifact.head_sha);
}

void check_job(const Stated& stated, const forge::JobFacts& job) {
  stated.holds(job.name);
  stated.holds(job.run_id);
  stated.holds(job.head_sha);
  stated.holds(job.conclusion);
}

void check_github(const Stated& stated, const json::Value& document) {
  using namespace forge::github;
  const auto run = read_run(document, "run");
  check_run(stated, run);
  stated.holds(run.event);
  stated.holds(run.path);
  stated.holds(run.attempt);
  stated.holds_number(run.workflow_id);
  check_artifact(stated, read_artifact(document));
  check_job(stated, read_job(document));
  stated.holds(read_repository(document).full_name);
  stated.holds(read_workflow(document).path);
  stated.holds(read_ref(document, "branch").sha);
  stated.holds(read_comparison(document).merge_base_sha);
  run_evidence(document);
}

void check_gitlab(const Stated& stated, const json::Value& document, const json::Value& project) {
  using namespace forge::gitlab;
  const auto run = read_pipeline(document, project, "run");
  check_run(stated, run);
  if (run.head_branch.ok()) require(!packhouse::flag_at(document, {"tag"}).value_or(true));
  check_artifact(stated, read_archive(document, packhouse::Timestamp{}));
  check_job(stated, read_job(document));
  stated.holds(read_branch(document).sha);
  require(read_tag(document).ref.value_or("refs/tags/").starts_with("refs/tags/"));
  keeps_no_token(read_project(document).evidence);
  keeps_no_token(read_workflow(document).evidence);
  keeps_no_token(run.evidence);
}

void check_gitea(const Stated& stated, const json::Value& document, const json::Value& beside) {
  using namespace forge::gitea;
  const auto run = read_run(document, {.workflow = beside, .file = beside}, "run");
  check_run(stated, run);
  if (run.head_repository_id.ok()) {
    const auto path = packhouse::text_at(document, {"path"});
    require(*run.event == "push" && path->ends_with("@refs/heads/" + *run.head_branch));
  }
  check_artifact(stated, read_artifact(document));
  stated.holds(read_workflow(document).path);
  job_evidence(document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\n'), text.size());
  const auto document = json::parse(text.substr(0, end));
  const auto beside = json::parse(text.substr(std::min(end + 1, text.size())));
  if (!document.ok()) return 0;
  const json::Value second = beside.ok() ? *beside : json::Value(nullptr);
  Stated stated;
  stated.add(*document);
  stated.add(second);
  check_github(stated, *document);
  check_gitlab(stated, *document, second);
  check_gitea(stated, *document, second);
  return 0;
}
