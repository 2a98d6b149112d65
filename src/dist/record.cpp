#include "dist/record.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.hpp"

namespace packhouse::dist {
namespace {

struct Algorithm {
  std::string_view name;
  const char* evp_name;
};

// hashlib's guaranteed algorithms of 256 bits and more that OpenSSL has with the same output.
constexpr std::array<Algorithm, 8> strong{{{"sha256", "SHA256"},
                                           {"sha384", "SHA384"},
                                           {"sha512", "SHA512"},
                                           {"sha3_256", "SHA3-256"},
                                           {"sha3_384", "SHA3-384"},
                                           {"sha3_512", "SHA3-512"},
                                           {"blake2b", "BLAKE2B-512"},
                                           {"blake2s", "BLAKE2S-256"}}};
constexpr std::array<std::string_view, 4> weak{"md5", "sha1", "sha224", "sha3_224"};

void require(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

// One field off `rest`, which begins with it; stops before the comma or the line's end. Nothing for a quote
// in the wrong place.
std::optional<std::string> take_field(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find_first_of(",\r\n"), rest.size());
    std::string field{rest.substr(0, end)};
    rest.remove_prefix(end);
    return field.contains('"') ? std::nullopt : std::optional{std::move(field)};
  }
  std::string field;
  rest.remove_prefix(1);
  while (true) {
    const auto end = rest.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    field.append(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (!rest.starts_with('"')) return field;
    field.push_back('"');
    rest.remove_prefix(1);
  }
}

// Takes the end of a line off `rest`; the end of the file is one too.
bool take_line_end(std::string_view& rest) {
  if (rest.starts_with("\r\n")) {
    rest.remove_prefix(2);
  } else if (rest.starts_with('\n')) {
    rest.remove_prefix(1);
  } else {
    return rest.empty();
  }
  return true;
}

std::optional<RecordEntry> take_line(std::string_view& rest) {
  std::array<std::string, 3> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) {
      if (!rest.starts_with(',')) return std::nullopt;
      rest.remove_prefix(1);
    }
    auto field = take_field(rest);
    if (!field) return std::nullopt;
    fields[i] = std::move(*field);
  }
  if (!take_line_end(rest)) return std::nullopt;
  RecordEntry entry{std::move(fields[0]), {}, {}, std::move(fields[2])};
  if (fields[1].empty()) return entry;
  const auto equals = fields[1].find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == fields[1].size()) return std::nullopt;
  entry.algorithm = fields[1].substr(0, equals);
  entry.digest = fields[1].substr(equals + 1);
  return entry;
}

}  // namespace

Result<std::vector<RecordEntry>> parse_record(std::string_view bytes) {
  if (!is_utf8(bytes)) return Error{Errc::invalid_input, "expected UTF-8, found other bytes"};
  std::vector<RecordEntry> entries;
  while (!bytes.empty()) {
    const auto line = bytes.substr(0, std::min(bytes.find('\n'), bytes.size()));
    auto entry = take_line(bytes);
    if (!entry || entry->path.empty()) {
      return Error{Errc::invalid_input,
                   fmt::format("expected \"path,algorithm=digest,size\", found {} as line {}", quote(line),
                               entries.size() + 1)};
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

bool is_strong_algorithm(std::string_view name) noexcept {
  return std::ranges::find(strong, name, &Algorithm::name) != strong.end();
}

bool is_weak_algorithm(std::string_view name) noexcept {
  return std::ranges::find(weak, name) != weak.end();
}

struct RecordHasher::State {
  std::array<EVP_MD*, strong.size()> fetched{};
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (EVP_MD* algorithm : fetched)
      EVP_MD_free(algorithm);
    EVP_MD_CTX_free(context);
  }
};

RecordHasher::RecordHasher() : state_(std::make_unique<State>()) {
  require(state_->context != nullptr, "EVP_MD_CTX_new failed");
}
RecordHasher::~RecordHasher() = default;

void RecordHasher::start(std::string_view algorithm) {
  const auto found = std::ranges::find(strong, algorithm, &Algorithm::name);
  require(found != strong.end(), "a digest that RECORD does not know");
  auto& fetched = state_->fetched[static_cast<std::size_t>(found - strong.begin())];
  if (fetched == nullptr) fetched = EVP_MD_fetch(nullptr, found->evp_name, nullptr);
  require(fetched != nullptr, "EVP_MD_fetch failed");
  require(EVP_DigestInit_ex2(state_->context, fetched, nullptr) == 1, "EVP_DigestInit_ex2 failed");
}

void RecordHasher::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate failed");
}

std::string RecordHasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(state_->context, bytes.data(), &size) == 1, "EVP_DigestFinal_ex failed");
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

}  // namespace packhouse::dist
