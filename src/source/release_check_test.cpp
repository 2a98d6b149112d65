#include "source/release_check.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "dist/testing/builders.hpp"
#include "sys/temporary_folder.hpp"

namespace packhouse::source {
namespace {

using dist::testing::artifact_zip;
using dist::testing::SdistBuilder;
using dist::testing::WheelBuilder;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReleaseCheckTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    const Path path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  template <typename Builder>
  std::string write(const Builder& builder) {
    return write(builder.filename(), builder.bytes());
  }

  TemporaryFolder folder = TemporaryFolder::make("packhouse-test-").value();
  WheelBuilder wheel{"demo", "1.0"};
  SdistBuilder sdist{"demo", "1.0"};
  dist::Policy policy;
};

TEST_F(ReleaseCheckTest, an_artifact_and_a_folder_of_the_same_files_have_one_manifest) {
  const auto zip = artifact_zip({{sdist.filename(), sdist.bytes()}, {wheel.filename(), wheel.bytes()}});
  const auto artifact = check_artifact(write("artifact.zip", zip.bytes()), policy).value();
  EXPECT_TRUE(artifact.accepted());
  EXPECT_THAT(artifact.files, SizeIs(2));
  std::filesystem::remove(folder.path() / "artifact.zip");
  write(wheel);
  write(sdist);
  const auto built = check_folder(folder.path().string(), policy).value();
  EXPECT_TRUE(built.accepted());
  EXPECT_EQ(built.manifest->digest(), artifact.manifest->digest());
}

TEST_F(ReleaseCheckTest, hidden_files_of_a_folder_are_no_content_and_those_of_an_artifact_are) {
  write(wheel);
  write(sdist);
  write(".gitignore", "*\n");
  EXPECT_TRUE(check_folder(folder.path().string(), policy).value().accepted());
  write("notes.txt", "x");
  EXPECT_FALSE(check_folder(folder.path().string(), policy).value().accepted());
  const auto zip = artifact_zip(
      {{sdist.filename(), sdist.bytes()}, {wheel.filename(), wheel.bytes()}, {".gitignore", "*\n"}});
  EXPECT_FALSE(check_artifact(write("artifact.zip", zip.bytes()), policy).value().accepted());
}

TEST_F(ReleaseCheckTest, a_member_that_is_not_whole_is_refused_and_leaves_no_manifest) {
  auto bytes = artifact_zip({{wheel.filename(), wheel.bytes()}, {sdist.filename(), sdist.bytes()}}).bytes();
  // Within the first member's compressed bytes, behind its local header (APPNOTE 4.3.7: 30 bytes and the
  // name).
  bytes.at(30 + wheel.filename().size() + 100) ^= 1;
  const auto report = check_artifact(write("artifact.zip", bytes), policy).value();
  EXPECT_FALSE(report.accepted());
  EXPECT_EQ(report.members.back().id, "artifact.intact");
  EXPECT_FALSE(report.manifest);
}

TEST_F(ReleaseCheckTest, files_of_one_release_are_checked_together) {
  const std::vector<std::string> paths{write(wheel), write(WheelBuilder("other", "2.0")), write(sdist)};
  const auto releases = check_files(paths, policy, /*archive_only=*/false).value();
  ASSERT_THAT(releases, SizeIs(2));
  EXPECT_THAT(releases[0].files, SizeIs(2));
  EXPECT_FALSE(releases[0].release.empty());
  EXPECT_THAT(releases[1].release, IsEmpty());
}

TEST_F(ReleaseCheckTest, a_missing_file_is_an_error) {
  const std::vector<std::string> paths{(folder.path() / "demo-1.0-py3-none-any.whl").string()};
  EXPECT_EQ(check_files(paths, policy, /*archive_only=*/false).error().code, Errc::not_found);
  EXPECT_EQ(check_artifact(paths.front(), policy).error().code, Errc::not_found);
}

}  // namespace
}  // namespace packhouse::source
