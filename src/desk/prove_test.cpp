#include "desk/prove.hpp"

#include <gmock/gmock.h>

#include "client/testing/memory_index.hpp"
#include "dist/testing/builders.hpp"
#include "sys/testing/memory_file_system.hpp"

namespace packhouse::desk {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Path site = "/venv/lib/python3.11/site-packages";
const std::string info = "demo-1.0.dist-info";
const std::string filename = "demo-1.0-py3-none-any.whl";

class ProveTest : public ::testing::Test {
 protected:
  ProveTest() {
    index_.files[filename] = wheel_.bytes();
    write("/venv/pyvenv.cfg", "home = /usr/bin\n");
    for (const auto& member : wheel_.zip().members) {
      if (member.name == info + "/RECORD") continue;
      write(site / member.name, member.data);
      record_ += member.name + ",,\n";
    }
    record_ += info + "/INSTALLER,,\n" + info + "/RECORD,,\n";
    write(site / info / "INSTALLER", "pip\n");
    write(site / info / "RECORD", record_);
  }

  void write(const Path& path, const std::string& bytes) {
    ASSERT_TRUE(disk_.make_folders(path.parent_path()).ok());
    if (disk_.size(path).ok()) ASSERT_TRUE(disk_.remove(path).ok());
    auto file = disk_.create(path).value();
    ASSERT_TRUE(file->write(bytes).ok());
  }

  EnvironmentProof prove() {
    const auto environment = find_environment(disk_, "/venv");
    EXPECT_TRUE(environment.ok()) << environment.error().message;
    EXPECT_EQ(environment->site, site);
    const client::IndexAddress simple{.url = *http::Url::parse(client::testing::index_simple_url)};
    client::IndexClient index(index_, simple, simple);
    EXPECT_TRUE(disk_.make_folders("/work").ok());
    const auto proof = desk::prove({.disk = disk_, .index = index, .work = "/work"}, *environment);
    EXPECT_TRUE(proof.ok()) << proof.error().message;
    EXPECT_THAT(disk_.list("/work").value(), IsEmpty()) << "no wheel is left";
    return *proof;
  }
  Proof only() {
    const auto proof = prove();
    EXPECT_EQ(proof.distributions.size(), 1U);
    return proof.distributions.front();
  }

  dist::testing::WheelBuilder wheel_{"demo", "1.0"};
  client::testing::MemoryIndex index_;
  MemoryFileSystem disk_;
  std::string record_;
};

TEST_F(ProveTest, what_is_installed_is_the_wheel_of_the_index) {
  const auto proof = prove();
  EXPECT_TRUE(proof.complete());
  EXPECT_FALSE(proof.contradicted());
  const auto& demo = proof.distributions.front();
  EXPECT_EQ(demo.kind, Proof::Kind::proved);
  EXPECT_EQ(demo.filename, filename);
  EXPECT_EQ(demo.sha256, Sha256::of(wheel_.bytes()));
  EXPECT_GT(demo.files, 0U);
  EXPECT_THAT(demo.found, IsEmpty());
  EXPECT_FALSE(demo.has_provenance) << "nothing is claimed that the index does not state";
}

TEST_F(ProveTest, a_changed_byte_is_named) {
  write(site / "demo" / "__init__.py", "evil = True\n");
  const auto demo = only();
  EXPECT_EQ(demo.kind, Proof::Kind::changed);
  EXPECT_THAT(demo.found, HasSubstr("demo/__init__.py\" has other bytes"));
}

TEST_F(ProveTest, a_changed_RECORD_deceives_nobody) {
  write(site / "demo" / "__init__.py", "evil = True\n");
  write(site / "demo" / "evil.py", "evil = True\n");
  write(site / info / "RECORD", record_ + "demo/evil.py,,\n");
  const auto demo = only();
  EXPECT_EQ(demo.kind, Proof::Kind::changed);
  EXPECT_THAT(demo.found, HasSubstr("\"demo/evil.py\" is not of the wheel"));
}

TEST_F(ProveTest, a_missing_file_is_named) {
  ASSERT_TRUE(disk_.remove(site / "demo" / "__init__.py").ok());
  EXPECT_THAT(only().found, HasSubstr("demo/__init__.py\" is not there"));
}

TEST_F(ProveTest, a_file_of_nothing_that_is_installed_is_named) {
  write(site / "evil.pth", "import evil\n");
  write(site / "demo" / "planted.py", "x = 1\n");
  write(site / "demo" / "__pycache__" / "x.cpython-311.pyc", "x");
  const auto proof = prove();
  EXPECT_TRUE(proof.contradicted());
  EXPECT_EQ(proof.distributions.front().kind, Proof::Kind::proved);
  EXPECT_EQ(proof.strays, (std::vector<std::string>{"demo/planted.py", "evil.pth"}));
}

TEST_F(ProveTest, what_the_index_does_not_have_is_missing_and_not_wrong) {
  index_.files.clear();
  auto proof = prove();
  EXPECT_EQ(proof.distributions.front().kind, Proof::Kind::missing);
  EXPECT_EQ(proof.distributions.front().found, "the index serves no file of this version");
  EXPECT_FALSE(proof.contradicted());
  EXPECT_FALSE(proof.complete());
  index_.files["demo-1.0-cp311-cp311-linux_x86_64.whl"] = wheel_.bytes();
  EXPECT_EQ(only().found, "none of the 1 files of this version has its tags");
}

TEST_F(ProveTest, what_was_installed_from_a_folder_is_no_wheel_of_the_index) {
  write(site / info / "direct_url.json", "{}");
  EXPECT_EQ(only().kind, Proof::Kind::missing);
  EXPECT_THAT(only().found, HasSubstr("direct_url.json"));
}

TEST_F(ProveTest, a_wheel_that_cannot_be_read_proves_nothing) {
  index_.files[filename] = "no zip";
  const auto demo = only();
  EXPECT_EQ(demo.kind, Proof::Kind::changed);
  EXPECT_THAT(demo.found, HasSubstr("broken zip"));
}

TEST_F(ProveTest, other_bytes_in_the_wheel_are_named) {
  auto other = dist::testing::WheelBuilder("demo", "1.0").add("demo/more.py", "x = 1\n");
  index_.files[filename] = other.bytes();
  EXPECT_THAT(only().found, HasSubstr("demo/more.py\" is not there"));
}

TEST_F(ProveTest, only_an_environment_is_one) {
  EXPECT_EQ(find_environment(disk_, "/nowhere").error().code, Errc::not_found);
  ASSERT_TRUE(disk_.make_folders("/empty").ok());
  EXPECT_EQ(find_environment(disk_, "/empty").error().code, Errc::not_found);
  const auto target = find_environment(disk_, site);
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->scripts, site / "bin");
}

}  // namespace
}  // namespace packhouse::desk
