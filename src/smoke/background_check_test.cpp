#include "smoke/background_check.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "smoke/testing/fake_pip.hpp"

namespace packhouse::smoke {
namespace {

class TrialTest : public ::testing::Test {
 protected:
  std::string text;
  std::unique_ptr<FileSystem> disk = make_posix_file_system();
  ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
  Redactor redactor;
  console::Console console{{.text = [this](std::string_view chunk) { text += chunk; }}, redactor, clock};
  ScriptedProcessRunner processes;
  SmokeTools tools{processes, *disk, console, redactor, "/usr/bin"};
};

TEST_F(TrialTest, speaks_when_it_is_asked_for) {
  BackgroundSmokeCheck trial(tools, [](const SmokeTools& own) -> Result<SmokeResult> {
    own.console.line("tried");
    return SmokeResult{.checks = {}, .python = "3.11", .pip = {}, .log = {}};
  });
  console.line("staged");
  EXPECT_EQ(trial.get()->python, "3.11");
  EXPECT_EQ(text, "staged\ntried\n");
}

TEST_F(TrialTest, ends_when_nobody_waits_for_it) {
  bool given_up = false;
  {
    const BackgroundSmokeCheck trial(tools, [&](const SmokeTools& own) -> Result<SmokeResult> {
      own.console.line("tried");
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
}  // namespace packhouse::smoke
