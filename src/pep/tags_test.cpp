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

}  // namespace
}  // namespace packhouse
