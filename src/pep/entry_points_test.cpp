#include "pep/entry_points.hpp"

#include <gtest/gtest.h>

namespace packhouse {
namespace {

TEST(EntryPoints, are_read) {
  const auto entries = *parse_entry_points(
      "# a comment\n[console_scripts]\nfoo = pkg.mod:main\nfoo-bar=pkg:Class.method [a, "
      "B.c]\r\n\n[my.group]\n"
      "  name with: blanks = pkg\n  other = pkg : attr\n");
  EXPECT_EQ(entries,
            (std::vector<EntryPoint>{{"console_scripts", "foo", "pkg.mod", "main", {}},
                                     {"console_scripts", "foo-bar", "pkg", "Class.method", {"a", "B.c"}},
                                     {"my.group", "name with: blanks", "pkg", "", {}},
                                     {"my.group", "other", "pkg", "attr", {}}}));
  EXPECT_TRUE(parse_entry_points("")->empty());
}

TEST(EntryPoints, may_have_any_white_space_of_python_around_a_line) {
  EXPECT_EQ(*parse_entry_points("\u3000[a]\u00a0\n\u2003# = a comment\nx = y\x1c\n\f\n"),
            (std::vector<EntryPoint>{{"a", "x", "y", "", {}}}));
}

TEST(EntryPoints, are_refused_where_readers_could_differ_or_the_name_is_no_filename) {
  // rule 71
  const std::tuple<const char*, std::size_t, const char*> rows[] = {
      {"\xff", 0, "expected UTF-8"},
      {"foo = a:b", 0, "expected a group, such as [console_scripts], before the first entry"},
      {"[a]\nfoo", 4, "expected name = module:object"},
      {"[a]\n= a:b", 4, "expected a name before '='"},
      {"[a]\nx = a:b\n  y = c:d", 14, "expected no line indented more than the one before"},
      {"# x\r[console_scripts]\rrun = a:b\n", 3, "expected lines to end in LF or CR LF"},
      {"[a]\nx = y\r", 9, "expected lines to end in LF or CR LF"},
      {"[a]\n; x", 4, "expected comments to begin with '#'"},
      {"# x\u2028[a]\u2028y = z", 3, "expected no line separator but LF and CR LF"},
      {"[a]\nx\x1cy = z", 5, "expected no line separator but LF and CR LF"},
      {"[a] x", 0, "expected a group in brackets, such as [console_scripts]"},
      {"[]", 0, "expected a group in brackets, such as [console_scripts]"},
      {"[a]]", 0, "expected a group in brackets, such as [console_scripts]"},
      {"[DEFAULT]", 0, "expected no group called DEFAULT"},
      {"[a]\n[b]\n[a]", 8, "expected each group once"},
      {"[a]\nx=a\nx=b", 8, "expected each name once in its group"},
      {"[console_scripts]\na/b = c:d", 18,
       "expected only letters, digits, '_', '.' and '-' in the name of a script"},
      {"[gui_scripts]\na b = c:d", 14,
       "expected only letters, digits, '_', '.' and '-' in the name of a script"},
      {"[a]\nx =", 7, "expected module:object"},
      {"[a]\nx = a-b", 8, "expected module:object"},
      {"[a]\nx = a:b:c", 8, "expected module:object"},
      {"[a]\nx = a:b # c", 8, "expected module:object"},
      {"[a]\nx = a:b [c", 8, "expected ']' at the end of the extras"},
      {"[a]\nx = a:b [c d]", 8, "expected names of extras between '[' and ']'"},
  };
  for (const auto& [text, position, message] : rows) {
    const auto read = read_entry_points(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, message) << text;
    EXPECT_EQ(read.error().position, position) << text;
  }
}

}  // namespace
}  // namespace packhouse
