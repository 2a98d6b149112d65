#include "dist/platform_tags.hpp"

#include <gtest/gtest.h>

namespace packhouse::dist {
namespace {

TEST(PlatformTags, know_what_the_public_index_takes) {
  for (const auto* tag :
       {"any", "win32", "win_amd64", "win_arm64", "manylinux1_x86_64", "manylinux2014_aarch64",
        "manylinux_2_17_x86_64", "manylinux_2_28_ppc64", "musllinux_1_2_riscv64", "macosx_10_9_x86_64",
        "macosx_11_0_arm64", "macosx_26_0_universal2", "ios_13_0_arm64_iphoneos", "android_24_arm64_v8a",
        "pyemscripten_2025_0_wasm32", "pyodide_2025_0_wasm32", "linux_armv7l"}) {
    EXPECT_TRUE(is_public_platform(tag)) << tag;
    EXPECT_TRUE(is_known_platform(tag)) << tag;
  }
}

TEST(PlatformTags, know_plain_linux_for_one_site_only) {
  for (const auto* tag : {"linux_x86_64", "linux_aarch64"}) {
    EXPECT_FALSE(is_public_platform(tag)) << tag;
    EXPECT_TRUE(is_known_platform(tag)) << tag;
  }
}

TEST(PlatformTags, refuse_what_no_installer_asks_for) {
  for (const auto* tag :
       {"", "windows", "win64", "manylinux", "manylinux_2_x86_64", "manylinux_2_17_vax",
        "musllinux_1_2_ppc64", "macosx_11_1_arm64", "macosx_16_0_arm64", "macosx_x_9_x86_64",
        "ios_13_0_armv7", "android_24_mips", "linux_", "freebsd_14_amd64", "manylinux2014_x86"}) {
    EXPECT_FALSE(is_known_platform(tag)) << tag;
  }
}

}  // namespace
}  // namespace packhouse::dist
