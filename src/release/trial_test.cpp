#include "release/trial.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "release/testing/fake_pip.hpp"

namespace packhouse::release {
namespace {

class TrialTest : public ::testing::Test {
 protected:
  std::string text;
  std::unique_ptr<FileSystem> disk = make_posix_file_system();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  Output output{{.text = [this](std::string_view chunk) { text += chunk; }}, redactor, clock};
  ScriptedProcessRunner processes;
  SmokeTools tools{processes, *disk, output, redactor, "/usr/bin"};
};

TEST_F(TrialTest, speaks_when_it_is_asked_for) {
  Trial trial(tools, [](const SmokeTools& own) -> Result<SmokeResult> {
    own.output.line("tried");
    return SmokeResult{.checks = {}, .python = "3.11", .pip = {}, .log = {}};
  });
  output.line("staged");
  EXPECT_EQ(trial.get()->python, "3.11");
  EXPECT_EQ(text, "staged\ntried\n");
}

TEST_F(TrialTest, ends_when_nobody_waits_for_it) {
  bool given_up = false;
  {
    const Trial trial(tools, [&](const SmokeTools& own) -> Result<SmokeResult> {
      own.output.line("tried");
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, own.stop, [] { return false; });
      given_up = true;
      return Error{Errc::cancelled, "given up"};
    });
  }
  EXPECT_TRUE(given_up);
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace packhouse::release
