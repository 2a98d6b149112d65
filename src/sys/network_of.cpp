#include "sys/network_of.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <span>

namespace packhouse {
namespace {

constexpr std::size_t prefix_bytes = 8;
constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string to_text(int family, const unsigned char* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

std::string network_of(std::string_view address) {
  std::string text(address);
  std::array<unsigned char, 16> bytes{};
  const bool is_v6 = text.find(':') != std::string::npos;
  if (!is_v6 || ::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  if (std::ranges::equal(mapped, std::span(bytes).first(mapped.size())))
    return to_text(AF_INET, bytes.data() + mapped.size());
  std::fill(bytes.begin() + prefix_bytes, bytes.end(), 0);
  return to_text(AF_INET6, bytes.data()) + "/64";
}

}  // namespace packhouse
