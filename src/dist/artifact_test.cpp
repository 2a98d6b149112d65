#include "dist/artifact.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dist/testing/builders.hpp"

namespace packhouse::dist {
namespace {

using testing::artifact_zip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SdistBuilder;
using testing::WheelBuilder;

const std::string wheel_name = "demo-1.0-py3-none-any.whl";
const std::string sdist_name = "demo-1.0.tar.gz";

archive::testing::RawZip sound() {
  return artifact_zip(
      {{wheel_name, WheelBuilder{"demo", "1.0"}.bytes()}, {sdist_name, SdistBuilder{"demo", "1.0"}.bytes()}});
}

std::vector<std::string> refused_by(const archive::testing::RawZip& zip) {
  const auto bytes = zip.bytes();
  const archive::MemorySource source{bytes};
  const Policy policy;
  const Artifact artifact{source, policy};
  EXPECT_EQ(artifact.accepted(), !artifact.files().empty());
  std::vector<std::string> found;
  for (const auto& result : artifact.results()) {
    if (result.outcome == Outcome::refused) found.push_back(result.id);
  }
  EXPECT_EQ(artifact.accepted(), found.empty());
  return found;
}

TEST(Artifact, lists_and_extracts_its_files) {
  const auto bytes = sound().bytes();
  const archive::MemorySource source{bytes};
  const Policy policy;
  Artifact artifact{source, policy};
  ASSERT_TRUE(artifact.accepted());
  ASSERT_EQ(artifact.files().size(), 2U);
  EXPECT_EQ(artifact.files()[0].filename, wheel_name);

  std::string extracted;
  const auto entry = artifact.extract(artifact.files()[1], [&](std::string_view chunk) {
    extracted += chunk;
    return success();
  });
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(extracted, (SdistBuilder{"demo", "1.0"}.bytes()));
  EXPECT_EQ(*entry, (ManifestEntry{sdist_name, extracted.size(), Sha256::of(extracted)}));
}

TEST(Artifact, allows_data_descriptors_since_every_forge_writes_them) {
  auto zip = sound();
  auto& member = zip.members[0];
  member.deflated = false;
  member.local.flags = member.central.flags = 8;
  member.local.crc = member.local.size = member.local.packed_size = 0;
  member.after = "PK\x07\x08" + archive::testing::le32(archive::testing::crc32(member.data)) +
                 archive::testing::le32(member.data.size()) + archive::testing::le32(member.data.size());
  EXPECT_THAT(refused_by(zip), IsEmpty());
}

TEST(Artifact, refuses_folders_and_other_files_by_name) {
  const auto with = [](const std::string& name) {
    return refused_by(sound().add(name, name.ends_with('/') ? "" : "x"));
  };
  EXPECT_THAT(with("sub/demo-1.0.tar.gz"), ElementsAre("artifact.flat"));
  EXPECT_THAT(with("sub/"), ElementsAre("artifact.flat", "artifact.only-distributions"));
  EXPECT_THAT(with("README.txt"), ElementsAre("artifact.only-distributions"));
  EXPECT_THAT(with(".env"), ElementsAre("artifact.only-distributions"));
  EXPECT_THAT(with(".hidden.whl"), ElementsAre("artifact.only-distributions"));
  EXPECT_THAT(with("demo-1.0.zip"), ElementsAre("artifact.only-distributions"));
}

TEST(Artifact, refuses_an_artifact_without_wheel_or_sdist) {
  EXPECT_THAT(refused_by(artifact_zip({{wheel_name, "x"}})), ElementsAre("artifact.has-sdist"));
  EXPECT_THAT(refused_by(artifact_zip({{sdist_name, "x"}})), ElementsAre("artifact.has-wheel"));
  EXPECT_THAT(refused_by(artifact_zip({})), ElementsAre("artifact.has-wheel", "artifact.has-sdist"));
}

TEST(Artifact, refuses_zip_slip_links_bombs_duplicates_and_case_clashes) {
  EXPECT_THAT(refused_by(sound().add("../demo-1.0.tar.gz", "x")),
              ElementsAre("archive.path.traversal", "artifact.flat", "artifact.only-distributions"));
  EXPECT_THAT(refused_by(sound().add("..\\demo-1.0.tar.gz", "x")),
              ElementsAre("archive.path.backslash", "artifact.only-distributions"));
  EXPECT_THAT(refused_by(sound().add("demo-1.0.tar.gz:x.whl", "x")), ElementsAre("archive.path.drive"));
  EXPECT_THAT(refused_by(sound().add(wheel_name, "x")), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(refused_by(sound().add("DEMO-1.0.tar.gz", "x")), ElementsAre("archive.name.case-clash"));
  auto link = sound().add("link.whl", "/etc/passwd");
  link.last().attributes = 0120777U << 16U;
  EXPECT_THAT(refused_by(link), ElementsAre("archive.member.symlink"));
  auto bomb = sound().add("bomb.whl", "x");
  bomb.last().local.size = bomb.last().central.size = 0xf0000000;
  EXPECT_THAT(refused_by(bomb), ElementsAre("archive.limit.ratio"));
}

TEST(Artifact, does_not_call_passed_what_it_could_not_look_at) {
  const archive::MemorySource source{"no zip at all"};
  const Policy policy;
  const Artifact artifact{source, policy};
  EXPECT_FALSE(artifact.accepted());
  for (const auto& result : artifact.results())
    EXPECT_NE(result.outcome, Outcome::passed) << result.id;
}

TEST(Artifact, says_which_rule_a_broken_member_breaks) {
  auto zip = sound();
  zip.members[1].local.crc = zip.members[1].central.crc = 1;
  const auto bytes = zip.bytes();
  const archive::MemorySource source{bytes};
  const Policy policy;
  Artifact artifact{source, policy};
  ASSERT_TRUE(artifact.accepted());

  const auto entry = artifact.extract(artifact.files()[1], [](std::string_view) { return success(); });
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.error().code, Errc::invalid_input);
  EXPECT_THAT(entry.error().message, HasSubstr("archive.zip.crc: expected the stated CRC-32"));
}

TEST(Artifact, ends_with_the_sinks_error) {
  const auto bytes = sound().bytes();
  const archive::MemorySource source{bytes};
  const Policy policy;
  Artifact artifact{source, policy};
  int calls = 0;
  const auto entry = artifact.extract(artifact.files()[0], [&](std::string_view) -> Status {
    ++calls;
    return Error{Errc::unavailable, "no space left"};
  });
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.error().message, "no space left");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace packhouse::dist
