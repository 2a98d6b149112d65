#include "smoke/virtual_environment.hpp"

#include "smoke/environment_pool.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>

#include "smoke/testing/fake_pip.hpp"

namespace packhouse::smoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class EnvironmentsTest : public ::testing::Test {
 protected:
  VirtualEnvironment take(const std::string& python = "python3") {
    auto fresh = EnvironmentPool(policy, tools).take(python);
    return std::move(fresh).value();
  }
  /// Where it was made, and what it was made from.
  std::vector<std::string> pythons() const {
    std::vector<std::string> names;
    for (const Command& each : processes.commands()) {
      if (std::ranges::find(each.arguments, "venv") != each.arguments.end())
        names.push_back(each.arguments.front());
    }
    return names;
  }

  std::unique_ptr<FileSystem> disk = make_posix_file_system();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  console::Console console{{.text = [](std::string_view) {}}, redactor, clock};
  ScriptedProcessRunner processes;
  testing::FakePip pip{processes};
  SmokePolicy policy;
  SmokeTools tools{processes, *disk, console, redactor, "/usr/bin"};
};

TEST_F(EnvironmentsTest, pip_is_unpacked_into_it_and_not_installed) {
  const auto fresh = take();
  EXPECT_TRUE(fresh.made.succeeded());
  EXPECT_TRUE(fresh.described->succeeded());
  ASSERT_EQ(processes.commands().size(), 2U);
  EXPECT_THAT(processes.commands()[0].arguments,
              ElementsAre("python3", "-I", "-S", "-c", HasSubstr("import ensurepip"), "venv", "wheels"));
  EXPECT_THAT(processes.commands()[1].arguments,
              ElementsAre(HasSubstr("/venv/bin/python"), "-I", "-c", HasSubstr("sys_tags")));
  const Path site = fresh.folder.path() / "venv" / "lib" / "python3.11" / "site-packages";
  EXPECT_TRUE(disk->size(site / "pip" / "__init__.py").ok());
  EXPECT_TRUE(disk->size(site / "pip-26.2.dist-info" / "METADATA").ok());
  EXPECT_THAT(fresh.log, Not(HasSubstr("ensurepip"))) << "a program of ours is nobody's reading";
}

TEST_F(EnvironmentsTest, a_python_that_does_not_give_its_pip_away_has_it_installed) {
  using Answer = std::function<Result<ProcessResult>(const Command&)>;
  const auto with_library = [](const Command& each, std::string_view wheel) -> Result<ProcessResult> {
    std::filesystem::create_directories(each.folder / "venv" / "lib" / "python3.11");
    if (!wheel.empty()) std::ofstream(each.folder / "wheels" / "pip-26.2-py3-none-any.whl") << wheel;
    return exited(0);
  };
  const std::vector<std::pair<Answer, std::string>> cases{
      {[](const Command&) { return exited(1, "this ensurepip installs in a way of its own\n"); },
       "in a way of its own"},
      {[&](const Command& each) { return with_library(each, ""); }, "found 1 and 0"},
      {[](const Command&) { return exited(0); }, "cannot"},
      {[&](const Command& each) { return with_library(each, "<html>"); }, "is no sound wheel"}};
  for (const auto& [answer, said] : cases) {
    SCOPED_TRACE(said);
    processes.when({"venv", "wheels"}, answer);
    const auto before = processes.commands().size();
    const auto fresh = take();
    EXPECT_TRUE(fresh.made.succeeded());
    EXPECT_TRUE(fresh.described->succeeded());
    EXPECT_THAT(processes.commands().at(before + 1).arguments,
                ElementsAre("python3", "-I", "-m", "venv", "--clear", "venv"));
    EXPECT_THAT(fresh.log, HasSubstr(said));
  }
}

TEST_F(EnvironmentsTest, a_python_without_venv_says_so_in_its_own_words) {
  processes.when({"venv"}, exited(1, "ensurepip is not available: apt install python3-venv\n"));
  const auto fresh = take();
  EXPECT_FALSE(fresh.made.succeeded());
  EXPECT_FALSE(fresh.described.has_value());
  EXPECT_THAT(fresh.log, HasSubstr("apt install python3-venv"));
}

