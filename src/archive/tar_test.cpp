#include "archive/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "archive/testing/raw_tar.hpp"
#include "archive/testing/raw_zip.hpp"

namespace packhouse::archive {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using testing::pax_record;
using testing::RawTar;
using ::testing::UnorderedElementsAre;

class Recorder final : public MemberSink {
 public:
  void begin(const Member& member) override { current_ = &contents[member.name]; }
  void write(std::string_view chunk) override { current_->append(chunk); }
  void end(const Member& member, bool intact) override {
    if (!intact) broken.push_back(member.name);
  }
  std::map<std::string, std::string> contents;
  std::vector<std::string> broken;

 private:
  std::string* current_ = nullptr;
};

struct Outcome {
  std::vector<std::string> rules;  // each once
  Recorder recorder;
  bool complete = false;
};

Outcome read(const std::string& bytes, const Policy& policy = {}) {
  const MemorySource source{bytes};
  TarGzReader reader{source, policy};
  Outcome outcome;
  reader.read_all(outcome.recorder);
  outcome.complete = reader.complete();
  for (const auto& violation : reader.violations().kept()) {
    const std::string id{info(violation.rule).id};
    if (std::ranges::find(outcome.rules, id) == outcome.rules.end()) outcome.rules.push_back(id);
  }
  return outcome;
}

std::vector<std::string> rules_of(const RawTar& tar, const Policy& policy = {}) {
  return read(tar.bytes(), policy).rules;
}

RawTar two_members() {
  return RawTar{}
      .add("demo-1.0/", "", '5')
      .add("demo-1.0/a.py", std::string(5000, 'x'))
      .add("demo-1.0/empty", "");
}

TEST(Tar, delivers_every_member_of_a_sound_archive) {
  const auto outcome = read(two_members().bytes());

  EXPECT_THAT(outcome.rules, ElementsAre());
  EXPECT_TRUE(outcome.complete);
  EXPECT_THAT(outcome.recorder.contents,
              UnorderedElementsAre(Pair("demo-1.0/", ""), Pair("demo-1.0/a.py", std::string(5000, 'x')),
                                   Pair("demo-1.0/empty", "")));
}

TEST(Tar, joins_prefix_and_name) {
  auto tar = RawTar{}.add("a.py", "x");
  tar.last().prefix = "demo-1.0/folder";
  EXPECT_THAT(read(tar.bytes()).recorder.contents, ElementsAre(Pair("demo-1.0/folder/a.py", "x")));
}

TEST(Tar, reads_gnu_long_names_and_pax_paths) {
  const std::string name = "demo-1.0/" + std::string(150, 'n');
  auto gnu = RawTar{}.add("././@LongLink", name + std::string(1, '\0'), 'L').add("demo-1.0/short", "x");
  for (auto& member : gnu.members)
    member.magic = std::string{"ustar  \0", 8};
  EXPECT_THAT(read(gnu.bytes()).rules, ElementsAre());
  EXPECT_THAT(read(gnu.bytes()).recorder.contents, ElementsAre(Pair(name, "x")));

  const auto pax = RawTar{}
                       .add_pax(pax_record("comment", "made by hand"), 'g')
                       .add_pax(pax_record("mtime", "1.5") + pax_record("path", name) +
                                pax_record("SCHILY.xattr.user.x", "y"))
                       .add("demo-1.0/short", "x");
  EXPECT_THAT(read(pax.bytes()).rules, ElementsAre());
  EXPECT_THAT(read(pax.bytes()).recorder.contents, ElementsAre(Pair(name, "x")));
}

TEST(Tar, streams_a_member_of_many_blocks) {
  std::string big;
  while (big.size() < (3U << 20U))
    big += std::to_string(big.size()) + "\n";
  const auto outcome = read(RawTar{}.add("big", big).add("after", "x").bytes());
  EXPECT_EQ(outcome.recorder.contents.at("big"), big);
  EXPECT_THAT(outcome.rules, ElementsAre());
}

TEST(Tar, accepts_padding_to_a_record) {
  auto tar = two_members();
  tar.after = std::string(10240, '\0');
  EXPECT_THAT(rules_of(tar), ElementsAre());
}

TEST(Tar, refuses_every_truncation_and_reports_it) {
  const auto bytes = two_members().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto outcome = read(bytes.substr(0, size));
    EXPECT_FALSE(outcome.complete) << size;
    EXPECT_FALSE(outcome.rules.empty()) << size;
  }
}

