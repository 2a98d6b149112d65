#include "source/candidate.hpp"

#include <gmock/gmock.h>

#include "archive/crc32.hpp"
#include "dist/testing/builders.hpp"
#include "source/artifact_download.hpp"
#include "source/testing/evidence.hpp"
#include "sys/testing/memory_file_system.hpp"

namespace packhouse::source {
namespace {

using dist::testing::artifact_zip;
using dist::testing::SdistBuilder;
using dist::testing::WheelBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using Files = std::vector<std::pair<std::string, std::string>>;

const std::string name = "nanonis_qcodes_controller";

WheelBuilder wheel(const std::string& version = "1.4.0") {
  return {name, version};
}
SdistBuilder sdist(const std::string& version = "1.4.0") {
  return {name, version};
}
template <typename Builder>
std::pair<std::string, std::string> entry(const Builder& builder) {
  return {builder.filename(), builder.bytes()};
}

class CandidateTest : public ::testing::Test {
 protected:
  CandidateTest() {
    for (const auto* id : {"content.secret", "content.leftover"})
      EXPECT_TRUE(file_policy.set(id, "refuse").ok());
  }

  Candidate unpacked(const std::string& archive) {
    disk = std::make_unique<MemoryFileSystem>();
    EXPECT_TRUE(disk->make_folders("/desk/dist").ok());
    EXPECT_TRUE(disk->create("/desk/artifact.zip").value()->write(archive).ok());
    return unpack(*disk, {"", "/desk/artifact.zip", "/desk/dist"}, file_policy).value();
  }
  std::vector<std::string> refused(const Files& files, const std::string& version = "1.4.0") {
    last = unpacked(artifact_zip(files).bytes());
    auto ids = refused_ids(last.checks);
    if (!ids.empty()) return ids;
    checks = decide_files(testing::good_policy(), Version::parse(version).value(), last, file_policy);
    return refused_ids(checks);
  }
  std::vector<std::string> written() { return disk->list("/desk/dist").value(); }
  std::string found(std::string_view id) {
    for (const Check& check : checks)
      if (check.id == id) return check.found;
    return "no check " + std::string(id);
  }

