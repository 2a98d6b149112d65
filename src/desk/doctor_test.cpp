#include "desk/doctor.hpp"

#include <gmock/gmock.h>

#include "base/time.hpp"
#include "client/testing/memory_index.hpp"
#include "smoke/testing/fake_pip.hpp"
#include "source/testing/evidence.hpp"
#include "source/testing/scripted_forge.hpp"
#include "sys/testing/memory_file_system.hpp"
#include "sys/testing/scripted_process_runner.hpp"

namespace packhouse::desk {
namespace {

using client::testing::MemoryIndex;
using source::testing::ScriptedForge;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ProjectName project = ProjectName::parse("nanonis-qcodes-controller").value();

client::IndexAddress address(std::string_view url) {
  return {http::Url::parse(url).value(), std::nullopt};
}

/// Answers everything with one response.
class OneAnswer final : public http::Client {
 public:
  Result<http::ClientResponse> send(const http::ClientRequest& request) override {
    seen.push_back(request);
    return answer;
  }
  http::ClientResponse answer;
  std::vector<http::ClientRequest> seen;
};

TEST(Doctor, a_token_that_may_read_everything_has_no_finding) {
  ScriptedForge forge(source::testing::evidence_for(""), "");
  auto policy = source::testing::good_policy();
  policy.attestations.mode = source::AttestationPolicy::Mode::require;
  const auto checks = examine_forge(forge, policy, "GITHUB_TOKEN");
  EXPECT_TRUE(all_passed(checks));
  EXPECT_EQ(checks.size(), 4U);
}

TEST(Doctor, what_the_token_may_not_read_names_the_permission) {
  ScriptedForge forge(source::testing::evidence_for(""), "");
  forge.before = [](std::string_view call) -> Status {
    if (call.starts_with("workflow"))
      return Error{Errc::unauthenticated, "Resource not accessible", "see above"};
    return success();
  };
  const auto checks = examine_forge(forge, source::testing::good_policy(), "GITHUB_TOKEN");
  EXPECT_THAT(refused_ids(checks), ElementsAre("forge.actions"));
  EXPECT_EQ(checks.at(1).found, "Resource not accessible");
  EXPECT_EQ(checks.at(1).hint,
            "see above; give the token `actions: read`, or what the forge calls it, and check `workflow`");
  EXPECT_EQ(checks.at(1).refusal, RefusalKind::authentication);
}

TEST(Doctor, an_index_is_asked_without_sending_a_file) {
  OneAnswer client;
  client.answer = MemoryIndex::answer(400, "no file");
  client::IndexClient index(client, address(client::testing::index_upload_url),
                            address(client::testing::index_simple_url));
  EXPECT_EQ(index.probe_upload(), 400);
  const auto& form = std::get<http::Form>(client.seen.back().body);
  EXPECT_THAT(form.files, IsEmpty());
}

TEST(Doctor, an_address_that_takes_no_uploads_is_a_finding) {
  OneAnswer client;
  client::IndexClient index(client, address(client::testing::index_upload_url),
                            address(client::testing::index_simple_url));
  for (const int status : {301, 404, 405}) {
    client.answer = MemoryIndex::answer(status);
    EXPECT_EQ(index.probe_upload().error().code, Errc::invalid_input) << status;
  }
  client.answer = MemoryIndex::answer(503);
  EXPECT_EQ(index.probe_upload().error().code, Errc::unavailable);
}

TEST(Doctor, clocks_may_differ_by_two_minutes) {
  OneAnswer client;
  client.answer = MemoryIndex::answer(401);
  client.answer.headers.add("Date", "Fri, 15 Jan 2027 08:00:00 GMT");
  const http::ClientRequest request{.url = std::string(client::testing::index_simple_url)};
  const auto passes = [&](int ahead) {
    const ManualClock clock{parse_iso8601("2027-01-15T08:00:00Z").value() + std::chrono::seconds(ahead)};
    const auto checks = examine_clock(client, clock, "index", request);
    EXPECT_EQ(checks.size(), 1U);
    return all_passed(checks);
  };
  EXPECT_TRUE(passes(0));
  EXPECT_TRUE(passes(120));
  EXPECT_TRUE(passes(-120));
  EXPECT_FALSE(passes(121));
  EXPECT_FALSE(passes(-3600));
}

TEST(Doctor, a_server_that_states_no_time_is_passed_over) {
  OneAnswer client;
  const http::ClientRequest request{.url = std::string(client::testing::index_simple_url)};
  const ManualClock clock{Timestamp{}};
  EXPECT_THAT(examine_clock(client, clock, "index", request), IsEmpty());
  client.answer.headers.add("Date", "yesterday");
  EXPECT_THAT(examine_clock(client, clock, "index", request), IsEmpty());
}

TEST(Doctor, python_without_its_venv_is_a_finding) {
  ScriptedProcessRunner processes;
  const smoke::SmokePolicy policy;
  processes.when({"python3"}, exited(0, R"({"python":"3.11.2","pip":"23.0.1"})"));
  auto checks = examine_python(processes, policy, "/usr/bin", "/");
  EXPECT_TRUE(all_passed(checks));
  EXPECT_EQ(checks.at(0).found, "Python 3.11.2 with pip 23.0.1");
  processes.when({"python3"}, exited(1));
  checks = examine_python(processes, policy, "/usr/bin", "/");
  EXPECT_THAT(refused_ids(checks), ElementsAre("python.venv"));
  EXPECT_THAT(checks.at(0).hint, HasSubstr("python3-venv"));
}

TEST(Doctor, a_state_folder_is_tried_and_left_empty) {
  MemoryFileSystem disk;
  EXPECT_TRUE(all_passed(examine_state(disk, "/state")));
  EXPECT_THAT(disk.list("/state").value(), IsEmpty());
}

}  // namespace
}  // namespace packhouse::desk