TEST(Gzip, refuses_headers_that_rfc_1952_does_not_know) {
  auto bytes = two_members().bytes();
  bytes[2] = 7;
  EXPECT_THAT(read(bytes).rules, ElementsAre("archive.gzip.header"));
  EXPECT_THAT(read(testing::gzip(two_members().tar(), 0x20)).rules, ElementsAre("archive.gzip.header"));
  EXPECT_THAT(read("").rules, ElementsAre("archive.gzip.header"));
  EXPECT_THAT(read("not a gzip file").rules, ElementsAre("archive.gzip.header"));
  EXPECT_THAT(read(testing::gzip(two_members().tar(), 8, std::string(5000, 'n'))).rules,
              ElementsAre("archive.gzip.header"));
}

TEST(Gzip, accepts_a_name_a_comment_and_an_extra_field) {
  const std::string extra = testing::le16(3) + "abc" + std::string{"name\0", 5} + std::string{"comment\0", 8};
  EXPECT_THAT(read(testing::gzip(two_members().tar(), 4 | 8 | 16, extra)).rules, ElementsAre());
  EXPECT_THAT(read(testing::gzip(two_members().tar(), 2, "xx")).rules, ElementsAre("archive.gzip.crc"));
}

TEST(Gzip, refuses_another_crc_or_size) {
  const auto bytes = two_members().bytes();
  auto crc = bytes;
  crc[crc.size() - 8] = static_cast<char>(crc[crc.size() - 8] ^ 1);
  EXPECT_THAT(read(crc).rules, ElementsAre("archive.gzip.crc"));
  auto size = bytes;
  size[size.size() - 4] = static_cast<char>(size[size.size() - 4] ^ 1);
  EXPECT_THAT(read(size).rules, ElementsAre("archive.gzip.size"));
}

TEST(Gzip, refuses_a_second_member_and_trailing_bytes) {
  EXPECT_THAT(read(two_members().bytes() + two_members().bytes()).rules,
              ElementsAre("archive.gzip.concatenated"));
  EXPECT_THAT(read(two_members().bytes() + "x").rules, ElementsAre("archive.gzip.trailing-data"));
  EXPECT_THAT(read(two_members().bytes() + std::string(512, '\0')).rules,
              ElementsAre("archive.gzip.trailing-data"));
}

TEST(Gzip, refuses_a_broken_stream) {
  auto bytes = two_members().bytes();
  bytes[10] = static_cast<char>(0x07);  // a block of the reserved kind
  EXPECT_THAT(read(bytes).rules, ElementsAre("archive.gzip.deflate"));
}

TEST(Tar, refuses_a_wrong_checksum) {
  auto tar = two_members();
  tar.members[1].checksum = std::string{"000001\0 ", 8};
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.tar.checksum"));
}

TEST(Tar, refuses_other_formats_and_names_with_a_tail) {
  auto v7 = two_members();
  v7.members[1].magic = "";
  EXPECT_THAT(rules_of(v7), ElementsAre("archive.tar.header"));
  auto tail = two_members();
  tail.members[1].name = std::string{"demo-1.0/a.py\0evil", 18};
  EXPECT_THAT(rules_of(tail), ElementsAre("archive.tar.header"));
}

TEST(Tar, refuses_numbers_that_are_not_octal) {
  for (const std::string& size : {std::string{"\x80\0\0\0\0\0\0\0\0\0\0\5", 12}, std::string{"00000000009"},
                                  std::string{"-0000000001"}, std::string{}}) {
    auto tar = two_members();
    tar.members[1].size = size;
    EXPECT_THAT(rules_of(tar), ElementsAre("archive.tar.number"));
  }
  auto mode = two_members();
  mode.members[1].mode = "rwx";
  EXPECT_THAT(rules_of(mode), ElementsAre("archive.tar.number"));
}

