#include "archive/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "archive/gzip.hpp"
#include "archive/links.hpp"
#include "archive/names.hpp"
#include "archive/pax.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace packhouse::archive {
namespace {

constexpr std::uint64_t block = 512;
// Of a pax header or a GNU long name: far more than a path needs, little enough to hold.
constexpr std::uint64_t extension_limit = 1U << 20U;
// tar pads its output to records of 10 KB; zlib would make a gigabyte of zeros of nothing.
constexpr std::uint64_t padding_limit = 1U << 20U;

std::string_view field(std::string_view header, std::size_t offset, std::size_t size) {
  return header.substr(offset, size);
}

// Up to the first NUL; nothing if there are other bytes behind it, which some readers would show.
std::optional<std::string_view> text_field(std::string_view bytes) {
  const auto end = std::min(bytes.find('\0'), bytes.size());
  if (bytes.find_first_not_of('\0', end) != std::string_view::npos) return std::nullopt;
  return bytes.substr(0, end);
}

// Octal digits, blanks and NULs after them.
std::optional<std::uint64_t> octal(std::string_view bytes) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (; digits < bytes.size() && bytes[digits] >= '0' && bytes[digits] <= '7'; ++digits)
    value = value * 8 + static_cast<std::uint64_t>(bytes[digits] - '0');
  const bool ended = bytes.find_first_not_of(std::string_view{" \0", 2}, digits) == std::string_view::npos;
  return digits > 0 && ended ? std::optional{value} : std::nullopt;
}

// Old tars have blanks before a number, or in place of one. Python takes them, and uv stops at them.
bool is_padded(std::string_view bytes) {
  return bytes.starts_with(' ');
}

bool is_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

bool is_blank(std::string_view bytes) {
  return bytes.find_first_not_of(std::string_view{" \0", 2}) == std::string_view::npos;
}

// GNU's binary form of a number: a byte 0x80, or 0xff for a negative one, then big-endian bytes. Of these all
// but the last `size` only continue the sign.
bool is_binary(std::string_view bytes, std::size_t size, bool negative) {
  const char sign = negative ? '\xff' : '\0';
  if (bytes.front() != (negative ? '\xff' : '\x80')) return false;
  return bytes.substr(1, bytes.size() - 1 - size).find_first_not_of(sign) == std::string_view::npos;
}

// Owners and devices are not used here, so that empty and binary ones do as well. But Python's reader takes a
// number that it cannot read for the end of the archive, and GNU's one that fits into no user's identifier
// for a failure.
bool is_owner(std::string_view bytes) {
  constexpr std::uint64_t max = 0xffffffff;
  return is_blank(bytes) || octal(bytes).value_or(max + 1) <= max || is_binary(bytes, 4, false);
}

bool is_time(std::string_view bytes) {
  if (is_blank(bytes) || octal(bytes)) return true;
  const bool negative = (static_cast<unsigned char>(bytes[4]) & 0x80U) != 0;
  return is_binary(bytes, 8, negative);
}

// The sum of the header's bytes with its own field as blanks. Blanks before it are let pass.
bool checksum_fits(std::string_view header) {
  const auto stated = octal(trim(field(header, 148, 8), " "));
  std::uint64_t sum = 8 * std::uint64_t{' '};
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
  }
  return stated == sum;
}

struct Header {
  std::string name;
  std::string link;
  std::uint32_t mode = 0;
  std::uint64_t size = 0;
  char type = '0';
};

// The header, or the rule that it breaks.
struct HeaderOrRule {
  std::optional<Header> header;
  Rule rule = Rule::tar_header;
  std::string found;
};

// Mode, owner, group, size and time: those that every reader reads.
constexpr std::array<std::pair<std::size_t, std::size_t>, 5> numbers{
    {{100, 8}, {108, 8}, {116, 8}, {124, 12}, {136, 12}}};

