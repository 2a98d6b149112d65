#include "source/comparison.hpp"

#include <gmock/gmock.h>

#include "dist/testing/builders.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::source {
namespace {

using dist::testing::SdistBuilder;
using dist::testing::WheelBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = FileComparison::Kind;

class ComparisonTest : public ::testing::Test {
 protected:
  Path write(const std::string& folder, const std::string& filename, std::string_view bytes) {
    const Path place = folder_.path() / folder;
    EXPECT_TRUE(disk_->make_folders(place).ok());
    auto file = disk_->create(place / filename);
    EXPECT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write(bytes).ok());
    return place / filename;
  }

  FileComparison compare(const std::string& filename, std::string_view released, std::string_view built) {
    const auto comparison = compare_members(*disk_, filename, write("released", filename, released),
                                            write("built", filename, built));
    EXPECT_TRUE(comparison.ok());
    return *comparison;
  }

  const std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
  const TemporaryFolder folder_ = *TemporaryFolder::make();
};

TEST_F(ComparisonTest, wheels_that_differ_in_their_times_alone_have_the_same_members) {
  auto other = WheelBuilder("demo", "1.0").zip();
  for (auto& member : other.members)
    member.local.dos_time = member.central.dos_time = 0x5C210000;
  const auto bytes = WheelBuilder("demo", "1.0").bytes();
  ASSERT_NE(other.bytes(), bytes);
  const auto comparison = compare("demo-1.0-py3-none-any.whl", bytes, other.bytes());
  EXPECT_EQ(comparison.kind, Kind::same_members);
  EXPECT_TRUE(agrees(comparison));
}

TEST_F(ComparisonTest, names_the_members_that_differ) {
  const auto ours = WheelBuilder("demo", "1.0").add("demo/x.py", "x = 1\n").bytes();
  const auto theirs = WheelBuilder("demo", "1.0").add("demo/x.py", "x = 2\n").bytes();
  const auto comparison = compare("demo-1.0-py3-none-any.whl", ours, theirs);
  EXPECT_EQ(comparison.kind, Kind::differs);
  EXPECT_THAT(comparison.members, ElementsAre("demo-1.0.dist-info/RECORD", "demo/x.py"));
  EXPECT_FALSE(agrees(comparison));
  EXPECT_EQ(describe({comparison}),
            "demo-1.0-py3-none-any.whl: differs (\"demo-1.0.dist-info/RECORD\", \"demo/x.py\")");
}

TEST_F(ComparisonTest, a_member_that_only_one_has_differs) {
  const auto ours = SdistBuilder("demo", "1.0").bytes();
  const auto theirs = SdistBuilder("demo", "1.0").add("extra.py", "").bytes();
  const auto comparison = compare("demo-1.0.tar.gz", ours, theirs);
  EXPECT_EQ(comparison.kind, Kind::differs);
  EXPECT_THAT(comparison.members, ElementsAre("demo-1.0/extra.py"));
}

TEST_F(ComparisonTest, what_cannot_be_read_differs) {
  const auto bytes = SdistBuilder("demo", "1.0").bytes();
  const auto comparison = compare("demo-1.0.tar.gz", bytes, bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(comparison.kind, Kind::differs);
  EXPECT_THAT(comparison.members, IsEmpty());
}

}  // namespace
}  // namespace packhouse::source