TEST(Tar, refuses_owners_times_and_devices_that_some_readers_stop_at) {
  const auto with = [](std::size_t offset, const std::string& bytes) {
    auto tar = two_members();
    tar.members[1].bytes_at = {{offset, bytes}};
    return rules_of(tar);
  };
  const std::string minus_one(8, '\xff');
  for (const std::size_t offset : {108U, 116U, 329U, 337U}) {
    EXPECT_THAT(with(offset, "zzzzzzz"), ElementsAre("archive.tar.number")) << offset;
    EXPECT_THAT(with(offset, "-000001"), ElementsAre("archive.tar.number")) << offset;
    EXPECT_THAT(with(offset, minus_one), ElementsAre("archive.tar.number")) << offset;
    EXPECT_THAT(with(offset, std::string{"\x81\0\0\0\0\0\0\1", 8}), ElementsAre("archive.tar.number"))
        << offset;
    EXPECT_THAT(with(offset, std::string{"\x80\0\0\1\0\0\0\0", 8}), ElementsAre("archive.tar.number"))
        << offset;
    EXPECT_THAT(with(offset, std::string{"\x80\0\0\0\xff\0\0\0", 8}), ElementsAre()) << offset;
    EXPECT_THAT(with(offset, std::string(8, '\0')), ElementsAre()) << offset;
  }
  EXPECT_THAT(with(136, "yesterday"), ElementsAre("archive.tar.number"));
  EXPECT_THAT(with(136, std::string(12, '\xff')), ElementsAre());  // a second before 1970
  EXPECT_THAT(with(136, std::string{"\x80\0\0\0\xff\0\0\0\0\0\0\0", 12}), ElementsAre("archive.tar.number"));
}

TEST(Tar, refuses_gnu_headers_with_what_others_take_for_the_front_of_a_name) {
  auto tar = two_members();
  tar.members[1].magic = std::string{"ustar  \0", 8};
  EXPECT_THAT(rules_of(tar), ElementsAre());
  tar.members[1].bytes_at = {{345, "15017361637"}};  // GNU's time of access
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.tar.header"));
}

TEST(Tar, refuses_pax_numbers_that_are_none_and_records_of_holes) {
  const auto with = [](std::string_view key, std::string_view value) {
    RawTar tar;
    tar.add_pax(testing::pax_record(key, value)).add("demo-1.0/PKG-INFO", "x");
    return rules_of(tar);
  };
  EXPECT_THAT(with("mtime", "-1.25"), ElementsAre());
  EXPECT_THAT(with("uid", "4294967296"), ElementsAre());
  for (const auto* value : {"", "yesterday", "1e3", "--1", ".5", "1_0"})
    EXPECT_THAT(with("mtime", value), ElementsAre("archive.tar.pax")) << value;
  for (const auto* value : {"", "-1", "1.0", "root"})
    EXPECT_THAT(with("gid", value), ElementsAre("archive.tar.pax")) << value;
  EXPECT_THAT(with("SCHILY.realsize", "100"), ElementsAre("archive.tar.sparse"));
  EXPECT_THAT(with("SUN.holesdata", " 0 100"), ElementsAre("archive.tar.sparse"));
}

Policy with_links() {
  Policy inside;
  inside.links_inside = true;
  return inside;
}

TEST(Tar, refuses_links_unless_the_policy_lets_them_stay_inside) {
  const auto link = [](const std::string& target) {
    return two_members().add_link("demo-1.0/sub/link", target);
  };
  EXPECT_THAT(rules_of(link("a.py")), ElementsAre("archive.member.symlink"));
  for (const auto* target : {"../a.py", "../sub/./x", "../../demo-1.0/a.py", "missing", "."})
    EXPECT_THAT(rules_of(link(target), with_links()), ElementsAre()) << target;
  for (const auto* target : {"", "/etc/passwd", "../../a.py", "../../../etc", "C:x", "..\\x", "x/../../../y",
                             "x/../y", "../..", "../../../demo-1.0/a.py"}) {
    EXPECT_THAT(rules_of(link(target), with_links()), ElementsAre("archive.member.symlink")) << target;
  }
  EXPECT_THAT(rules_of(two_members().add_link("demo-1.0", "."), with_links()),
              ::testing::Contains("archive.member.symlink"));
}

TEST(Tar, takes_a_hard_link_to_an_earlier_file_of_its_folder_alone) {
  const auto link = [](const std::string& target) {
    return two_members().add_link("demo-1.0/hard", target, '1').add("demo-1.0/later", "x");
  };
  EXPECT_THAT(rules_of(link("demo-1.0/a.py")), ElementsAre("archive.member.hardlink"));
  EXPECT_THAT(rules_of(link("demo-1.0/a.py"), with_links()), ElementsAre());
  for (const auto* target :
       {"", "/demo-1.0/a.py", "a.py", "demo-1.0/later", "demo-1.0/../etc", "../a.py", "other/x"})
    EXPECT_THAT(rules_of(link(target), with_links()), ElementsAre("archive.member.hardlink")) << target;
  // What a symbolic link points to may be anything.
  EXPECT_THAT(rules_of(two_members().add_link("demo-1.0/s", "a.py").add_link("demo-1.0/h", "demo-1.0/s", '1'),
                       with_links()),
              ElementsAre("archive.member.hardlink"));
}

