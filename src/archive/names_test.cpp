#include "archive/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace packhouse::archive {
namespace {

std::vector<std::string> ids(const Violations& violations) {
  std::vector<std::string> found;
  for (const auto& violation : violations.kept())
    found.emplace_back(info(violation.rule).id);
  return found;
}

std::vector<std::string> path_rules(std::string_view name) {
  Violations violations;
  check_path(name, Limits{}, violations);
  return ids(violations);
}

// A trailing slash makes a directory.
std::vector<std::string> clash_rules(const std::vector<std::string>& names) {
  std::vector<Member> members;
  for (const auto& name : names) {
    Member member;
    member.name = name;
    if (name.ends_with('/')) member.type = MemberType::directory;
    members.push_back(member);
  }
  std::vector<const Member*> pointers;
  for (const auto& member : members)
    pointers.push_back(&member);
  Violations violations;
  check_clashes(pointers, violations);
  return ids(violations);
}

struct Path {
  std::string name;
  std::vector<std::string> rules;
};

class PathRule : public ::testing::TestWithParam<Path> {};

TEST_P(PathRule, is_named) {
  EXPECT_EQ(path_rules(GetParam().name), GetParam().rules);
}

INSTANTIATE_TEST_SUITE_P(
    Names, PathRule,
    ::testing::Values(
        Path{"demo/__init__.py", {}}, Path{"demo/", {}}, Path{"demo-1.0.dist-info/RECORD", {}},
        Path{"demo/caf\u00e9.txt", {}}, Path{"demo/.hidden", {}}, Path{"demo/a..b", {}},
        Path{"console.py", {}}, Path{"com10/x", {}}, Path{"/etc/passwd", {"archive.path.absolute"}},
        Path{"//server/share", {"archive.path.absolute", "archive.path.segment"}},
        Path{"../evil", {"archive.path.traversal"}},
        Path{"demo/../../evil", {"archive.path.traversal", "archive.path.traversal"}},
        Path{"demo/..", {"archive.path.traversal"}}, Path{"demo\\evil.py", {"archive.path.backslash"}},
        Path{"..\\evil.py", {"archive.path.backslash"}}, Path{"C:/evil", {"archive.path.drive"}},
        Path{"demo/a.py:stream", {"archive.path.drive"}}, Path{"demo/NUL", {"archive.path.device"}},
        Path{"demo/con.txt", {"archive.path.device"}}, Path{"aux/x.py", {"archive.path.device"}},
        Path{"COM1.log", {"archive.path.device"}}, Path{"lpt\u00b2", {"archive.path.device"}},
        Path{"nul .py", {"archive.path.device"}},
        Path{std::string{"a\0b", 3}, {"archive.path.control-character"}},
        Path{"a\u0085b", {"archive.path.control-character"}}, Path{"\u00a0\u00e2\u2013\u2070", {}},
        Path{"a\u202egpj.py", {"archive.path.control-character"}},
        Path{"a\u2066b", {"archive.path.control-character"}},
        Path{"a\u2028b", {"archive.path.control-character"}},
        Path{"a\nb", {"archive.path.control-character"}}, Path{"a\x7f", {"archive.path.control-character"}},
        Path{"a//b", {"archive.path.segment"}}, Path{"./a", {"archive.path.segment"}},
        Path{"a/./b", {"archive.path.segment"}}, Path{"", {"archive.path.segment"}},
        Path{"a./b", {"archive.path.trailing"}}, Path{"a /b", {"archive.path.trailing"}},
        Path{std::string(256, 'x'), {"archive.path.length"}}, Path{"\xff", {"archive.name.encoding"}},
        Path{"\xc0\xaf", {"archive.name.encoding"}}));

TEST(PathLength, is_limited_by_the_policy) {
  std::string name;
  while (name.size() <= 1024)
    name += "folder/";
  EXPECT_EQ(path_rules(name), std::vector<std::string>{"archive.path.length"});
}

TEST(Clashes, are_none_among_names_that_differ) {
  EXPECT_TRUE(clash_rules({"a", "b", "ab", "a.py", "a-b/c", "c/", "c/d", "c/e/", "c/e/f"}).empty());
}

TEST(Clashes, name_what_kind_they_are) {
  using List = std::vector<std::string>;
  EXPECT_EQ(clash_rules({"a", "b", "a"}), List{"archive.name.duplicate"});
  EXPECT_EQ(clash_rules({"demo/A.py", "demo/a.py"}), List{"archive.name.case-clash"});
  EXPECT_EQ(clash_rules({"stra\u00dfe", "STRASSE"}), List{"archive.name.case-clash"});
  EXPECT_EQ(clash_rules({"\u212aey", "key"}), List{"archive.name.case-clash"});             // Kelvin sign
  EXPECT_EQ(clash_rules({"caf\u00e9", "cafe\u0301"}), List{"archive.name.unicode-clash"});  // NFC, NFD
  EXPECT_EQ(clash_rules({"\ufb01le", "file"}), List{"archive.name.unicode-clash"});         // NFKC ligature
  EXPECT_EQ(clash_rules({"a\u200bb", "ab"}), List{"archive.name.unicode-clash"});           // zero width
}

TEST(Clashes, are_found_between_a_file_and_a_folder) {
  using List = std::vector<std::string>;
  EXPECT_EQ(clash_rules({"a", "a/b"}), List{"archive.name.file-and-directory"});
  EXPECT_EQ(clash_rules({"a/b", "a.b", "a-b", "A"}), List{"archive.name.file-and-directory"});
  EXPECT_EQ(clash_rules({"a/", "a"}), List{"archive.name.file-and-directory"});
}

TEST(Clashes, cost_n_log_n_for_a_hundred_thousand_names) {
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i)
    names.push_back("folder/" + std::to_string(i));
  names.push_back("FOLDER/7");
  EXPECT_EQ(clash_rules(names), std::vector<std::string>{"archive.name.case-clash"});
}

}  // namespace
}  // namespace packhouse::archive
