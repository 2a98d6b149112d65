#include "pep/tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace packhouse {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(const std::vector<Tag>& tags) {
  std::vector<std::string> out;
  for (const Tag& tag : tags)
    out.push_back(tag.str());
  return out;
}

TEST(ExpandTags, multiplies_a_compressed_set) {
  EXPECT_THAT(texts(*expand_tags("py2.py3-none-any")), ElementsAre("py2-none-any", "py3-none-any"));
  EXPECT_THAT(texts(*expand_tags("CP313-cp313.abi3-Win32")),
              ElementsAre("cp313-abi3-win32", "cp313-cp313-win32"));
  EXPECT_THAT(texts(*expand_tags("py3.py3-none-any")), ElementsAre("py3-none-any"));
}

TEST(ExpandTags, refuses_what_is_no_set) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"py3-none", 0, "expected a tag of three parts, such as py3-none-any"},
      {"py3-none-any-x", 0, "expected a tag of three parts, such as py3-none-any"},
      {"py3..py2-none-any", 4, "expected a tag to have no empty part"},
      {"py3--any", 4, "expected a tag to have no empty part"},
      {"3-none-any", 0, "expected the interpreter of a tag to be an identifier"},
  };
  for (const auto& [text, position, message] : rows) {
    const auto tags = expand_tags(text);
    ASSERT_FALSE(tags.ok()) << text;
    EXPECT_EQ(tags.error().position, position) << text;
    EXPECT_EQ(tags.error().message, message) << text;
  }
}

TEST(ExpandTags, refuses_a_product_that_would_fill_the_memory) {
  std::string members = "a";
  for (int i = 0; i < 999; ++i)
    members += ".a";

  const auto tags = expand_tags(members + "-" + members + "-" + members);

  ASSERT_FALSE(tags.ok());
  EXPECT_EQ(tags.error().message, "expected a compressed tag set to stand for at most 4096 tags");
}

TEST(TagsAreSorted, looks_at_each_field) {
  EXPECT_TRUE(tags_are_sorted("py2.py3-abi3.cp313-any"));
  EXPECT_FALSE(tags_are_sorted("py3.py2-none-any"));
  EXPECT_FALSE(tags_are_sorted("py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64"));
}

TEST(PlatformTags, of_linux_with_glibc) {
  const Machine machine{
      .system = Machine::System::linux_glibc, .architecture = "x86_64", .major = 2, .minor = 18};

  EXPECT_THAT(platform_tags(machine),
              ElementsAre("linux_x86_64", "manylinux_2_18_x86_64", "manylinux_2_17_x86_64",
                          "manylinux2014_x86_64", "manylinux_2_16_x86_64", "manylinux_2_15_x86_64",
                          "manylinux_2_14_x86_64", "manylinux_2_13_x86_64", "manylinux_2_12_x86_64",
                          "manylinux2010_x86_64", "manylinux_2_11_x86_64", "manylinux_2_10_x86_64",
                          "manylinux_2_9_x86_64", "manylinux_2_8_x86_64", "manylinux_2_7_x86_64",
                          "manylinux_2_6_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"));
}

TEST(PlatformTags, of_other_linux_machines) {
  EXPECT_THAT(
      platform_tags(
          {.system = Machine::System::linux_glibc, .architecture = "aarch64", .major = 2, .minor = 18}),
      ElementsAre("linux_aarch64", "manylinux_2_18_aarch64", "manylinux_2_17_aarch64",
                  "manylinux2014_aarch64"));
  EXPECT_THAT(
      platform_tags(
          {.system = Machine::System::linux_musl, .architecture = "x86_64", .major = 1, .minor = 2}),
      ElementsAre("linux_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64"));
  EXPECT_THAT(platform_tags({.system = Machine::System::linux_musl,
                             .architecture = "aarch64",
                             .major = 1,
                             .minor = 0,
                             .is_32_bit = true}),
              ElementsAre("linux_armv8l", "linux_armv7l", "musllinux_1_0_armv8l", "musllinux_1_0_armv7l"));
  EXPECT_THAT(platform_tags({.system = Machine::System::linux_glibc,
                             .architecture = "armv7l",
                             .major = 2,
                             .minor = 17,
                             .arm_hard_float = false}),
              ElementsAre("linux_armv7l"));
  EXPECT_THAT(
      platform_tags(
          {.system = Machine::System::linux_glibc, .architecture = "sparc64", .major = 2, .minor = 30}),
      ElementsAre("linux_sparc64"));
  const auto x86 = platform_tags({.system = Machine::System::linux_glibc,
                                  .architecture = "x86_64",
                                  .major = 2,
                                  .minor = 5,
                                  .is_32_bit = true});
  EXPECT_THAT(x86, ElementsAre("linux_i686", "manylinux_2_5_i686", "manylinux1_i686"));
}