TEST(Tar, takes_a_member_twice_if_the_bytes_are_the_same) {
  const auto twice = [](const std::string& second) {
    return two_members().add("demo-1.0/x", "first").add("demo-1.0/x", second);
  };
  EXPECT_THAT(rules_of(twice("first")), ElementsAre());
  EXPECT_THAT(rules_of(twice("other")), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(rules_of(twice("longer than before")), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(rules_of(twice("first").add("demo-1.0/x", "third")), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(rules_of(twice("first").add_link("demo-1.0/x", "a.py"), with_links()),
              ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/d", "", '5').add("demo-1.0/d", "", '5')), ElementsAre());
}

TEST(Tar, refuses_numbers_behind_blanks_since_uv_cannot_read_them) {
  const auto with = [](std::size_t offset, const std::string& bytes) {
    auto tar = two_members();
    tar.members[1].bytes_at = {{offset, bytes}};
    return read(tar.bytes());
  };
  for (const std::size_t offset : {100U, 108U, 116U})
    EXPECT_THAT(with(offset, "   644 ").rules, ElementsAre("archive.tar.number")) << offset;
  EXPECT_THAT(with(108, "        ").rules, ElementsAre("archive.tar.number"));
  EXPECT_THAT(with(136, "          0 ").rules, ElementsAre("archive.tar.number"));
  EXPECT_THAT(with(100, "644    ").rules, ElementsAre());
  EXPECT_THAT(with(108, "0      ").rules, ElementsAre());
}

TEST(Tar, refuses_to_unpack_through_a_link) {
  Policy inside;
  inside.links_inside = true;
  const auto tar = two_members().add_link("demo-1.0/link", "sub").add("demo-1.0/link/evil", "x");
  EXPECT_THAT(rules_of(tar, inside), ElementsAre("archive.name.file-and-directory"));
}

TEST(Tar, refuses_devices_pipes_and_unknown_types) {
  for (const char type : {'3', '4', '6', '7', 'A', 'V'}) {
    EXPECT_THAT(rules_of(two_members().add("demo-1.0/x", "", type)), ElementsAre("archive.member.special"))
        << type;
  }
}

TEST(Tar, refuses_data_where_readers_differ_on_skipping_it) {
  for (const char type : {'1', '2', '5', '6'}) {
    EXPECT_THAT(rules_of(two_members().add("demo-1.0/x", "data", type)), Contains("archive.member.type"))
        << type;
  }
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/x/", "data")), ElementsAre("archive.member.type"));
}

TEST(Tar, warns_of_setuid) {
  auto tar = two_members();
  tar.members[1].mode = "0004755";
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.member.mode"));
}

TEST(Tar, refuses_pax_records_that_change_what_is_read) {
  const auto with = [](const std::string& records) {
    return rules_of(RawTar{}.add_pax(records).add("demo-1.0/a", "x"));
  };
  EXPECT_THAT(with(pax_record("size", "100")), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("hdrcharset", "BINARY")), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("path", "")), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("whatever", "x")), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("path", "a") + pax_record("path", "b")), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("GNU.sparse.major", "1")), ElementsAre("archive.tar.sparse"));
  EXPECT_THAT(with("99 path=a\n"), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with("path=a\n"), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with("9 path=ab"), ElementsAre("archive.tar.pax"));
  EXPECT_THAT(with(pax_record("path", std::string{"demo-1.0/a\0b", 12})),
              ElementsAre("archive.path.control-character"));
}

TEST(Tar, refuses_global_names_and_two_headers_for_one_member) {
  EXPECT_THAT(rules_of(RawTar{}.add_pax(pax_record("path", "x"), 'g').add("a", "")),
              ElementsAre("archive.tar.pax"));
  EXPECT_THAT(rules_of(RawTar{}.add_pax("").add_pax("").add("a", "")), ElementsAre("archive.tar.pax"));
  const std::string nul(1, '\0');
  EXPECT_THAT(rules_of(RawTar{}.add_pax(pax_record("path", "x")).add("L", "y" + nul, 'L').add("a", "")),
              ElementsAre("archive.tar.long-name"));
  EXPECT_THAT(rules_of(RawTar{}.add("L", "y" + nul, 'L').add("L", "z" + nul, 'L').add("a", "")),
              ElementsAre("archive.tar.long-name"));
  EXPECT_THAT(rules_of(RawTar{}.add("L", "y", 'L').add("a", "")), ElementsAre("archive.tar.long-name"));
}

