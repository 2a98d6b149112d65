#include "index/core_metadata.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "index/testing/test_index.hpp"

namespace packhouse::index {
namespace {

using namespace testing;

class CoreMetadataTest : public ::testing::Test {
 protected:
  /// A wheel with that METADATA.
  File wheel(std::string_view metadata) {
    return {.release = {*ProjectName::parse("demo"), *Version::parse("1.0")},
            .filename = wheel_filename("demo", "1.0"),
            .kind = FileKind::wheel,
            .sha256 = Sha256::of("bytes"),
            .blake2b_256 = {},
            .requires_python = {},
            .metadata_sha256 = *site_.blobs->put(metadata),
            .uploaded = {},
            .yanked = {}};
  }
  std::optional<std::string> summary(const std::vector<File>& files) {
    const auto metadata = core_metadata(context_, files);
    EXPECT_TRUE(metadata.ok());
    return *metadata ? (*metadata)->summary : std::nullopt;
  }

  TestIndex site_;
  const Context context_ = site_.context(site_.listener);
};

std::string metadata(std::string_view version, std::string_view fields) {
  return fmt::format("Metadata-Version: {}\nName: demo\nVersion: 1.0\nSummary: hello\n{}", version, fields);
}

TEST_F(CoreMetadataTest, reads_fields_of_a_later_version_as_the_checks_do) {
  EXPECT_EQ(summary({wheel(metadata("2.1", ""))}), "hello");
  EXPECT_EQ(summary({wheel(metadata("2.1", "License-File: LICENSE\n"))}), "hello")
      << "as setuptools wrote it";
  EXPECT_EQ(summary({wheel(metadata("1.2", "Description-Content-Type: text/markdown\n"))}), "hello");
}

TEST_F(CoreMetadataTest, passes_over_a_file_that_cannot_be_read) {
  const auto broken = wheel("Metadata-Version: 2.1\nSummary: hello\n");
  EXPECT_EQ(summary({broken}), std::nullopt);
  EXPECT_EQ(summary({broken, wheel(metadata("2.1", ""))}), "hello");
}

}  // namespace
}  // namespace packhouse::index