HeaderOrRule read_header(std::string_view bytes) {
  static constexpr std::string_view padded = "blanks before the number, at which uv stops";
  if (!checksum_fits(bytes)) return {{}, Rule::tar_checksum, "another one"};
  if (is_padded(field(bytes, 148, 8))) return {{}, Rule::tar_checksum, std::string{padded}};
  const auto magic = field(bytes, 257, 8);
  const bool posix = magic == std::string_view{"ustar\00000", 8};
  if (!posix && magic != std::string_view{"ustar  \0", 8})
    return {{}, Rule::tar_header, "format " + quote(magic)};
  const auto name = text_field(field(bytes, 0, 100));
  const auto link = text_field(field(bytes, 157, 100));
  const auto prefix = text_field(field(bytes, 345, 155));
  // Where POSIX has the front of a long name GNU keeps other things, and Python's reader takes them for it.
  if (!posix && !is_zero(field(bytes, 345, 155))) {
    return {{}, Rule::tar_header, "GNU's format with bytes where others have the front of a name"};
  }
  if (!name || !link || !prefix) return {{}, Rule::tar_header, "a name with bytes after its end"};
  for (const auto& [offset, length] : numbers) {
    if (is_padded(field(bytes, offset, length))) {
      return {{}, Rule::tar_number, fmt::format("{}, in the header of {}", padded, quote(*name))};
    }
  }
  const auto mode = octal(field(bytes, 100, 8));
  const auto size = octal(field(bytes, 124, 12));
  const bool owners = is_owner(field(bytes, 108, 8)) && is_owner(field(bytes, 116, 8));
  const bool devices = is_owner(field(bytes, 329, 8)) && is_owner(field(bytes, 337, 8));
  if (!mode || !size || !owners || !devices || !is_time(field(bytes, 136, 12))) {
    return {{}, Rule::tar_number, "mode, owner, size, time or device of " + quote(*name)};
  }
  Header header;
  header.name = prefix->empty() ? std::string{*name} : std::string{*prefix} + "/" + std::string{*name};
  header.link = *link;
  header.mode = static_cast<std::uint32_t>(*mode & 07777U);
  header.size = *size;
  header.type = bytes[156];
  return {std::move(header), {}, {}};
}

// The uncompressed stream, taken in pieces of any size.
class Input {
 public:
  explicit Input(GzipStream& gzip) : gzip_(gzip) {}

  /// At most `count` bytes, at least one; empty at the end.
  std::string_view take(std::uint64_t count) {
    if (rest_.empty()) rest_ = gzip_.next();
    const auto taken =
        rest_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_.size())));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// Exactly `count` bytes, or fewer at the end.
  std::string take_all(std::uint64_t count) {
    std::string bytes;
    while (bytes.size() < count) {
      const auto piece = take(count - bytes.size());
      if (piece.empty()) break;
      bytes.append(piece);
    }
    return bytes;
  }

  std::uint64_t allowance() const noexcept { return gzip_.allowance() + rest_.size(); }
  Rule limiting_rule() const noexcept { return gzip_.limiting_rule(); }
  bool failed() const noexcept { return gzip_.failed(); }

 private:
  GzipStream& gzip_;
  std::string_view rest_;
};

/// One pass over a tar.
class Walk {
 public:
  Walk(Input& input, const Policy& policy, MemberSink& sink, Violations& violations,
       std::vector<Member>& members)
      : input_(input), policy_(policy), sink_(sink), violations_(violations), members_(members) {}

  /// True if the archive was read to its end.
  bool run() {
    while (true) {
      const auto bytes = input_.take_all(block);
      if (input_.failed()) return false;
      if (bytes.size() < block) return refuse(Rule::tar_end, "the end of the stream");
      if (is_zero(bytes)) return finish();
      auto read = read_header(bytes);
      if (!read.header) return refuse(read.rule, std::move(read.found));
      if (!accept(*read.header)) return false;
    }
  }

 private:
  bool refuse(Rule rule, std::string found) {
    violations_.add(rule, std::move(found));
    return false;
  }

  bool finish() {
    if (pending()) return refuse(Rule::tar_end, "an extension header without a member");
    const auto second = input_.take_all(block);
    if (input_.failed()) return false;
    if (second.size() < block) return refuse(Rule::tar_end, "one zero block");
    if (!is_zero(second)) return refuse(Rule::tar_end, "one zero block, and then more");
    std::uint64_t padding = 0;
    for (auto chunk = input_.take(block * 128); !chunk.empty(); chunk = input_.take(block * 128)) {
      padding += chunk.size();
      if (!is_zero(chunk))
        return refuse(Rule::tar_trailing_data, fmt::format("other bytes in the last {}", padding));
      if (padding > padding_limit) return refuse(Rule::tar_trailing_data, "more than a megabyte of zeros");
    }
    return !input_.failed();
  }

