#include "archive/testing/raw_tar.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "archive/testing/raw_zip.hpp"

namespace packhouse::archive::testing {
namespace {

std::string padded(std::string_view text, std::size_t size) {
  std::string bytes{text};
  if (bytes.size() > size) throw std::invalid_argument("a tar field that does not fit");
  bytes.resize(size, '\0');
  return bytes;
}

std::string checksum_of(std::string_view header) {
  std::uint64_t sum = 0;
  for (const char c : header)
    sum += static_cast<unsigned char>(c);
  return fmt::format("{:06o}", sum) + std::string{"\0 ", 2};
}

}  // namespace

std::string gzip(std::string_view bytes, unsigned char flags, std::string_view extra) {
  std::string out{"\x1f\x8b\x08", 3};
  out += static_cast<char>(flags);
  out += std::string{"\0\0\0\0\0\xff", 6};
  out += std::string{extra} + deflate(bytes) + le32(crc32(bytes)) + le32(bytes.size() & 0xffffffffU);
  return out;
}

std::string pax_record(std::string_view key, std::string_view value) {
  const auto body = fmt::format(" {}={}\n", key, value);
  auto length = body.size() + 1;
  while (fmt::format("{}", length).size() + body.size() != length)
    ++length;
  return fmt::format("{}{}", length, body);
}

std::string RawTarMember::bytes() const {
  auto header = padded(name, 100) + padded(mode, 8) + padded("0000000", 8) + padded("0000000", 8) +
                padded(size.value_or(fmt::format("{:011o}", data.size())), 12) + padded("14707246000", 12) +
                std::string(8, ' ') + type + padded(link, 100) + padded(magic, 8) + padded("root", 32) +
                padded("root", 32) + padded("0000000", 8) + padded("0000000", 8) + padded(prefix, 155) +
                std::string(12, '\0');
  for (const auto& [offset, bytes] : bytes_at)
    header.replace(offset, bytes.size(), bytes);
  header.replace(148, 8, checksum.value_or(checksum_of(header)));
  auto out = header + data;
  if (!cut_padding) out.resize((out.size() + 511) / 512 * 512, '\0');
  return out;
}

RawTar& RawTar::add(std::string name, std::string data, char type) {
  RawTarMember member;
  member.name = std::move(name);
  member.data = std::move(data);
  member.type = type;
  members.push_back(std::move(member));
  return *this;
}

RawTar& RawTar::add_link(std::string name, std::string target, char type) {
  add(std::move(name), "", type);
  last().link = std::move(target);
  return *this;
}

RawTar& RawTar::add_pax(std::string records, char type) {
  return add("PaxHeaders/x", std::move(records), type);
}

std::string RawTar::tar() const {
  std::string out;
  for (const auto& member : members)
    out += member.bytes();
  return out + end + after;
}

}  // namespace packhouse::archive::testing
