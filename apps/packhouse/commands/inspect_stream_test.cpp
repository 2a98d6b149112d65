#include "commands/inspect_stream.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

TEST(Inspect, answers_each_kind_in_its_shape) {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"version", R"("1!1.0RC2.post3.dev4+A_1")",
       R"({"ok":true,"value":{"normalized":"1!1.0rc2.post3.dev4+a.1","public":"1!1.0rc2.post3.dev4","base":"1!1.0",)"
       R"("epoch":1,"release":[1,0],"pre":["rc",2],"post":3,"dev":4,"local":"a.1"}})"},
      {"version", R"("9007199254740992.9007199254740993")",
       R"({"ok":true,"value":{"normalized":"9007199254740992.9007199254740993",)"
       R"("public":"9007199254740992.9007199254740993","base":"9007199254740992.9007199254740993","epoch":0,)"
       R"("release":[9007199254740992,"9007199254740993"],"pre":null,"post":null,"dev":null,"local":null}})"},
      {"compare", R"(["1.0","1"])", R"({"ok":true,"value":0})"},
      {"compare", R"(["1.0","1.1"])", R"({"ok":true,"value":-1})"},
      {"compare", R"(["1!0","1"])", R"({"ok":true,"value":1})"},
      {"compare", R"(["1.0"])", R"({"ok":false,"error":"expected an array of two strings"})"},
      {"specifier", R"({"specifier":">1, !=2","versions":["1","2a1","2","3"],"prereleases":null})",
       R"({"ok":true,"value":{"normalized":"!=2,>1","contains":[false,true,false,true],"filtered":["3"]}})"},
      {"specifier", R"({"specifier":"","versions":["1a1","2"],"prereleases":true})",
       R"({"ok":true,"value":{"normalized":"","contains":[true,true],"filtered":["1a1","2"]}})"},
      {"specifier", R"({"specifier":"","versions":[1]})",
       R"({"ok":false,"error":"expected an array of strings at versions"})"},
      {"requirement", R"("X[b,a]>=1;os.name=='x'")",
       R"({"ok":true,"value":{"name":"X","extras":["a","b"],"specifier":">=1","url":null,)"
       R"("marker":"os_name == \"x\"","normalized":"X[a,b]>=1; os_name == \"x\""}})"},
      {"requirement", R"("x @ u")",
       R"({"ok":true,"value":{"name":"x","extras":[],"specifier":"","url":"u","marker":null,"normalized":"x @ u"}})"},
      {"marker",
       R"({"marker":"os_name == 'x' and 'a' in extras","environment":{"os_name":"x","extras":["A"]}})",
       R"({"ok":true,"value":true})"},
      {"marker", R"({"marker":"os_name == 'x'","environment":{}})",
       R"({"ok":false,"error":"expected the environment to hold the marker variable \"os_name\", found none"})"},
      {"name", R"("Foo.Bar")", R"({"ok":true,"value":"foo-bar"})"},
      {"wheel-filename", R"("Foo-1.0-2x-py2.py3-none-any.whl")",
       R"({"ok":true,"value":{"name":"foo","version":"1.0","build":[2,"x"],"tags":["py2-none-any","py3-none-any"]}})"},
      {"wheel-filename", R"("foo-1.0-py3-none-any.whl")",
       R"({"ok":true,"value":{"name":"foo","version":"1.0","build":[],"tags":["py3-none-any"]}})"},
      {"sdist-filename", R"("Foo-1.0.tar.gz")", R"({"ok":true,"value":{"name":"foo","version":"1.0"}})"},
      {"license", "\"mit or (zlib)\"", "{\"ok\":true,\"value\":\"MIT OR (Zlib)\"}"},
      {"name", R"(5)", R"({"ok":false,"error":"expected a string"})"},
      {"metadata", R"("x")", R"({"ok":false,"error":"expected an object"})"},
      {"metadata", R"({"base64":"?"})", R"({"ok":false,"error":"expected padded base64 at base64"})"},
  };
  for (const auto& [kind, line, answer] : rows) {
    EXPECT_EQ(inspect_line(*parse_inspect_kind(kind), line), answer) << line;
  }
}

TEST(Inspect, answers_metadata_with_all_problems) {
  const auto ask = [](std::string_view bytes) {
    return inspect_line(InspectKind::metadata, R"({"base64":")" + to_base64(bytes) + R"("})");
  };
  EXPECT_EQ(
      ask("Metadata-Version: 2.1\nName: Foo\nVersion: 1.0\n\nBody"),
      R"({"ok":true,"value":{"metadata_version":"2.1","name":"Foo","version":"1.0","description":"Body"}})");
  EXPECT_EQ(
      ask("Metadata-Version: 2.1\nVersion: 1.0\nFoo: x\n"),
      R"({"ok":false,"error":"name: expected the field, found none; foo: expected a field of the core metadata )"
      R"(specification, found \"foo\"","errors":["name: expected the field, found none",)"
      R"("foo: expected a field of the core metadata specification, found \"foo\""]})");
}

TEST(Inspect, never_stops_at_a_bad_line) {
  for (const char* line : {"", "{", "\"\xff\"", "nul", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                           "\"a\" \"b\"", "{\"a\":1,\"a\":2}"}) {
    for (const auto word : inspect_kind_words()) {
      EXPECT_TRUE(
          inspect_line(*parse_inspect_kind(word), line).starts_with(R"({"ok":false,"error":"expected )"))
          << line;
    }
  }
}

TEST(Inspect, knows_its_kinds) {
  for (const auto word : inspect_kind_words())
    EXPECT_TRUE(parse_inspect_kind(word)) << word;
  EXPECT_EQ(inspect_kind_words().size(), 10U);
  EXPECT_FALSE(parse_inspect_kind("wheel_filename"));
}

TEST(InspectStream, joins_what_arrives_in_pieces) {
  InspectStream stream(InspectKind::name);
  EXPECT_EQ(stream.feed("\"A"), "");
  EXPECT_EQ(stream.feed(".b\"\n\"c\"\n\"D"),
            "{\"ok\":true,\"value\":\"a-b\"}\n{\"ok\":true,\"value\":\"c\"}\n");
  EXPECT_EQ(stream.feed("\""), "");
  EXPECT_EQ(stream.finish(), "{\"ok\":true,\"value\":\"d\"}\n");
  EXPECT_EQ(InspectStream(InspectKind::name).finish(), "");
}

TEST(InspectStream, answers_a_line_that_is_too_long_without_holding_it) {
  InspectStream stream(InspectKind::name, 8);
  EXPECT_EQ(stream.feed("\"aaaaaaaaaaaa"), "");
  EXPECT_EQ(
      stream.feed("aaaaaaaa\"\n\"b\"\n"),
      "{\"ok\":false,\"error\":\"expected a line of at most 8 bytes\"}\n{\"ok\":true,\"value\":\"b\"}\n");
}

}  // namespace
}  // namespace packhouse::app
