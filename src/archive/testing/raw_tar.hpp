#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packhouse::archive::testing {

/// One gzip member around `bytes`. `flags` and `extra` go into the header as they are.
std::string gzip(std::string_view bytes, unsigned char flags = 0, std::string_view extra = {});

/// A pax record, with its length.
std::string pax_record(std::string_view key, std::string_view value);

/// One tar header with its data. What is unset is the truth.
struct RawTarMember {
  std::string name;
  std::string data;
  char type = '0';
  std::string link;
  std::string mode = "0000644";
  std::optional<std::string> size;  ///< the field's 12 bytes
  std::string magic = std::string{"ustar\00000", 8};
  std::string prefix;
  std::optional<std::string> checksum;                        ///< the field's 8 bytes
  std::vector<std::pair<std::size_t, std::string>> bytes_at;  ///< of the header, over everything but the sum
  bool cut_padding = false;

  /// Header, data and padding.
  std::string bytes() const;
};

/// Writes a tar.gz byte by byte, right by default, wrong wherever a test says so.
struct RawTar {
  std::vector<RawTarMember> members;
  std::string end = std::string(1024, '\0');
  std::string after;  ///< after the two zero blocks, inside the gzip member

  RawTar& add(std::string name, std::string data, char type = '0');
  RawTar& add_link(std::string name, std::string target, char type = '2');
  /// A pax header ('x' or 'g') of these records.
  RawTar& add_pax(std::string records, char type = 'x');
  RawTarMember& last() { return members.back(); }
  std::string tar() const;
  std::string bytes() const { return gzip(tar()); }
};

}  // namespace packhouse::archive::testing