TEST(Tar, refuses_sparse_members) {
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/s", "", 'S')), ElementsAre("archive.tar.sparse"));
}

TEST(Tar, refuses_a_missing_or_half_end) {
  auto none = two_members();
  none.end = "";
  EXPECT_THAT(rules_of(none), ElementsAre("archive.tar.end"));
  auto half = two_members();
  half.end = std::string(512, '\0');
  EXPECT_THAT(rules_of(half), ElementsAre("archive.tar.end"));
  half.after = two_members().tar();
  EXPECT_THAT(rules_of(half), ElementsAre("archive.tar.end"));
  EXPECT_THAT(rules_of(RawTar{}.add_pax(pax_record("path", "x"))), ElementsAre("archive.tar.end"));
}

TEST(Tar, refuses_what_hides_after_the_end) {
  auto tar = two_members();
  tar.after = two_members().tar();
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.tar.trailing-data"));
  tar.after = std::string(3U << 20U, '\0');
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.tar.trailing-data"));
}

TEST(Tar, refuses_a_member_that_is_cut) {
  auto tar = RawTar{}.add("a", "four");
  tar.last().size = "00000010000";
  tar.end = "";
  EXPECT_THAT(rules_of(tar), ElementsAre("archive.truncated"));
}

TEST(Tar, refuses_unsafe_and_clashing_names) {
  EXPECT_THAT(rules_of(two_members().add("../evil", "")), ElementsAre("archive.path.traversal"));
  EXPECT_THAT(rules_of(two_members().add("/etc/passwd", "")), ElementsAre("archive.path.absolute"));
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/A.py", "")), ElementsAre("archive.name.case-clash"));
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/a.py", "")), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/a.py/b", "")),
              ElementsAre("archive.name.file-and-directory"));
  EXPECT_THAT(rules_of(two_members().add("demo-1.0/\xff", "")), ElementsAre("archive.name.encoding"));
}

TEST(Tar, refuses_a_bomb_by_its_stated_size_before_inflating) {
  auto tar = RawTar{}.add("bomb", "");
  tar.last().size = "77777777777";  // 8 GiB
  const auto outcome = read(tar.bytes());
  EXPECT_THAT(outcome.rules, ElementsAre("archive.limit.ratio"));
  EXPECT_TRUE(outcome.recorder.contents.empty());
}

TEST(Tar, stops_inflating_a_bomb_of_many_members_at_the_limit) {
  Policy policy;
  policy.limits.ratio_from = 1U << 20U;
  auto tar = RawTar{};
  for (int i = 0; i < 40; ++i)
    tar.add("m" + std::to_string(i), std::string(100'000, '\0'));
  const auto outcome = read(tar.bytes(), policy);
  EXPECT_THAT(outcome.rules, ElementsAre("archive.limit.ratio"));
  EXPECT_FALSE(outcome.complete);
  EXPECT_LE(outcome.recorder.contents.size(), 11U);
}

TEST(Tar, holds_each_limit_of_its_policy) {
  Policy entries;
  entries.limits.entries = 2;
  EXPECT_THAT(rules_of(two_members(), entries), ElementsAre("archive.limit.entries"));
  Policy names;
  names.limits.index_bytes = 20;
  EXPECT_THAT(rules_of(two_members(), names), ElementsAre("archive.limit.index"));
  Policy size;
  size.limits.total_size = 2000;
  EXPECT_THAT(rules_of(two_members(), size), ElementsAre("archive.limit.size"));
}

TEST(Tar, refuses_an_extension_header_of_many_megabytes) {
  EXPECT_THAT(rules_of(RawTar{}.add_pax(std::string(2U << 20U, 'x')).add("a", "")),
              ElementsAre("archive.limit.index"));
}

TEST(Tar, is_recognised_at_the_beginning_of_another_file) {
  EXPECT_TRUE(looks_like_tar(MemorySource{two_members().tar()}));
  const auto zip = testing::RawZip{}.add("a", std::string(1000, 'x'), false).bytes();
  EXPECT_FALSE(looks_like_tar(MemorySource{zip}));
  EXPECT_FALSE(looks_like_tar(MemorySource{std::string(512, '\0')}));
  EXPECT_FALSE(looks_like_tar(MemorySource{"short"}));
}

}  // namespace
}  // namespace packhouse::archive
