#include "smoke/installed.hpp"

#include <gmock/gmock.h>

#include "dist/testing/builders.hpp"
#include "sys/testing/memory_file_system.hpp"

namespace packhouse::smoke {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const InstallScheme scheme{.site = "/venv/lib/python3/site-packages",
                           .scripts = "/venv/bin",
                           .prefix = "/venv",
                           .headers = "/venv/include/site/python3/demo"};
const std::string info = "demo-1.0.dist-info";

class InstalledTest : public ::testing::Test {
 protected:
  InstalledTest() {
    write("/wheels/demo.whl", builder.bytes());
    install("demo/x.py", "x = 1\n");
    install(info + "/entry_points.txt", "[console_scripts]\nnqctl = demo.x:main\n");
    for (const std::string name : {"METADATA", "WHEEL"})
      install(info + "/" + name, member(info + "/" + name));
    record += info + "/INSTALLER,sha256=x,4\n" + info + "/REQUESTED,,0\n" + info + "/RECORD,,\n";
    record += "demo/__pycache__/x.cpython-311.pyc,,\n../../../bin/nqctl,sha256=x,200\n";
  }

  /// One file of the wheel as it is in the zip.
  std::string member(const std::string& path) const {
    for (const auto& each : builder.zip().members)
      if (each.name == path) return each.data;
    ADD_FAILURE() << path;
    return {};
  }
  void write(const Path& path, const std::string& bytes) {
    ASSERT_TRUE(disk.make_folders(path.parent_path()).ok());
    if (disk.size(path).ok()) ASSERT_TRUE(disk.remove(path).ok());
    auto file = disk.create(path).value();
    ASSERT_TRUE(file->write(bytes).ok());
  }
  void install(const std::string& path, const std::string& bytes) {
    write(scheme.site / path, bytes);
    record += path + ",sha256=x," + std::to_string(bytes.size()) + "\n";
  }
  Checks decide() {
    write(scheme.site / info / "RECORD", record);
    const auto expected = expected_files(disk, "/wheels/demo.whl", info, scheme).value();
    const auto found = read_installed(disk, expected, info, scheme, {"nqctl"}).value();
    return decide_installed(expected, found);
  }

  static dist::testing::WheelBuilder made() {
    auto wheel = dist::testing::WheelBuilder("demo", "1.0");
    wheel.remove("demo/__init__.py");
    return wheel.add("demo/x.py", "x = 1\n")
        .add_info("entry_points.txt", "[console_scripts]\nnqctl = demo.x:main\n");
  }

  MemoryFileSystem disk;
  dist::testing::WheelBuilder builder = made();
  std::string record;
};

TEST_F(InstalledTest, the_wheel_s_own_files_and_the_installer_s_pass) {
  const auto checks = decide();
  EXPECT_THAT(refused_ids(checks), IsEmpty()) << checks.front().found;
  EXPECT_THAT(checks.front().found, HasSubstr("hashed and compared"));
}

TEST_F(InstalledTest, refuses_a_file_that_was_changed_after_unpacking) {
  write(scheme.site / "demo/x.py", "x = 2\n");
  const auto checks = decide();
  EXPECT_THAT(refused_ids(checks), ElementsAre("smoke.installed-bytes"));
  EXPECT_THAT(checks.front().found, HasSubstr("demo/x.py\" has other bytes"));
  EXPECT_EQ(worst_refusal(checks), RefusalKind::smoke);
}

TEST_F(InstalledTest, refuses_a_file_that_is_not_there) {
  ASSERT_TRUE(disk.remove(scheme.site / "demo/x.py").ok());
  EXPECT_THAT(decide().front().found, HasSubstr("is not there"));
}

TEST_F(InstalledTest, refuses_a_file_that_is_not_of_the_wheel) {
  record += "demo/evil.py,sha256=x,1\n";
  const auto checks = decide();
  EXPECT_THAT(refused_ids(checks), ElementsAre("smoke.installed-bytes"));
  EXPECT_THAT(checks.front().found, HasSubstr("demo/evil.py"));
}

TEST_F(InstalledTest, refuses_a_script_that_no_entry_point_names_and_paths_that_lead_out) {
  record += "../../../bin/evil,sha256=x,1\n";
  EXPECT_THAT(refused_ids(decide()), ElementsAre("smoke.installed-bytes"));
  record += "../../../../etc/passwd,sha256=x,1\n";
  EXPECT_THAT(decide().front().found, HasSubstr("etc/passwd"));
}

TEST(ExpectedFiles, puts_the_data_folder_s_files_where_they_belong) {
  MemoryFileSystem disk;
  auto wheel = dist::testing::WheelBuilder("demo", "1.0");
  wheel.add("demo-1.0.data/scripts/run", "#!python\n").add("demo-1.0.data/scripts/raw", "#!/bin/sh\n");
  wheel.add("demo-1.0.data/data/share/x", "x").add("demo-1.0.data/purelib/y.py", "y");
  wheel.add("demo-1.0.data/headers/z.h", "z");
  ASSERT_TRUE(disk.make_folders("/wheels").ok());
  ASSERT_TRUE(disk.create("/wheels/demo.whl").value()->write(wheel.bytes()).ok());
  const auto expected = expected_files(disk, "/wheels/demo.whl", info, scheme).value();
  EXPECT_EQ(expected.at("/venv/bin/run"), std::nullopt);  // its first line is rewritten
  EXPECT_EQ(expected.at("/venv/bin/raw"), Sha256::of("#!/bin/sh\n"));
  EXPECT_EQ(expected.at("/venv/share/x"), Sha256::of("x"));
  EXPECT_EQ(expected.at("/venv/lib/python3/site-packages/y.py"), Sha256::of("y"));
  EXPECT_EQ(expected.at("/venv/include/site/python3/demo/z.h"), Sha256::of("z"));
  EXPECT_FALSE(expected.contains("/venv/lib/python3/site-packages/demo-1.0.dist-info/RECORD"));
}

TEST(ExpectedFiles, refuses_a_wheel_that_is_no_zip) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.make_folders("/wheels").ok());
  ASSERT_TRUE(disk.create("/wheels/demo.whl").value()->write("PK").ok());
  EXPECT_FALSE(expected_files(disk, "/wheels/demo.whl", info, scheme).ok());
}

}  // namespace
}  // namespace packhouse::smoke