  bool accept(const Header& header) {
    switch (header.type) {
      case 'x':
      case 'g':
        return accept_pax(header);
      case 'L':
      case 'K':
        return accept_long_name(header);
      case 'S':
        return refuse(Rule::tar_sparse, quote(header.name));
      default:
        return accept_member(header);
    }
  }

  bool pending() const { return pax_seen_ || long_name_ || long_link_; }

  // The data of an extension header, with its padding.
  std::optional<std::string> extension(const Header& header, Rule rule) {
    if (header.size > extension_limit) {
      refuse(Rule::limit_index, fmt::format("an extension header of {} bytes", header.size));
      return std::nullopt;
    }
    auto data = input_.take_all(padded(header.size));
    if (input_.failed()) return std::nullopt;
    if (data.size() < padded(header.size)) {
      refuse(rule, "one that is cut");
      return std::nullopt;
    }
    data.resize(static_cast<std::size_t>(header.size));
    return data;
  }

  bool accept_pax(const Header& header) {
    const bool global = header.type == 'g';
    // Two headers for one member: readers differ in which of them wins.
    if (pending()) return refuse(Rule::tar_pax, "a second extension header for one member");
    const auto data = extension(header, Rule::tar_pax);
    if (!data) return false;
    pax_seen_ = !global;
    return read_pax(*data, global, pax_, violations_);
  }

  bool accept_long_name(const Header& header) {
    auto& name = header.type == 'L' ? long_name_ : long_link_;
    if (pax_seen_ || name) return refuse(Rule::tar_long_name, "a second name for one member");
    const auto data = extension(header, Rule::tar_long_name);
    if (!data) return false;
    const auto text = text_field(*data);
    if (!text || text->empty() || text->size() == data->size()) {
      return refuse(Rule::tar_long_name, "one that is not a text ended by NUL");
    }
    name = std::string{*text};
    return true;
  }

  static std::uint64_t padded(std::uint64_t size) { return (size + block - 1) / block * block; }

  Member take_member(const Header& header) {
    Member member;
    member.name = header.name;
    member.link_target = header.link;
    if (pax_.path) member.name = std::move(*pax_.path);
    if (pax_.link_path) member.link_target = std::move(*pax_.link_path);
    if (long_name_) member.name = std::move(*long_name_);
    if (long_link_) member.link_target = std::move(*long_link_);
    member.size = header.size;
    member.mode = header.mode;
    pax_ = {};
    pax_seen_ = false;
    long_name_.reset();
    long_link_.reset();
    return member;
  }

  bool accept_member(const Header& header) {
    auto member = take_member(header);
    if (!within_limits(member)) return false;
    if (!classify(header.type, member)) return false;
    check_path(member.name, policy_.limits, violations_);
    if ((member.mode & 07000U) != 0) {
      violations_.add(Rule::member_mode, fmt::format("mode {:04o} of {}", member.mode, quote(member.name)));
    }
    members_.push_back(std::move(member));
    return deliver(members_.back());
  }

  bool within_limits(const Member& member) {
    const auto& limits = policy_.limits;
    name_bytes_ += member.name.size() + member.link_target.size();
    if (members_.size() >= limits.entries) {
      return refuse(Rule::limit_entries, fmt::format("more than {}", limits.entries));
    }
    if (name_bytes_ > limits.index_bytes) {
      return refuse(Rule::limit_index, fmt::format("more than {} bytes of names", limits.index_bytes));
    }
    // Before its bytes are made: the header states what would come.
    if (member.size > input_.allowance()) {
      return refuse(input_.limiting_rule(),
                    fmt::format("{} bytes stated for {}", member.size, quote(member.name)));
    }
    return true;
  }

  // What it is. False if readers differ in whether data follows, so that nothing after it is certain.
  bool classify(char type, Member& member) {
    const auto name = quote(member.name);
    const bool slash = member.name.ends_with('/');
    switch (type) {
      case '0':
      case '\0':
        if (slash) violations_.add(Rule::member_type, "a file named as a directory: " + name);
        return true;
      case '5':
        member.type = MemberType::directory;
        if (!slash) member.name += '/';
        break;
      case '1':
        member.type = MemberType::hardlink;
        break;
      case '2':
        member.type = MemberType::symlink;
        break;
      default:
        member.type = MemberType::special;
        violations_.add(Rule::member_special, fmt::format("{} of type {}", name, quote({&type, 1})));
        break;
    }
    if (member.size == 0) return true;
    return refuse(Rule::member_type, fmt::format("{} bytes in {}, which is no file", member.size, name));
  }

