#include "dist/manifest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace packhouse::dist {
namespace {

ManifestEntry entry(const std::string& filename, const std::string& content) {
  return {filename, content.size(), Sha256::of(content)};
}

Manifest manifest() {
  return *Manifest::make({entry("demo-1.0.tar.gz", "sdist"), entry("demo-1.0-py3-none-any.whl", "wheel")});
}

TEST(Manifest, is_sorted_and_has_one_text) {
  const auto made = manifest();
  EXPECT_EQ(made.text(),
            "packhouse-manifest 1\n"
            "ba59926159d2aa256eb8739b8da7e2b574b960e1202c6d624cbe981cef996c91 5 demo-1.0-py3-none-any.whl\n"
            "714772a9f82b2aeb4fa5f7092d00fe4ac4c9cdeb6800840b6ed39ea64c4d785a 5 demo-1.0.tar.gz\n");
}

TEST(Manifest, is_named_by_the_digest_of_its_text) {
  EXPECT_EQ(manifest().digest(), Sha256::of(manifest().text()));
  const auto other = Manifest::make({entry("demo-1.0.tar.gz", "sdist")});
  EXPECT_NE(manifest().digest(), other->digest());
}

TEST(Manifest, reads_what_it_writes) {
  const auto read = Manifest::parse(manifest().text());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, manifest());
  EXPECT_EQ(*Manifest::parse("packhouse-manifest 1\n"), *Manifest::make({}));
}

TEST(Manifest, finds_an_entry_by_its_name) {
  const auto made = manifest();
  ASSERT_NE(made.find("demo-1.0.tar.gz"), nullptr);
  EXPECT_EQ(made.find("demo-1.0.tar.gz")->size, 5U);
  EXPECT_EQ(made.find("demo-2.0.tar.gz"), nullptr);
}

TEST(Manifest, refuses_names_that_occur_twice_or_are_no_filenames) {
  EXPECT_FALSE(Manifest::make({entry("a", "1"), entry("a", "2")}).ok());
  for (const auto* name : {"", "../a", "a/b", "a\\b", ".hidden", "a b", "a\n", "caf\u00e9"})
    EXPECT_FALSE(Manifest::make({entry(name, "1")}).ok()) << name;
}

TEST(Manifest, refuses_every_other_spelling_of_itself) {
  const auto text = manifest().text();
  const auto line = [&](std::size_t number) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < number; ++i)
      begin = text.find('\n', begin) + 1;
    return text.substr(begin, text.find('\n', begin) + 1 - begin);
  };
  for (const std::string& other :
       {std::string{}, text + "\n", text.substr(0, text.size() - 1), line(0) + line(2) + line(1),
        line(0) + line(1) + line(1), "packhouse-manifest 2\n" + line(1), line(1) + line(2),
        line(0) + line(1).replace(64, 3, " 05"), line(0) + "short 1 a\n",
        line(0) + std::string(64, 'A') + " 1 a\n"}) {
    EXPECT_FALSE(Manifest::parse(other).ok()) << other;
  }
}

TEST(Manifest, bounds_its_files) {
  std::vector<ManifestEntry> entries;
  for (std::size_t i = 0; i <= Manifest::max_files; ++i)
    entries.push_back(entry(std::to_string(i), ""));
  const auto made = Manifest::make(std::move(entries));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Errc::too_large);
}

}  // namespace
}  // namespace packhouse::dist