  dist::Policy file_policy;
  std::unique_ptr<MemoryFileSystem> disk;
  Candidate last;
  Checks checks;
};

TEST_F(CandidateTest, a_wheel_and_an_sdist_of_the_release_pass) {
  EXPECT_THAT(refused({entry(wheel()), entry(sdist())}), IsEmpty()) << found("release.files");
  EXPECT_EQ(last.manifest->entries().size(), 2U);
  EXPECT_EQ(last.files.front().sha256, Sha256::of(wheel().bytes()));
  EXPECT_THAT(written(), ElementsAre(wheel().filename(), sdist().filename()));
}

// ----- the lines of the original workflow (release-provenance, section 2, checks 11 to 14)

TEST_F(CandidateTest, line_11_refuses_an_artifact_without_wheel_or_sdist_or_with_anything_else) {
  EXPECT_THAT(refused({entry(wheel())}), ElementsAre("artifact.members"));
  EXPECT_THAT(refused({entry(sdist())}), ElementsAre("artifact.members"));
  EXPECT_THAT(refused({entry(wheel()), entry(sdist()), {"README.txt", "x"}}),
              ElementsAre("artifact.members"));
  EXPECT_THAT(refused({entry(wheel()), entry(sdist()), {".env", "x"}}), ElementsAre("artifact.members"));
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(CandidateTest, an_artifact_without_a_wheel_lists_what_it_has) {
  EXPECT_THAT(refused({entry(sdist())}), ElementsAre("artifact.members"));
  EXPECT_THAT(last.checks.front().found, HasSubstr("none among \"" + sdist().filename() + "\""));
}

TEST_F(CandidateTest, line_12_refuses_a_wheel_without_metadata) {
  EXPECT_THAT(refused({entry(wheel().remove_info("METADATA")), entry(sdist())}),
              IsSupersetOf({"release.files"}));
}

TEST_F(CandidateTest, line_13_refuses_an_sdist_without_top_level_metadata) {
  EXPECT_THAT(refused({entry(wheel()), entry(sdist().remove("PKG-INFO"))}), IsSupersetOf({"release.files"}));
}

TEST_F(CandidateTest, line_14_refuses_another_version_than_the_one_given) {
  EXPECT_THAT(refused({entry(wheel()), entry(sdist())}, "1.4.1"), ElementsAre("release.version"));
  EXPECT_THAT(found("release.version"), HasSubstr("of version 1.4.0"));
  EXPECT_THAT(refused({entry(wheel()), entry(sdist())}, "1.4"), ElementsAre("release.version"));
  EXPECT_THAT(refused({entry(wheel("1.4.1")), entry(sdist())}),
              IsSupersetOf({"release.version", "release.consistent"}));
}

// ----- several artifacts

/// `files` as two artifacts, of which neither needs a file of each kind.
Candidate unpacked_apart(const std::vector<Files>& artifacts) {
  MemoryFileSystem disk;
  dist::Policy policy;
  EXPECT_TRUE(policy.set("artifact.has-sdist", "off").ok());
  EXPECT_TRUE(policy.set("artifact.has-wheel", "off").ok());
  std::vector<Candidate> candidates;
  for (const Files& files : artifacts) {
    const Path folder = "/desk/" + std::to_string(candidates.size());
    EXPECT_TRUE(disk.make_folders(folder).ok());
    const Path archive = folder.string() + ".zip";
    EXPECT_TRUE(disk.create(archive).value()->write(artifact_zip(files).bytes()).ok());
    candidates.push_back(unpack(disk, {"part", archive, folder}, policy).value());
  }
  return merge(std::move(candidates)).value();
}

TEST_F(CandidateTest, several_artifacts_are_one_release) {
  const auto all = unpacked_apart({{entry(sdist())}, {entry(wheel())}});
  EXPECT_TRUE(all_passed(all.checks));
  ASSERT_TRUE(all.manifest);
  EXPECT_EQ(all.manifest->entries().size(), 2U);
  EXPECT_THAT(
      refused_ids(decide_files(testing::good_policy(), Version::parse("1.4.0").value(), all, file_policy)),
      IsEmpty());
}

TEST_F(CandidateTest, the_same_bytes_in_two_artifacts_are_one_file_and_other_bytes_are_refused) {
  const auto same = unpacked_apart({{entry(sdist()), entry(wheel())}, {entry(wheel())}});
  ASSERT_TRUE(same.manifest);
  EXPECT_EQ(same.files.size(), 2U);
  const auto differing = unpacked_apart({{entry(wheel())}, {{wheel().filename(), wheel("1.4.1").bytes()}}});
  EXPECT_THAT(refused_ids(differing.checks), ElementsAre("artifact.same-file"));
  EXPECT_THAT(differing.files, IsEmpty());
}

TEST_F(CandidateTest, one_of_several_artifacts_with_another_member_is_refused_by_its_name) {
  const auto all = unpacked_apart({{entry(sdist()), entry(wheel())}, {{"README.txt", "x"}}});
  EXPECT_THAT(refused_ids(all.checks), ElementsAre("artifact.members"));
  EXPECT_THAT(all.files, IsEmpty());
}

TEST_F(CandidateTest, members_that_the_settings_name_are_no_files_of_the_release) {
  const std::string sidecar = wheel().filename() + ".publish.attestation";
  const Files files{entry(wheel()), {sidecar, "{}"}, entry(sdist())};
  EXPECT_THAT(refused(files), ElementsAre("artifact.members"));
  ASSERT_TRUE(disk->make_folders("/desk/again").ok());
  const auto taken =
      unpack(*disk, {"", "/desk/artifact.zip", "/desk/again"}, file_policy, {".publish.attestation"}).value();
  EXPECT_TRUE(all_passed(taken.checks));
  EXPECT_EQ(taken.files.size(), 2U);
  EXPECT_EQ(taken.sidecars.at(sidecar), "{}");
  EXPECT_THAT(disk->list("/desk/again").value(), ElementsAre(wheel().filename(), sdist().filename()));
}

TEST_F(CandidateTest, refuses_another_project_of_that_version) {
  EXPECT_THAT(refused({entry(WheelBuilder("other", "1.4.0")), entry(SdistBuilder("other", "1.4.0"))}),
              ElementsAre("release.name"));
}

TEST_F(CandidateTest, refuses_a_second_sdist) {
  EXPECT_THAT(refused({entry(wheel()), entry(sdist()), entry(sdist("1.4.1"))}),
              IsSupersetOf({"release.kinds"}));
}

TEST_F(CandidateTest, a_release_has_the_kinds_that_the_settings_ask_for) {
  ASSERT_TRUE(file_policy.set("artifact.has-sdist", "off").ok());
  EXPECT_THAT(refused({entry(wheel())}), IsEmpty());
  EXPECT_THAT(refused({entry(sdist())}), ElementsAre("artifact.members"));
  ASSERT_TRUE(file_policy.set("artifact.has-wheel", "warn").ok());
  EXPECT_THAT(refused({entry(sdist())}), IsEmpty());
  EXPECT_THAT(refused({entry(wheel()), entry(sdist()), entry(sdist("1.4.1"))}),
              IsSupersetOf({"release.kinds"}));
  EXPECT_THAT(refused({}), IsSupersetOf({"release.kinds"}));
}

TEST_F(CandidateTest, refuses_a_file_that_the_checks_refuse) {
  EXPECT_THAT(
      refused({entry(wheel().add(name + "/x.py", "x").omit_from_record(name + "/x.py")), entry(sdist())}),
      ElementsAre("release.files"));
  EXPECT_THAT(found("release.files"), HasSubstr("wheel.record"));
}

TEST_F(CandidateTest, refuses_wheels_and_sdists_that_disagree) {
  EXPECT_THAT(refused({entry(wheel().metadata_line("Requires-Dist: evil")), entry(sdist())}),
              ElementsAre("release.consistent"));
}

// ----- the attacks

TEST_F(CandidateTest, attack_artipacked_token_in_a_released_file) {
  const std::string token = "ghs_" + std::string(12, 'a') + std::string(24, 'B');
  EXPECT_THAT(refused({entry(wheel().add(name + "/config.py", "TOKEN = '" + token + "'\n")), entry(sdist())}),
              ElementsAre("release.files"));
  EXPECT_THAT(found("release.files"), HasSubstr("content.secret"));
  EXPECT_THAT(found("release.files"), ::testing::Not(HasSubstr(token)));
  EXPECT_THAT(refused({entry(wheel()), entry(sdist()), {".git/config", token}}),
              ElementsAre("artifact.members"));
}

TEST_F(CandidateTest, attack_zip_slip) {
  for (const std::string evil : {"../evil.whl", "/evil.whl", "a/../../evil.whl", "dist/evil.whl",
                                 "..\\evil.whl", "C:evil.whl", "evil.whl:stream.whl"}) {
    EXPECT_THAT(refused({entry(wheel()), entry(sdist()), {evil, "x"}}), ElementsAre("artifact.members"))
        << evil;
    EXPECT_THAT(written(), IsEmpty());
  }
}

TEST_F(CandidateTest, attack_symlink_member) {
  auto zip = artifact_zip({entry(wheel()), entry(sdist())});
  zip.add("link.whl", "/etc/passwd").last().attributes = 0120777U << 16U;
  EXPECT_THAT(refused_ids(unpacked(zip.bytes()).checks), ElementsAre("artifact.members"));
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(CandidateTest, attack_duplicate_names_and_names_that_differ_in_case_only) {
  EXPECT_THAT(refused({entry(wheel()), entry(wheel()), entry(sdist())}), ElementsAre("artifact.members"));
  std::string upper = wheel().filename();
  upper.front() = 'N';
  EXPECT_THAT(refused({entry(wheel()), {upper, "x"}, entry(sdist())}), ElementsAre("artifact.members"));
}

TEST_F(CandidateTest, attack_local_header_that_differs_from_the_directory) {
  auto zip = artifact_zip({entry(wheel()), entry(sdist())});
  zip.members.front().local.name = "other-1.0-py3-none-any.whl";
  EXPECT_THAT(refused_ids(unpacked(zip.bytes()).checks), ElementsAre("artifact.members"));
}

TEST_F(CandidateTest, attack_zip_bomb) {
  auto zip = artifact_zip({entry(wheel()), entry(sdist())});
  zip.add("bomb.whl", std::string(80U << 20U, '\0'));
  EXPECT_THAT(refused_ids(unpacked(zip.bytes()).checks), ElementsAre("artifact.members"));
}

TEST_F(CandidateTest, attack_member_whose_bytes_do_not_fit_its_checksum) {
  auto zip = artifact_zip({entry(wheel()), entry(sdist())});
  zip.members.back().local.crc = zip.members.back().central.crc = 7;
  const auto candidate = unpacked(zip.bytes());
  EXPECT_THAT(refused_ids(candidate.checks), ElementsAre("artifact.members"));
  EXPECT_THAT(candidate.files, IsEmpty());
}

TEST_F(CandidateTest, attack_two_at_once_are_both_named) {
  EXPECT_THAT(refused({entry(WheelBuilder("other", "1.4.0")), entry(sdist("1.4.1"))}),
              IsSupersetOf({"release.name", "release.version", "release.consistent"}));
}

// ----- the archive's bytes

FetchedArchive fetched(std::string_view bytes) {
  const auto crc = archive::crc32(0, bytes);
  return {"/x", bytes.size(), Sha256::of(bytes), crc, crc, "application/zip; charset=binary"};
}

forge::ArtifactFacts stated(std::string_view bytes) {
  auto artifact = testing::good_artifact();
  artifact.size = static_cast<std::int64_t>(bytes.size());
  artifact.digest = "sha256:" + Sha256::of(bytes).hex();
  return artifact;
}

TEST(Archive, the_stated_bytes_pass) {
  EXPECT_TRUE(all_passed(decide_archive(testing::good_policy(), stated("zip"), fetched("zip"))));
}

TEST(Archive, other_bytes_are_refused_by_digest_also_at_equal_length) {
  EXPECT_THAT(refused_ids(decide_archive(testing::good_policy(), stated("zip"), fetched("zap"))),
              ElementsAre("artifact.digest"));
  EXPECT_THAT(refused_ids(decide_archive(testing::good_policy(), stated("zip"), fetched("zipp"))),
              ElementsAre("artifact.size", "artifact.digest"));
}

TEST(Archive, a_disk_that_changes_bytes_is_found_out) {
  auto archive = fetched("zip");
  archive.streamed_crc32 = archive::crc32(0, "what came");
  EXPECT_THAT(refused_ids(decide_archive(testing::good_policy(), stated("zip"), archive)),
              ElementsAre("artifact.on-disk"));
}

TEST(Archive, a_raw_file_is_no_archive) {
  auto archive = fetched("zip");
  for (const auto* type : {"text/plain", "", "application/x-wheel+zip"}) {
    archive.content_type = type;
    EXPECT_THAT(refused_ids(decide_archive(testing::good_policy(), stated("zip"), archive)),
                ElementsAre("artifact.content-type"));
  }
}

TEST(Archive, an_absent_digest_passes_only_where_the_policy_allows_it) {
  auto artifact = stated("zip");
  artifact.digest = Field<std::string>{};
  artifact.digest_stated = false;
  EXPECT_THAT(refused_ids(decide_archive(testing::good_policy(), artifact, fetched("zip"))),
              ElementsAre("artifact.digest"));
  auto policy = testing::good_policy();
  policy.allow_missing_artifact_digest = true;
  EXPECT_TRUE(all_passed(decide_archive(policy, artifact, fetched("zip"))));
  artifact.digest_stated = true;  // stated, and unreadable
  EXPECT_THAT(refused_ids(decide_archive(policy, artifact, fetched("zip"))), ElementsAre("artifact.digest"));
}

}  // namespace
}  // namespace packhouse::source
