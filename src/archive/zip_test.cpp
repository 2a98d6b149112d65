#include "archive/zip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "archive/testing/raw_zip.hpp"

namespace packhouse::archive {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RawZip;
using testing::RawZipMember;

// Collects what a reader delivers.
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
  std::vector<Violation> violations;
  Recorder recorder;
  bool readable = false;
};

Outcome read(const std::string& bytes, const Policy& policy = {}) {
  const MemorySource source{bytes};
  ZipReader reader{source, policy};
  Outcome outcome;
  outcome.readable = reader.readable();
  reader.read_all(outcome.recorder);
  outcome.violations = reader.violations().kept();
  for (const auto& violation : outcome.violations) {
    const std::string id{info(violation.rule).id};
    if (std::ranges::find(outcome.rules, id) == outcome.rules.end()) outcome.rules.push_back(id);
  }
  return outcome;
}

std::vector<std::string> rules_of(const RawZip& zip, const Policy& policy = {}) {
  return read(zip.bytes(), policy).rules;
}

RawZip two_members() {
  return RawZip{}.add("demo/__init__.py", std::string(5000, 'x')).add("demo/data.bin", "stored", false);
}

// One whose only member has this name.
RawZip named(const std::string& name) {
  return RawZip{}.add(name, name.ends_with('/') ? "" : "x");
}

TEST(Zip, delivers_every_member_of_a_sound_archive) {
  const auto outcome = read(two_members().add("demo/", "").bytes());

  EXPECT_THAT(outcome.rules, ElementsAre());
  EXPECT_EQ(outcome.recorder.contents.at("demo/__init__.py"), std::string(5000, 'x'));
  EXPECT_EQ(outcome.recorder.contents.at("demo/data.bin"), "stored");
  EXPECT_THAT(outcome.recorder.broken, ElementsAre());
}

TEST(Zip, accepts_an_empty_archive_and_an_archive_comment) {
  auto empty = RawZip{};
  EXPECT_THAT(rules_of(empty), ElementsAre());
  empty.comment = "built by hand";
  EXPECT_THAT(rules_of(empty), ElementsAre());
}

TEST(Zip, delivers_a_member_larger_than_one_block_in_chunks) {
  std::string big;
  while (big.size() < (5U << 20U))
    big += "line " + std::to_string(big.size()) + "\n";
  const auto outcome = read(RawZip{}.add("deflated", big).add("stored", big, false).bytes());

  EXPECT_THAT(outcome.rules, ElementsAre());
  EXPECT_EQ(outcome.recorder.contents.at("deflated"), big);
  EXPECT_EQ(outcome.recorder.contents.at("stored"), big);
}

TEST(Zip, accepts_an_empty_member_called_deflated_without_a_stream) {
  auto zip = RawZip{}.add("empty", "");
  zip.last().packed = "";
  EXPECT_THAT(rules_of(zip), ElementsAre());
}

TEST(Zip, refuses_bytes_without_an_end_record) {
  EXPECT_THAT(read("").rules, ElementsAre("archive.zip.end-record"));
  EXPECT_THAT(read("PK").rules, ElementsAre("archive.zip.end-record"));
  EXPECT_THAT(read(std::string(100'000, 'z')).rules, ElementsAre("archive.zip.end-record"));
}

TEST(Zip, refuses_every_truncation_without_reading_past_the_end) {
  const auto bytes = two_members().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto outcome = read(bytes.substr(0, size));
    EXPECT_FALSE(outcome.readable) << size;
    EXPECT_FALSE(outcome.rules.empty()) << size;
  }
}

TEST(Zip, survives_every_byte_replaced_and_never_delivers_other_content) {
  auto zip = two_members();
  const auto bytes = zip.bytes();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char replacement : {'\x01', '\xff'}) {
      auto broken = bytes;
      if (broken[at] == replacement) continue;
      broken[at] = replacement;
      const auto outcome = read(broken);
      if (!outcome.rules.empty()) continue;
      // Accepted: the byte has no meaning (internal attributes, who made it, …) or only a mode's.
      EXPECT_EQ(outcome.recorder.contents.at("demo/__init__.py"), zip.members[0].data) << at;
      EXPECT_EQ(outcome.recorder.contents.at("demo/data.bin"), zip.members[1].data) << at;
    }
  }
}

