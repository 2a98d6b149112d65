#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "forge/gitea.hpp"
#include "http/testing/scripted_client.hpp"

// What a Gitea answers about one run, and a Forge that asks it.
namespace packhouse::forge::testing {

inline const std::string base = "https://forge.example/api/v1/repos/lab/demo";
inline const std::string run_url = base + "/actions/runs/9";
inline const std::string sha(40, 'c');
inline const std::string quiet = "&limit=1&stat=false&verification=false&files=false";

// As ToActionWorkflowRun of 1.25.1 and 1.26.0 writes a run; `attempt` 0 is what those always state.
struct RunText {
  std::string_view path = "ci.yml@refs/heads/main";
  std::string_view head_branch = R"("head_branch":"main",)";
  std::string_view event = "push";
  int attempt = 0;
  int actor = 3;

  std::string str() const {
    return fmt::format(
        R"({{"id":9,"run_number":4,"run_attempt":{},"event":"{}","path":"{}",{}"head_sha":"{}",)"
        R"("status":"completed","conclusion":"success","actor":{{"id":{},"email":"canary"}},)"
        R"("repository":{{"id":7,"full_name":"lab/demo"}}}})",
        attempt, event, path, head_branch, sha, actor);
  }
};

inline std::string job(std::int64_t id, std::string_view name, int attempt) {
  return fmt::format(
      R"({{"id":{},"run_id":9,"name":"{}","run_attempt":{},"head_sha":"{}","status":"completed",)"
      R"("conclusion":"success","started_at":"2026-11-22T10:00:00Z",)"
      R"("completed_at":"2026-11-22T10:01:00Z"}})",
      id, name, attempt, sha);
}

inline std::string artifact(std::int64_t id, std::string_view updated, bool expired = false) {
  return fmt::format(
      R"({{"id":{},"name":"dist","size_in_bytes":30,"expired":{},"created_at":"2026-11-22T11:00:30+01:00",)"
      R"("updated_at":"{}","workflow_run":{{"id":9,"repository_id":7,"head_sha":"{}","path":"","status":""}}}})",
      id, expired, updated, sha);
}

inline std::string listing(std::string_view member, const std::vector<std::string>& items,
                           std::size_t total) {
  return fmt::format(R"({{"total_count":{},"{}":[{}]}})", total, member, fmt::join(items, ","));
}

class GiteaTest : public ::testing::Test {
 protected:
  GiteaTest() {
    forge_ = make_gitea({.api_url = "https://forge.example/api/v1", .token = Secret{"gt"}}, "lab/demo",
                        {NamePattern::parse("build").value()}, client, clock)
                 .value();
  }
  Forge& forge() { return *forge_; }

  void answer(const std::string& url, const std::string& body, int status = 200) {
    client.expect(http::Method::get, url, http::json_response(status, body));
  }
  void answer_workflow(
      std::string_view text = "jobs:\n  build:\n    steps:\n      - uses: actions/checkout@v4\n") {
    answer(base + "/actions/workflows/ci.yml",
           R"({"id":"ci.yml","name":"CI","path":".gitea/workflows/ci.yml","state":"active"})");
    answer(base + "/contents/.gitea/workflows/ci.yml?ref=" + sha,
           fmt::format(R"({{"type":"file","encoding":"base64","content":"{}"}})", to_base64(text)));
  }
  void answer_jobs(const std::vector<std::string>& jobs) {
    answer(run_url + "/jobs?limit=50&page=1", listing("jobs", jobs, jobs.size()));
  }
  RunFacts run_of(const RunText& text) {
    answer(run_url, text.str());
    answer_workflow();
    if (text.attempt == 0) answer_jobs({job(1, "build", 1)});
    return forge().run(9).value();
  }

  http::ScriptedClient client;
  ManualClock clock{*parse_iso8601("2026-11-22T12:00:00Z")};

 private:
  std::unique_ptr<Forge> forge_;
};

}  // namespace packhouse::forge::testing
