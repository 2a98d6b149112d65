#include "dist/render.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "dist/release_checks.hpp"
#include "dist/testing/builders.hpp"

namespace packhouse::dist {
namespace {

using testing::SdistBuilder;
using testing::WheelBuilder;

const std::filesystem::path golden_folder = PACKHOUSE_SOURCE_DIR "/tests/golden/check";

// PACKHOUSE_ACCEPT=1 rewrites the file, and then the test reports that it was skipped: it cannot pass by
// accident.
void expect_golden(const std::string& name, const std::string& text) {
  const auto path = golden_folder / name;
  if (std::getenv("PACKHOUSE_ACCEPT") != nullptr) {
    std::filesystem::create_directories(golden_folder);
    std::ofstream{path} << text;
    GTEST_SKIP() << "accepted " << path;
  }
  std::ifstream file{path};
  ASSERT_TRUE(file) << path << " is missing; PACKHOUSE_ACCEPT=1 writes it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str());
}

template <typename Builder>
Report check(const Builder& built) {
  const auto bytes = built.bytes();
  return check_file(archive::MemorySource{bytes}, built.filename(), Policy{});
}

WheelBuilder bad_wheel() {
  return WheelBuilder{"demo", "1.0"}
      .add("demo/x.py", "x")
      .omit_from_record("demo/x.py")
      .add("demo.pth", "import os")
      .metadata_line("Requires-Python: >=3.9")
      .metadata_line("Home-page: nowhere");
}

ReleaseReport release() {
  ReleaseReport report;
  report.source = "dist.zip";
  report.members = check_member_names({"demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"}, Policy{});
  report.files = {check(WheelBuilder{"demo", "1.0"}), check(SdistBuilder{"demo", "1.0"})};
  report.release = check_release(
      std::vector<const Inspection*>{&*report.files[0].inspection, &*report.files[1].inspection}, Policy{});
  report.manifest = *Manifest::make(
      {{"demo-1.0-py3-none-any.whl", 5, Sha256::of("wheel")}, {"demo-1.0.tar.gz", 5, Sha256::of("sdist")}});
  return report;
}

TEST(Render, accepted_wheel_as_text) {
  expect_golden("accepted.txt", to_text(check(WheelBuilder{"demo", "1.0"})));
}

TEST(Render, refused_wheel_as_text) {
  expect_golden("refused.txt", to_text(check(bad_wheel())));
}

TEST(Render, refused_wheel_as_json) {
  expect_golden("refused.json", json::dump_pretty(to_json(check(bad_wheel()))) + "\n");
}

TEST(Render, unreadable_file_as_text) {
  const auto report = check_file(archive::MemorySource{"not a zip"}, "demo-1.0-py3-none-any.whl", Policy{});
  expect_golden("unreadable.txt", to_text(report));
}

TEST(Render, release_as_text) {
  expect_golden("release.txt", to_text(release()));
}

TEST(Render, release_as_json) {
  auto object = to_json(release());
  object.erase("files");
  expect_golden("release.json", json::dump_pretty(object) + "\n");
}

TEST(Render, quotes_names_that_a_terminal_would_obey) {
  const auto report = check_file(archive::MemorySource{""}, "demo\x1b[2J.whl", Policy{});
  EXPECT_EQ(to_text(report).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace packhouse::dist