TEST(Zip, refuses_bytes_after_the_end_record) {
  auto zip = two_members();
  zip.after = "x";
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.trailing-data"));
}

TEST(Zip, refuses_a_second_zip_appended) {
  EXPECT_THAT(read(two_members().bytes() + named("evil").bytes()).rules, Contains("archive.zip.directory"));
}

TEST(Zip, refuses_two_end_records_that_both_fit) {
  auto inner = RawZip{};
  auto zip = two_members();
  zip.comment = inner.bytes();
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.end-record"));
}

TEST(Zip, refuses_a_comment_that_is_cut) {
  auto zip = two_members();
  zip.comment_size = 10;
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.truncated"));
}

TEST(Zip, refuses_prepended_bytes_whether_offsets_count_them_or_not) {
  auto zip = two_members();
  zip.before = "#!/bin/sh\n";
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.prepended-data"));
  zip.shift_offsets = true;
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.prepended-data"));
}

TEST(Zip, refuses_bytes_between_records) {
  auto between = two_members();
  between.members[0].after = "hidden";
  EXPECT_THAT(rules_of(between), ElementsAre("archive.zip.gap"));

  auto before_directory = two_members();
  before_directory.before_directory = "hidden";
  EXPECT_THAT(rules_of(before_directory), ElementsAre("archive.zip.gap"));

  auto after_directory = two_members();
  after_directory.after_directory = "hidden";
  EXPECT_THAT(rules_of(after_directory), ElementsAre("archive.zip.directory"));
}

TEST(Zip, refuses_a_member_that_only_the_local_headers_know) {
  auto zip = two_members().add("hidden.py", "evil");
  zip.last().in_directory = false;
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.gap"));
}

TEST(Zip, refuses_a_member_that_only_the_directory_knows) {
  auto zip = two_members().add("ghost.py", "evil");
  zip.last().in_body = false;
  EXPECT_THAT(rules_of(zip), Contains("archive.zip.local-header"));
}

TEST(Zip, refuses_two_entries_for_the_same_bytes) {
  auto zip = two_members();
  auto copy = zip.members[0];
  copy.in_body = false;
  copy.offset = 0;
  copy.central.name = "demo/__main__.py";
  zip.members.push_back(copy);
  EXPECT_THAT(rules_of(zip), Contains("archive.zip.overlap"));
}

TEST(Zip, refuses_quoted_local_headers_of_an_overlap_bomb) {
  // Fifield's bomb: a stored member's data covers the header of the next.
  auto zip = RawZip{}.add("a", "x", false).add("b", "y", false);
  const std::string inner = zip.bytes();
  const auto covered = inner.substr(32, 32);  // the whole of the second local header, name and data
  zip.members[0].packed = "";
  zip.members[0].data = covered;
  zip.members[0].central.packed_size = static_cast<std::uint32_t>(covered.size());
  zip.members[0].local.packed_size = static_cast<std::uint32_t>(covered.size());
  EXPECT_THAT(rules_of(zip), Contains("archive.zip.overlap"));
}

// One fact changed in the local header only.
struct Disagreement {
  const char* field;
  void (*change)(RawZipMember&);
};

class ZipDisagreement : public ::testing::TestWithParam<Disagreement> {};