TEST(PlatformTags, of_macos) {
  const auto arm =
      platform_tags({.system = Machine::System::macos, .architecture = "arm64", .major = 12, .minor = 3});
  EXPECT_EQ(arm.size(), 4U + 13U);
  EXPECT_EQ(arm[0], "macosx_12_0_arm64");
  EXPECT_EQ(arm[1], "macosx_12_0_universal2");
  EXPECT_EQ(arm[2], "macosx_11_0_arm64");
  EXPECT_EQ(arm[4], "macosx_10_16_universal2");
  EXPECT_EQ(arm.back(), "macosx_10_4_universal2");

  const auto intel =
      platform_tags({.system = Machine::System::macos, .architecture = "x86_64", .major = 10, .minor = 4});
  EXPECT_THAT(intel, ElementsAre("macosx_10_4_x86_64", "macosx_10_4_intel", "macosx_10_4_fat64",
                                 "macosx_10_4_fat3", "macosx_10_4_universal2", "macosx_10_4_universal"));
  const auto power = platform_tags({.system = Machine::System::macos,
                                    .architecture = "ppc64",
                                    .major = 10,
                                    .minor = 7,
                                    .is_32_bit = true});
  EXPECT_EQ(power.front(), "macosx_10_6_ppc");
}

TEST(PlatformTags, of_phones_and_others) {
  EXPECT_THAT(platform_tags({.system = Machine::System::android, .architecture = "arm64-v8a", .major = 17}),
              ElementsAre("android_17_arm64_v8a", "android_16_arm64_v8a"));
  const auto ios =
      platform_tags({.system = Machine::System::ios, .architecture = "arm64", .major = 13, .minor = 1});
  EXPECT_EQ(ios.size(), 12U);
  EXPECT_EQ(ios[0], "ios_13_1_arm64_iphoneos");
  EXPECT_EQ(ios[2], "ios_12_9_arm64_iphoneos");
  EXPECT_THAT(platform_tags({.system = Machine::System::windows, .architecture = "win-amd64"}),
              ElementsAre("win_amd64"));
  EXPECT_TRUE(platform_tags({.system = Machine::System::ios, .architecture = "arm64", .major = 11}).empty());
}

TEST(SupportedTags, of_cpython) {
  const auto tags = texts(supported_tags({.name = "cp", .major = 3, .minor = 3, .abis = {}}, {"p"}));
  EXPECT_THAT(
      tags, ElementsAre("cp33-cp33m-p", "cp33-abi3-p", "cp33-none-p", "cp32-abi3-p", "py33-none-p",
                        "py3-none-p", "py32-none-p", "py31-none-p", "py30-none-p", "cp33-none-any",
                        "py33-none-any", "py3-none-any", "py32-none-any", "py31-none-any", "py30-none-any"));
}

TEST(SupportedTags, of_free_threaded_cpython_has_its_own_stable_abi) {
  const auto tags = texts(supported_tags({.name = "cp", .major = 3, .minor = 15, .abis = {"cp315t"}}, {"p"}));
  EXPECT_EQ(tags[0], "cp315-cp315t-p");
  EXPECT_EQ(tags[1], "cp315-abi3t-p");
  EXPECT_EQ(std::ranges::count(tags, "cp315-abi3-p"), 0);
}

TEST(SupportedTags, of_pypy) {
  const auto tags =
      texts(supported_tags({.name = "pp", .major = 3, .minor = 1, .abis = {"pypy31_pp73"}}, {"p"}));
  EXPECT_THAT(tags,
              ElementsAre("pp31-pypy31_pp73-p", "pp31-none-p", "py31-none-p", "py3-none-p", "py30-none-p",
                          "pp3-none-any", "py31-none-any", "py3-none-any", "py30-none-any"));
}

}  // namespace
}  // namespace packhouse
