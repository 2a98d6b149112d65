#include "source/checklist.hpp"

#include <gmock/gmock.h>

#include "sys/testing/memory_file_system.hpp"
#include "sys/testing/scripted_process_runner.hpp"

namespace packhouse::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Path record_path = "/state/checklists/demo/c0ffee.json";

class ChecklistTest : public ::testing::Test {
 public:
  ChecklistTest() {
    processes.when({"git", "rev-parse"}, exited(0, "c0ffee\n"));
    processes.when({"git", "status"}, exited(0));
    processes.when({"lint"}, exited(0, "no fault\n"));
    processes.when({"build"}, exited(0));
  }
  Result<ChecklistResult> run() {
    return run_checklist(policy, request, {processes, disk, clock, console, {{"PATH", "/usr/bin"}}});
  }
  std::vector<std::string> refused() { return refused_ids(run().value().checks); }

  ScriptedProcessRunner processes;
  MemoryFileSystem disk;
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  std::string shown;
  console::Console console{{.text = [this](std::string_view text) { shown += text; }}, redactor, clock};
  ChecklistPolicy policy{.commands = {{"lint", "."}, {"build"}}};
  ChecklistRequest request{
      .project = ProjectName::parse("demo").value(), .folder = "/work", .state = "/state", .actor = "ada"};
};

TEST_F(ChecklistTest, what_passed_is_recorded_for_its_commit) {
  const auto result = run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(all_passed(result->checks));
  EXPECT_EQ(result->kept, record_path);
  auto record = json::parse(disk.read(record_path, 1U << 20U).value(), 1U << 20U).value().get_object();
  const std::string seal = json::get_string(record, "sha256").value();
  record.erase("sha256");
  EXPECT_EQ(Sha256::of(json::canonical(record)).hex(), seal);
  EXPECT_EQ(json::get_string(record, "commit"), "c0ffee");
  EXPECT_EQ(json::get_array(record, "commands")->size(), 2U);
  EXPECT_THAT(shown, HasSubstr("no fault"));
  EXPECT_THAT(shown, HasSubstr("  passed       0.0 s  lint ."));
}

TEST_F(ChecklistTest, a_failure_does_not_hide_the_next_and_nothing_is_recorded) {
  processes.when({"lint"}, exited(1, "a fault\n"));
  EXPECT_THAT(refused(), ElementsAre("checklist.command"));
  EXPECT_EQ(disk.size(record_path).error().code, Errc::not_found);
  EXPECT_THAT(shown, HasSubstr("  FAILED       0.0 s  lint ."));
  EXPECT_THAT(shown, HasSubstr("  passed       0.0 s  build"));
}

TEST_F(ChecklistTest, a_tool_that_is_not_there_is_a_failure) {
  policy.commands = {{"nosuch"}};
  EXPECT_THAT(refused(), ElementsAre("checklist.command"));
}

TEST_F(ChecklistTest, a_dirty_tree_ends_it_before_any_command) {
  processes.when({"git", "status"}, exited(0, " M demo.py\n"));
  EXPECT_THAT(refused(), ElementsAre("tree.clean"));
  EXPECT_EQ(processes.commands().size(), 2U);
}

TEST_F(ChecklistTest, a_dirty_tree_may_be_asked_for_and_is_not_recorded) {
  processes.when({"git", "status"}, exited(0, " M demo.py\n"));
  request.allow_dirty = true;
  EXPECT_THAT(refused(), ElementsAre());
  EXPECT_EQ(disk.size(record_path).error().code, Errc::not_found);
}

TEST_F(ChecklistTest, a_tool_that_changes_the_tree_is_refused) {
  int asked = 0;
  processes.when({"git", "status"},
                 [&](const Command&) { return exited(0, asked++ == 0 ? "" : "?? dist/\n"); });
  EXPECT_THAT(refused(), ElementsAre("tree.unchanged"));
  EXPECT_EQ(disk.size(record_path).error().code, Errc::not_found);
}

TEST_F(ChecklistTest, outside_of_a_work_tree_there_is_nothing_to_check) {
  processes.when({"git", "rev-parse"}, exited(128));
  EXPECT_EQ(run().error().code, Errc::not_found);
}

TEST(Checklist, is_the_runbooks_unless_the_settings_say_otherwise) {
  EXPECT_THAT(default_checklist(ProjectName::parse("nanonis-qcodes-controller").value()),
              ElementsAre(ElementsAre("ruff", "check", "."), ElementsAre("black", "--check", "."),
                          ElementsAre("mypy", "nanonis_qcodes_controller"), ElementsAre("pytest"),
                          ElementsAre("python", "-m", "build")));
}

}  // namespace
}  // namespace packhouse::source