  bool deliver(const Member& member) {
    sink_.begin(member);
    std::uint64_t left = member.size;
    while (left > 0) {
      const auto chunk = input_.take(left);
      if (chunk.empty()) break;
      sink_.write(chunk);
      left -= chunk.size();
    }
    sink_.end(member, left == 0);
    if (input_.failed()) return false;
    const auto padding = padded(member.size) - member.size;
    if (left > 0 || input_.take_all(padding).size() < padding) {
      return input_.failed() ? false : refuse(Rule::truncated, quote(member.name) + " is cut");
    }
    return true;
  }

  Input& input_;
  const Policy& policy_;
  MemberSink& sink_;
  Violations& violations_;
  std::vector<Member>& members_;
  PaxHeader pax_;
  bool pax_seen_ = false;
  std::optional<std::string> long_name_;
  std::optional<std::string> long_link_;
  std::uint64_t name_bytes_ = 0;
};

/// Hashes the members of some names. One that is not hashed has an empty digest.
class RepeatHasher final : public MemberSink {
 public:
  explicit RepeatHasher(const std::set<std::string_view>& names) : names_(names) {}

  void begin(const Member& member) override {
    if (names_.contains(member.name)) hasher_.emplace();
  }
  void write(std::string_view chunk) override {
    if (hasher_) hasher_->update(chunk);
  }
  void end(const Member&, bool) override {
    digests_.push_back(hasher_ ? hasher_->finish().sha256.hex() : std::string{});
    hasher_.reset();
  }

  std::vector<std::string> take() { return std::move(digests_); }

 private:
  const std::set<std::string_view>& names_;
  std::optional<Hasher> hasher_;
  std::vector<std::string> digests_;
};

// Of each member whose name stands more than once, by position; nothing if there is none. Reads the archive
// again, which only old archives with such names cost.
std::vector<std::string> digests_of_repeated(const ByteSource& source, const Policy& policy,
                                             const std::vector<Member>& members) {
  std::set<std::string_view> seen;
  std::set<std::string_view> repeated;
  for (const auto& member : members) {
    if (!seen.insert(member.name).second) repeated.insert(member.name);
  }
  if (repeated.empty()) return {};
  Violations known;
  std::vector<Member> again;
  RepeatHasher hasher{repeated};
  GzipStream gzip{source, policy.limits, known};
  Input input{gzip};
  Walk{input, policy, hasher, known, again}.run();
  auto digests = hasher.take();
  digests.resize(members.size());
  return digests;
}

bool is_copy(const Member& a, const Member& b) {
  return a.type == b.type && a.size == b.size && a.link_target == b.link_target;
}

// All members but those that repeat an earlier one, bytes and all: whichever a reader takes, it gets the
// same.
std::vector<const Member*> without_copies(const std::vector<Member>& members,
                                          const std::vector<std::string>& digests) {
  std::map<std::string_view, std::size_t> first;
  std::vector<const Member*> kept;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!digests.empty()) {
      const auto [place, is_new] = first.try_emplace(members[i].name, i);
      if (!is_new && is_copy(members[place->second], members[i]) && digests[place->second] == digests[i])
        continue;
    }
    kept.push_back(&members[i]);
  }
  return kept;
}

}  // namespace

void TarGzReader::read_all(MemberSink& sink) {
  GzipStream gzip{source_, policy_.limits, violations_};
  if (gzip.failed()) return;
  Input input{gzip};
  complete_ = Walk{input, policy_, sink, violations_, members_}.run();
  check_links(members_, policy_.links_inside, violations_);
  check_clashes(without_copies(members_, digests_of_repeated(source_, policy_, members_)), violations_);
}

bool looks_like_tar(const ByteSource& source) {
  if (source.size() < block) return false;
  std::array<char, block> bytes{};
  source.read_at(0, bytes);
  return checksum_fits({bytes.data(), bytes.size()});
}

}  // namespace packhouse::archive