TEST_P(ZipDisagreement, between_local_header_and_directory_is_refused) {
  auto zip = two_members();
  GetParam().change(zip.members[0]);
  const auto outcome = read(zip.bytes());

  EXPECT_FALSE(outcome.readable);
  ASSERT_THAT(outcome.rules, Contains("archive.zip.local-header"));
  const auto violation = std::ranges::find(outcome.violations, Rule::zip_local_header, &Violation::rule);
  EXPECT_THAT(violation->found, HasSubstr(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    EachField, ZipDisagreement,
    ::testing::Values(Disagreement{"name", [](RawZipMember& m) { m.local.name = "demo/__inlt__.py"; }},
                      Disagreement{"version", [](RawZipMember& m) { m.local.version_needed = 10; }},
                      Disagreement{"flags", [](RawZipMember& m) { m.local.flags = 2; }},
                      Disagreement{"method", [](RawZipMember& m) { m.local.method = 0; }},
                      Disagreement{"time", [](RawZipMember& m) { m.local.dos_time = 1; }},
                      Disagreement{"CRC", [](RawZipMember& m) { m.local.crc = 1; }},
                      Disagreement{"packed size", [](RawZipMember& m) { m.local.packed_size = 1; }},
                      Disagreement{"size", [](RawZipMember& m) { m.local.size = 1; }}),
    [](const auto& row) {
      std::string name = row.param.field;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(Zip, refuses_end_records_that_disagree_with_the_directory) {
  auto more = two_members();
  more.count = 3;
  EXPECT_THAT(rules_of(more), ElementsAre("archive.zip.directory"));
  auto fewer = two_members();
  fewer.count = 1;
  EXPECT_THAT(rules_of(fewer), ElementsAre("archive.zip.directory"));
  auto size = two_members();
  size.directory_size = 20;
  EXPECT_THAT(rules_of(size), ElementsAre("archive.zip.directory"));
  auto offset = two_members();
  offset.directory_offset = 7;
  EXPECT_THAT(rules_of(offset), ElementsAre("archive.zip.directory"));
}

TEST(Zip, refuses_several_disks) {
  auto end = two_members();
  end.disk = 1;
  EXPECT_THAT(rules_of(end), ElementsAre("archive.zip.disks"));
  auto entry = two_members();
  entry.members[0].disk = 1;
  EXPECT_THAT(rules_of(entry), ElementsAre("archive.zip.disks"));
}

TEST(Zip, accepts_zip64_records_that_agree) {
  auto zip = two_members();
  zip.zip64 = true;
  EXPECT_THAT(rules_of(zip), ElementsAre());

  auto member = two_members();
  auto& first = member.members[0];
  const auto packed = testing::deflate(first.data).size();
  first.local.size = first.local.packed_size = 0xffffffff;
  first.local.extra = testing::extra_field(1, testing::le64(first.data.size()) + testing::le64(packed));
  EXPECT_THAT(rules_of(member), ElementsAre());
  first.central.extra = first.local.extra;  // surplus, and the same numbers
  EXPECT_THAT(rules_of(member), ElementsAre());
}

TEST(Zip, refuses_zip64_records_that_disagree) {
  auto count = two_members();
  count.zip64 = true;
  count.zip64_count = 3;
  EXPECT_THAT(rules_of(count), ElementsAre("archive.zip.directory"));
  count.count = 2;
  EXPECT_THAT(rules_of(count), ElementsAre("archive.zip.zip64"));

  auto extensible = two_members();
  extensible.zip64 = true;
  extensible.zip64_record_size = 60;
  EXPECT_THAT(rules_of(extensible), ElementsAre("archive.zip.zip64"));

  auto missing = two_members();
  missing.count = 0xffff;
  EXPECT_THAT(rules_of(missing), ElementsAre("archive.zip.zip64"));
}

TEST(Zip, refuses_zip64_extras_that_do_not_fit) {
  auto other = two_members();
  other.members[0].central.extra = testing::extra_field(1, testing::le64(1) + testing::le64(1));
  EXPECT_THAT(rules_of(other), Contains("archive.zip.zip64"));

  auto none = two_members();
  none.members[0].central.size = 0xffffffff;
  EXPECT_THAT(rules_of(none), Contains("archive.zip.zip64"));

  auto empty = two_members();
  empty.members[0].local.size = 0xffffffff;
  empty.members[0].local.extra = testing::extra_field(1, "");
  EXPECT_THAT(rules_of(empty), ElementsAre("archive.zip.zip64"));

  auto odd = two_members();
  odd.members[0].central.extra = testing::extra_field(1, "12345");
  EXPECT_THAT(rules_of(odd), Contains("archive.zip.zip64"));
}

TEST(Zip, refuses_extra_fields_that_are_cut_or_doubled) {
  auto cut = two_members();
  cut.members[0].local.extra = testing::le16(0x5455) + testing::le16(9) + "x";
  EXPECT_THAT(rules_of(cut), ElementsAre("archive.zip.extra"));

  auto doubled = two_members();
  doubled.members[0].central.extra = testing::extra_field(0x5455, "x") + testing::extra_field(0x5455, "x");
  EXPECT_THAT(rules_of(doubled), Contains("archive.zip.extra"));
}

TEST(Zip, refuses_a_second_name_in_a_unicode_path_field) {
  const auto field = [](const std::string& name) {
    return testing::extra_field(0x7075, "\x01" + testing::le32(testing::crc32("demo/__init__.py")) + name);
  };
  auto other = two_members();
  other.members[0].central.extra = field("demo/evil.py");
  EXPECT_THAT(rules_of(other), ElementsAre("archive.zip.unicode-extra"));
  auto local = two_members();
  local.members[0].local.extra = field("demo/evil.py");
  EXPECT_THAT(rules_of(local), ElementsAre("archive.zip.unicode-extra"));
  auto same = two_members();
  same.members[0].central.extra = field("demo/__init__.py");
  EXPECT_THAT(rules_of(same), ElementsAre());
}

RawZip with_descriptor(const std::string& descriptor) {
  auto zip = two_members();
  auto& first = zip.members[0];
  first.local.flags = first.central.flags = 8;
  first.local.crc = first.local.packed_size = first.local.size = 0;
  first.after = descriptor;
  return zip;
}

std::string descriptor_of(const RawZip& zip, bool is_signed, bool wide) {
  const auto& data = zip.members[0].data;
  const auto number = [wide](std::uint64_t value) {
    return wide ? testing::le64(value) : testing::le32(value);
  };
  return (is_signed ? "PK\x07\x08" : "") + testing::le32(testing::crc32(data)) +
         number(testing::deflate(data).size()) + number(data.size());
}

TEST(Zip, refuses_data_descriptors_unless_the_policy_allows_them) {
  Policy allowing;
  allowing.data_descriptors = true;
  for (const bool is_signed : {false, true}) {
    for (const bool wide : {false, true}) {
      const auto zip = with_descriptor(descriptor_of(two_members(), is_signed, wide));
      EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.data-descriptor"));
      EXPECT_THAT(rules_of(zip, allowing), ElementsAre());
    }
  }
}

TEST(Zip, refuses_data_descriptors_that_disagree_also_where_allowed) {
  Policy allowing;
  allowing.data_descriptors = true;
  auto wrong = descriptor_of(two_members(), true, false);
  wrong[5] = static_cast<char>(wrong[5] ^ 1);
  EXPECT_THAT(rules_of(with_descriptor(wrong), allowing), ElementsAre("archive.zip.data-descriptor"));
  EXPECT_THAT(rules_of(with_descriptor(""), allowing), ElementsAre("archive.zip.data-descriptor"));
  EXPECT_THAT(rules_of(with_descriptor(std::string(17, 'x')), allowing),
              ElementsAre("archive.zip.data-descriptor"));
}

TEST(Zip, refuses_encrypted_members) {
  auto zip = two_members();
  zip.members[0].local.flags = zip.members[0].central.flags = 1;
  const auto outcome = read(zip.bytes());
  EXPECT_THAT(outcome.rules, ElementsAre("archive.zip.encryption"));
  EXPECT_THAT(outcome.recorder.broken, ElementsAre("demo/__init__.py"));
}

TEST(Zip, refuses_unknown_flags) {
  auto zip = two_members();
  zip.members[0].local.flags = zip.members[0].central.flags = 1U << 5U;
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.flags"));
}

TEST(Zip, refuses_other_compression_methods) {
  auto zip = two_members();
  zip.members[0].local.method = zip.members[0].central.method = 12;
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.method"));
}

TEST(Zip, refuses_a_comment_on_a_member) {
  auto zip = two_members();
  zip.members[0].comment = "hello";
  EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.comment"));
}

// Both headers state the same wrong size.
TEST(Zip, refuses_content_that_is_shorter_or_longer_than_stated) {
  for (const std::uint32_t stated : {4999U, 5001U, 0U}) {
    auto zip = two_members();
    zip.members[0].local.size = zip.members[0].central.size = stated;
    EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.size")) << stated;
  }
  auto stored = two_members();
  stored.members[1].local.size = stored.members[1].central.size = 3;
  EXPECT_THAT(rules_of(stored), ElementsAre("archive.zip.size"));
}

TEST(Zip, refuses_streamed_content_that_is_shorter_or_longer_than_stated) {
  const std::string big(3U << 20U, 'x');
  for (const std::uint32_t stated : {(3U << 20U) - 1, (3U << 20U) + 1}) {
    auto zip = RawZip{}.add("big", big);
    zip.last().local.size = zip.last().central.size = stated;
    EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.size")) << stated;
  }
}

TEST(Zip, refuses_content_with_another_crc) {
  for (const bool deflated : {true, false}) {
    auto zip = RawZip{}.add("a", "content", deflated);
    zip.last().local.crc = zip.last().central.crc = 5;
    const auto outcome = read(zip.bytes());
    EXPECT_THAT(outcome.rules, ElementsAre("archive.zip.crc"));
    EXPECT_THAT(outcome.recorder.broken, ElementsAre("a"));
  }
}

TEST(Zip, refuses_deflate_streams_that_are_broken_cut_or_followed_by_bytes) {
  for (const std::size_t size : {std::size_t{5000}, std::size_t{3U << 20U}}) {
    std::string data;
    while (data.size() < size)
      data += std::to_string(data.size() * 7919);
    const auto stream = testing::deflate(data);
    for (const auto& packed : {stream + "x", stream.substr(0, stream.size() - 3), "\xff" + stream}) {
      auto zip = RawZip{}.add("a", data);
      zip.last().packed = packed;
      EXPECT_THAT(rules_of(zip), ElementsAre("archive.zip.deflate")) << size;
    }
  }
}

TEST(Zip, refuses_links_devices_and_contradictory_modes) {
  const auto with_attributes = [](const std::string& name, std::uint32_t attributes) {
    auto zip = named(name);
    zip.last().attributes = attributes;
    return rules_of(zip);
  };
  EXPECT_THAT(with_attributes("link", 0120777U << 16U), ElementsAre("archive.member.symlink"));
  EXPECT_THAT(with_attributes("pipe", 0010644U << 16U), ElementsAre("archive.member.special"));
  EXPECT_THAT(with_attributes("disk", 0060644U << 16U), ElementsAre("archive.member.special"));
  EXPECT_THAT(with_attributes("folder", 0040755U << 16U), ElementsAre("archive.member.type"));
  EXPECT_THAT(with_attributes("folder/", 0100644U << 16U), ElementsAre("archive.member.type"));
  EXPECT_THAT(with_attributes("folder", 0x10), ElementsAre("archive.member.type"));
  EXPECT_THAT(with_attributes("root", 0104755U << 16U), ElementsAre("archive.member.mode"));
  EXPECT_THAT(with_attributes("folder/", 0), ElementsAre());
  auto full = RawZip{}.add("folder/", "content");
  EXPECT_THAT(rules_of(full), ElementsAre("archive.member.type"));
}

TEST(Zip, refuses_unflagged_and_malformed_names) {
  auto unflagged = named("caf\u00e9");
  unflagged.last().local.flags = unflagged.last().central.flags = 0;
  EXPECT_THAT(rules_of(unflagged), ElementsAre("archive.name.encoding"));
  EXPECT_THAT(rules_of(named("caf\xe9")), ElementsAre("archive.name.encoding"));
  EXPECT_THAT(rules_of(named("caf\u00e9")), ElementsAre());
}

TEST(Zip, refuses_names_that_mean_one_file) {
  const auto pair = [](const std::string& a, const std::string& b) {
    return rules_of(RawZip{}.add(a, "").add("middle", "").add(b, ""));
  };
  EXPECT_THAT(pair("demo/a.py", "demo/a.py"), ElementsAre("archive.name.duplicate"));
  EXPECT_THAT(pair("demo/", "demo/"), ElementsAre("archive.name.duplicate"));
}

TEST(Zip, refuses_a_bomb_by_its_stated_sizes_before_inflating) {
  // A 1 MB zip that says it holds 10 GB.
  auto zip = RawZip{};
  for (int i = 0; i < 10; ++i) {
    zip.add("bomb" + std::to_string(i), "");
    zip.last().packed = std::string(100'000, 'x');
    zip.last().local.size = zip.last().central.size = 1'000'000'000;
  }
  const auto bytes = zip.bytes();
  const MemorySource source{bytes};
  const Policy policy;
  const ZipReader reader{source, policy};

  EXPECT_FALSE(reader.readable());
  ASSERT_EQ(reader.violations().kept().size(), 1U);
  EXPECT_EQ(info(reader.violations().kept()[0].rule).id, "archive.limit.ratio");
  EXPECT_THAT(reader.violations().kept()[0].found, HasSubstr("10000000000 bytes in"));
}

TEST(Zip, stops_inflating_where_a_bomb_lies_about_its_size) {
  auto zip = RawZip{}.add("bomb", std::string(64U << 20U, '\0'));
  zip.last().local.size = zip.last().central.size = 3U << 20U;
  const auto outcome = read(zip.bytes());

  EXPECT_THAT(outcome.rules, ElementsAre("archive.zip.size"));
  EXPECT_LE(outcome.recorder.contents.at("bomb").size(), 3U << 20U);
}

TEST(Zip, holds_each_limit_of_its_policy) {
  Policy entries;
  entries.limits.entries = 1;
  EXPECT_THAT(rules_of(two_members(), entries), ElementsAre("archive.limit.entries"));
  Policy index;
  index.limits.index_bytes = 100;
  EXPECT_THAT(rules_of(two_members(), index), ElementsAre("archive.limit.index"));
  Policy size;
  size.limits.total_size = 5000;
  EXPECT_THAT(rules_of(two_members(), size), ElementsAre("archive.limit.size"));
  Policy ratio;
  ratio.limits.ratio_from = 1000;
  ratio.limits.ratio = 3;
  EXPECT_THAT(rules_of(two_members(), ratio), ElementsAre("archive.limit.ratio"));
  Policy name;
  name.limits.name_bytes = 10;
  EXPECT_THAT(rules_of(two_members(), name), ElementsAre("archive.path.length"));
}

TEST(Zip, bounds_the_violations_it_keeps) {
  auto zip = RawZip{};
  for (int i = 0; i < 100; ++i)
    zip.add("../" + std::to_string(i), "");
  const auto bytes = zip.bytes();
  const MemorySource source{bytes};
  const Policy policy;
  const ZipReader reader{source, policy};

  EXPECT_EQ(reader.violations().kept().size(), Violations::kept_per_rule);
  EXPECT_EQ(reader.violations().count(Rule::path_traversal), 100U);
}

TEST(Zip, is_recognised_at_the_end_of_another_file) {
  const auto zip = two_members().bytes();
  EXPECT_TRUE(looks_like_zip_end(MemorySource{zip}));
  EXPECT_TRUE(looks_like_zip_end(MemorySource{"something else" + zip + "and more"}));
  EXPECT_FALSE(looks_like_zip_end(MemorySource{"PK\x05\x06 by chance, in the middle of something else"}));
  EXPECT_FALSE(looks_like_zip_end(MemorySource{""}));
}

}  // namespace
}  // namespace packhouse::archive