TEST_F(EnvironmentsTest, those_that_are_expected_are_taken_in_their_order_and_each_is_its_own) {
  EnvironmentPool environments(policy, tools);
  for (const std::string python : {"python3.11", "python3.13", "python3.11"})
    environments.expect(python);
  const auto first = environments.take("python3.11").value();
  const auto second = environments.take("python3.13").value();
  const auto third = environments.take("python3.11").value();
  EXPECT_THAT(pythons(), ElementsAre("python3.11", "python3.13", "python3.11"));
  EXPECT_NE(first.folder.path(), third.folder.path());
}

TEST_F(EnvironmentsTest, one_that_was_not_expected_is_made_all_the_same) {
  EnvironmentPool environments(policy, tools);
  environments.expect("python3.11");
  EXPECT_TRUE(environments.take("python3.13")->made.succeeded());
  EXPECT_TRUE(environments.take("python3.11")->made.succeeded());
  EXPECT_TRUE(environments.take("python3.11")->made.succeeded());
}

TEST_F(EnvironmentsTest, one_that_nobody_takes_leaves_nothing_behind) {
  Path folder;
  processes.when({"venv"}, [&](const Command& each) -> Result<ProcessResult> {
    folder = each.folder;
    return exited(0);
  });
  {
    EnvironmentPool environments(policy, tools);
    environments.expect("python3");
  }
  EXPECT_FALSE(folder.empty());
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(EnvironmentsTest, one_that_nobody_takes_is_not_made_to_its_end) {
  bool given_up = false;
  processes.when({"venv"}, [&](const Command& each) -> Result<ProcessResult> {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, each.stop, [] { return false; });
    given_up = true;
    return Error{Errc::cancelled, "given up"};
  });
  {
    EnvironmentPool environments(policy, tools);
    environments.expect("python3");
  }
  EXPECT_TRUE(given_up);
}

TEST_F(EnvironmentsTest, the_next_one_is_begun_when_it_is_told_or_taken) {
  EnvironmentPool environments(policy, tools);
  environments.expect("python3.11");
  environments.expect("python3.13");
  const auto first = environments.take("python3.11").value();
  EXPECT_THAT(pythons(), ElementsAre("python3.11"));
  environments.begin_next();
  environments.begin_next();
  const auto second = environments.take("python3.13").value();
  EXPECT_THAT(pythons(), ElementsAre("python3.11", "python3.13"));
}

TEST_F(EnvironmentsTest, one_that_could_not_be_made_is_told_before_it_is_taken) {
  EnvironmentPool environments(policy, tools);
  EXPECT_TRUE(environments.look().ok()) << "none is expected";
  environments.expect("python3");
  EXPECT_TRUE(environments.look().ok());
  EXPECT_TRUE(environments.take("python3").ok());
  processes.when({"venv"}, exited(1, "ensurepip is not available: apt install python3-venv\n"));
  environments.expect("python3.13");
  const Error error = environments.look().error();
  EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_THAT(error.message,
              HasSubstr("expected \"python3.13\" for the smoke check, found exit 1: \"ensurepip"));
  EXPECT_FALSE(environments.take("python3.13")->made.succeeded());
  processes.when({"venv"}, [](const Command&) -> Result<ProcessResult> {
    return Error{Errc::not_found, "no program python3.99"};
  });
  environments.expect("python3.99");
  EXPECT_THAT(environments.look().error().message, HasSubstr("found no program python3.99"));
}

TEST_F(EnvironmentsTest, an_interrupt_is_told) {
  processes.when({"venv"}, [](const Command&) -> Result<ProcessResult> {
    return Error{Errc::cancelled, "it was stopped by SIGINT"};
  });
  EnvironmentPool environments(policy, tools);
  environments.expect("python3");
  EXPECT_EQ(environments.take("python3").error().code, Errc::cancelled);
}

}  // namespace
}  // namespace packhouse::smoke
