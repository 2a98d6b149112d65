#include "pep/filename.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(WheelFilename, tells_its_fields) {
  const auto wheel = *WheelFilename::parse("Foo_Bar-1.0RC1-01abc-py2.py3-none-any.whl");
  EXPECT_EQ(wheel.name.str(), "foo-bar");
  EXPECT_EQ(wheel.version.str(), "1.0rc1");
  EXPECT_EQ(wheel.build, (BuildTag{"1", "abc"}));
  ASSERT_EQ(wheel.tags.size(), 2U);
  EXPECT_EQ(wheel.tags[0].str(), "py2-none-any");
  EXPECT_EQ(wheel.raw_name, "Foo_Bar");
  EXPECT_EQ(wheel.raw_version, "1.0RC1");
  EXPECT_EQ(wheel.raw_tags, "py2.py3-none-any");
  EXPECT_EQ(WheelFilename::parse("foo-1.0-py3-none-any.whl")->build, std::nullopt);
}

TEST(WheelFilename, refuses_what_is_none_and_says_where) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"foo-1.0-py3-none-any.zip", 24, "expected a wheel's filename to end in .whl"},
      {"foo-1.0-py3-none.whl", 0,
       "expected {name}-{version}[-{build}]-{python}-{abi}-{platform}.whl with 4 or 5 dashes, found 3"},
      {"foo__bar-1.0-py3-none-any.whl", 3, "expected no two underscores in a row in a wheel's project name"},
      {"-1.0-py3-none-any.whl", 0, "expected a project name, found nothing"},
      {"foo+x-1.0-py3-none-any.whl", 3,
       "expected only letters, digits, '.' and '_' in a wheel's project name"},
      {"foo-dog-py3-none-any.whl", 4, "expected a digit"},
      {"foo-1.0-x1-py3-none-any.whl", 8, "expected a build tag to begin with a digit"},
      {"foo-1.0-3-none-any.whl", 8, "expected the interpreter of a tag to be an identifier"},
      {"foo-1.0-py3--any.whl", 12, "expected a tag to have no empty part"},
      // Beyond packaging: one reading only.
      {"_foo-1.0-py3-none-any.whl", 0, "expected a name to start with a letter or digit"},
      {"fôo-1.0-py3-none-any.whl", 1, "expected a filename of printable ASCII characters without blanks"},
      {"foo- 1.0-py3-none-any.whl", 4, "expected a filename of printable ASCII characters without blanks"},
      {"foo-1.0-1\n-py3-none-any.whl", 9, "expected a filename of printable ASCII characters without blanks"},
      {"foo-1.0-py3-none-ány.whl", 17, "expected a filename of printable ASCII characters without blanks"},
      {"foo-1.0-py3-none-a/ny.whl", 18, "expected a filename without folders"},
      {"foo-1.0-py3-none-a\\ny.whl", 18, "expected a filename without folders"},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = WheelFilename::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

TEST(WheelFilenameFields, are_read_as_packaging_reads_them) {
  EXPECT_EQ(WheelFilenameFields::read("FÔO-1.0-py3-none-any.whl")->normalized_name, "fôo");
  EXPECT_EQ(WheelFilenameFields::read("_foo-1.0-py3-none-any.whl")->normalized_name, "-foo");
}

TEST(BuildTag, is_ordered_by_number_then_suffix) {
  const BuildTag ascending[] = {{"0", ""},  {"2", ""},  {"2", "a"},
                                {"2", "b"}, {"10", ""}, {"99999999999999999999", ""}};
  for (std::size_t i = 1; i < std::size(ascending); ++i)
    EXPECT_LT(ascending[i - 1], ascending[i]);
}

TEST(SdistFilename, tells_its_fields) {
  for (const char* text : {"Foo_Bar-1.0RC1.tar.gz", "foo-bar-1.0c1.zip"}) {
    const auto sdist = *SdistFilename::parse(text);
    EXPECT_EQ(sdist.name.str(), "foo-bar");
    EXPECT_EQ(sdist.version.str(), "1.0rc1");
  }
}

TEST(SdistFilename, has_one_canonical_form) {
  // PEP 625; rule 63
  EXPECT_EQ(SdistFilename::canonical(*ProjectName::parse("Zope.Interface"), *Version::parse("1.0.0-rc1")),
            "zope_interface-1.0.0rc1.tar.gz");
}

TEST(SdistFilename, refuses_what_is_none_and_says_where) {
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"foo-1.0.tgz", 11, "expected an sdist's filename to end in .tar.gz or .zip"},
      {"foo.tar.gz", 3, "expected {name}-{version} in an sdist's filename, found no dash"},
      {"-1.0.zip", 0, "expected a project name, found nothing"},
      {"foo-.zip", 4, "expected a version, found nothing"},
      {"foo-bar.zip", 4, "expected a digit"},
      {"foo -1.0.zip", 3, "expected a filename of printable ASCII characters without blanks"},
      {"a/foo-1.0.zip", 1, "expected a filename without folders"},
      {"foo_-1.0.zip", 3, "expected a name to end with a letter or digit"},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = SdistFilename::read(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().position, position) << text;
    EXPECT_EQ(read.error().message, message) << text;
  }
}

}  // namespace
}  // namespace packhouse
