#include "pep/version.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>

#include "pep/testing/order_by_parts.hpp"

namespace packhouse {
namespace {

Version version(std::string_view text) {
  auto read = Version::parse(text);
  EXPECT_TRUE(read.ok()) << text;
  return *std::move(read);
}

// A seeded maker of valid versions, with numbers around the edges of the key's fields.
class VersionMaker {
 public:
  explicit VersionMaker(unsigned seed) : random_(seed) {}

  std::string make() {
    std::string text = one_in(12) ? number() + "!" : "";
    const std::size_t parts = 1 + below(5);
    for (std::size_t i = 0; i < parts; ++i)
      text += (i > 0 ? "." : "") + number();
    if (one_in(3)) text += std::array{"a", "b", "rc", ".alpha", "-c"}[below(5)] + number();
    if (one_in(3)) text += std::array{".post", "-", "rev"}[below(3)] + number();
    if (one_in(3)) text += ".dev" + number();
    if (one_in(5)) text += std::array{"+x", "+1", "+x.2", "+10.a-b", "+01_x"}[below(5)];
    return text;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::string number() {
    constexpr std::array edges = {"1022",
                                  "1023",
                                  "1024",
                                  "2046",
                                  "2047",
                                  "4094",
                                  "4095",
                                  "524286",
                                  "524287",
                                  "1048574",
                                  "1048575",
                                  "33554430",
                                  "33554431",
                                  "67108862",
                                  "67108863",
                                  "4294967296",
                                  "99999999999999999999999",
                                  "007"};
    return one_in(6) ? edges[below(edges.size())] : std::to_string(below(4));
  }
  std::mt19937 random_;
};

TEST(Version, has_the_normal_form_of_pep_440) {
  const std::pair<const char*, const char*> rows[] = {
      {"1.0-1", "1.0.post1"},
      {"1.0c1", "1.0rc1"},
      {"1.0_pre-1", "1.0rc1"},
      {"1.0a", "1.0a0"},
      {"1.0-r4", "1.0.post4"},
      {"V1.0", "1.0"},
      {" 1.0\n", "1.0"},
      {"01.02", "1.2"},
      {"1.0+UBUNTU_01", "1.0+ubuntu.1"},
      {"1.0+foo0100", "1.0+foo0100"},
      {"0!1.0", "1.0"},
      {"1!1.0", "1!1.0"},
      {"1.0.0", "1.0.0"},
      {"1.0a-", "1.0a0"},
      {"1.0a.-1", "1.0a0.post1"},
      {"1.0ALPHA.2", "1.0a2"},
      {"1.0preview3", "1.0rc3"},
      {"1.0post", "1.0.post0"},
      {"1.0-dev", "1.0.dev0"},
      {"1.0+0", "1.0+0"},
      {"1.0+00.1a", "1.0+0.1a"},
      {"\u30001.0\u00a0", "1.0"},
      {"1.0a1.post2.dev3+l.4", "1.0a1.post2.dev3+l.4"},
      {"99999999999999999999.0", "99999999999999999999.0"},
      {"1.0rc00", "1.0rc0"},
  };
  for (const auto& [text, normal] : rows) {
    EXPECT_EQ(version(text).str(), normal) << text;
    EXPECT_EQ(version(normal).str(), normal);
  }
}

TEST(Version, refuses_what_pep_440_refuses_and_says_where) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"", 0, "expected a version, found nothing"},
      {" ", 1, "expected a digit, found the end of the version"},
      {"1!", 2, "expected a digit, found the end of the version"},
      {"dog", 0, "expected a digit"},
      {"vv1.0", 1, "expected a digit"},
      {"1.0-", 3, "expected the version to end here or to go on as PEP 440 says"},
      {"1.0.dev1.post1", 8, "expected the version to end here or to go on as PEP 440 says"},
      {"1.0+a..b", 5, "expected the version to end here or to go on as PEP 440 says"},
      {"1__2", 1, "expected the version to end here or to go on as PEP 440 says"},
      {"1..2", 1, "expected the version to end here or to go on as PEP 440 says"},
      {"1.٣", 1, "expected the version to end here or to go on as PEP 440 says"},
      {"1.0po\u017ft1", 3, "expected the version to end here or to go on as PEP 440 says"},
      {"1.0 1", 3, "expected the version to end here or to go on as PEP 440 says"},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = Version::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(Version, refuses_a_fault_behind_many_release_numbers) {
  const auto read = Version::read("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0;");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().position, 31U);
}

TEST(Version, gives_its_parts) {
  const auto full = version("2!1.02.0rc3.post4.dev5+Ab.06");
  EXPECT_EQ(full.epoch(), "2");
  EXPECT_EQ(full.release(), (std::vector<std::string>{"1", "2", "0"}));
  EXPECT_EQ(full.pre(), (Version::Pre{"rc", "3"}));
  EXPECT_EQ(full.post(), "4");
  EXPECT_EQ(full.dev(), "5");
  EXPECT_EQ(full.local(), "ab.6");
  EXPECT_EQ(full.public_part(), "2!1.2.0rc3.post4.dev5");
  EXPECT_EQ(full.base_part(), "2!1.2.0");
  EXPECT_EQ(full.identity(), "2!1.2rc3.post4.dev5+ab.6");
  EXPECT_EQ(full.without_local().str(), "2!1.2.0rc3.post4.dev5");
  EXPECT_EQ(full.without_post().str(), "2!1.2.0rc3");

  const auto plain = version("1.0");
  EXPECT_EQ(plain.epoch(), "0");
  EXPECT_FALSE(plain.pre() || plain.post() || plain.dev() || plain.local());
  EXPECT_EQ(plain.identity(), "1");
  EXPECT_EQ(version("0.0").identity(), "0");
}

TEST(Version, knows_a_pre_release) {
  for (const char* text : {"1a1", "1rc1.post1", "1.dev1", "1.post1.dev1", "1!1.dev1", "1a1+x"}) {
    EXPECT_TRUE(version(text).is_prerelease()) << text;
  }
  for (const char* text : {"1", "1.post1", "1+dev", "1!1.post99999999999"}) {
    EXPECT_FALSE(version(text).is_prerelease()) << text;
  }
  EXPECT_TRUE(version("1.post1").is_postrelease());
  EXPECT_TRUE(version("1!1.dev1").is_devrelease());
  EXPECT_TRUE(version("1+x").has_local());
}

TEST(Version, is_ordered_as_pep_440_says) {
  const char* const ascending[] = {
      "0.dev0",
      "0",
      "1.dev0",
      "1.dev1",
      "1.0a2.dev456",
      "1.0a12.dev456",
      "1.0a12",
      "1.0b1.dev456",
      "1.0b2",
      "1.0b2.post345.dev456",
      "1.0b2.post345",
      "1.0rc1.dev456",
      "1.0rc1",
      "1.0",
      "1.0+abc.5",
      "1.0+abc.7",
      "1.0+5",
      "1.0+5.a",
      "1.0.post456.dev34",
      "1.0.post456",
      "1.0.post456+l",
      "1.0.0.0.0.1",
      "1.0.1",
      "1.1.dev1",
      "1.1",
      "2.0",
      "10.0",
      "33554431",
      "33554432.1",
      "33554432.2",
      "99999999999999999999",
      "1!0.dev0",
      "1!0",
      "1!1",
      "99999999999999999999!0",
  };
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(version(ascending[i]) <=> version(ascending[j]), i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(Version, is_equal_whatever_its_spelling) {
  const std::pair<const char*, const char*> rows[] = {
      {"1.0", "1.0.0"},      {"1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
      {"1!1", "1!1.0"},      {"1.0a", "1.0-alpha-0"},
      {"1.0+x.1", "1+X_01"}, {"99999999999999999999", "99999999999999999999.0"},
  };
  for (const auto& [left, right] : rows) {
    EXPECT_EQ(version(left), version(right)) << left;
    EXPECT_EQ(version(left).identity(), version(right).identity());
  }
}

TEST(Version, printing_and_reading_is_the_identity_for_any_version) {
  VersionMaker maker(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = maker.make();
    const auto read = version(text);
    EXPECT_EQ(version(read.str()).str(), read.str()) << text;
    EXPECT_EQ(version(read.str()), read) << text;
    EXPECT_EQ(version(read.identity()), read) << text;
  }
}

TEST(Version, order_is_total_and_agrees_with_equality_of_identities) {
  VersionMaker maker(2);
  std::vector<Version> versions;
  for (int i = 0; i < 300; ++i)
    versions.push_back(version(maker.make()));
  for (const auto& a : versions) {
    for (const auto& b : versions) {
      EXPECT_EQ(a <=> b, 0 <=> (b <=> a));
      EXPECT_EQ(a == b, a.identity() == b.identity()) << a.str() << " " << b.str();
    }
  }
  for (int i = 0; i < 50'000; ++i) {
    const auto& a = versions[maker.below(versions.size())];
    const auto& b = versions[maker.below(versions.size())];
    const auto& c = versions[maker.below(versions.size())];
    if (a <= b && b <= c) EXPECT_TRUE(a <= c) << a.str() << " " << b.str() << " " << c.str();
  }
}

TEST(Version, order_by_keys_is_the_order_by_parts) {
  VersionMaker maker(3);
  std::vector<Version> versions;
  for (int i = 0; i < 200; ++i)
    versions.push_back(version(maker.make()));
  for (const auto& a : versions) {
    for (const auto& b : versions)
      EXPECT_EQ(a <=> b, testing::order_by_parts(a, b)) << a.str() << " " << b.str();
  }
}

TEST(Version, numbers_of_suffixes_may_be_of_any_size) {
  for (const char* before : {"1.0a", "1.0b", "1.0rc", "1.0.post", "1.0.dev", "1.0+"}) {
    std::optional<Version> last;
    for (const char* number :
         {"0", "9", "10", "1022", "1023", "1024", "2045", "2046", "2047", "9999", "10000", "67108862",
          "67108863", "67108864", "99999999", "100000000", "18446744073709551616"}) {
      const auto next = version(std::string(before) + number);
      EXPECT_EQ(next.str(), std::string(before) + number);
      if (last) EXPECT_LT(*last, next);
      last = next;
    }
    EXPECT_EQ(version(std::string(before) + "007").str(), std::string(before) + "7");
  }
}

TEST(Version, nothing_may_stand_between_a_suffix_and_the_end) {
  for (const char* text :
       {"1.0a1x", "1.0b1234x", "1.0rc12345x", "1.0.post1.", "1.0.dev123456789x", "1.0.dev1.5"})
    EXPECT_FALSE(Version::read(text).ok()) << text;
}

TEST(Version, reads_a_huge_text_in_linear_time) {
  const std::string digits(4'000'000, '9');
  EXPECT_EQ(version(digits + ".0").str().size(), digits.size() + 2);
  std::string release = "1";
  for (int i = 0; i < 500'000; ++i)
    release += ".1";
  EXPECT_LT(version(release), version(release + ".1"));
}

}  // namespace
}  // namespace packhouse
