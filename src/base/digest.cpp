#include "base/digest.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <stdexcept>

#include "base/text.hpp"

namespace packhouse {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void require(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

Context start(const EVP_MD* algorithm) {
  Context context{EVP_MD_CTX_new()};
  require(context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1, "EVP_DigestInit_ex failed");
  return context;
}

template <std::size_t N>
std::array<std::uint8_t, N> finish(EVP_MD_CTX* context) {
  std::array<std::uint8_t, N> bytes{};
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(context, bytes.data(), &length) == 1 && length == N,
          "EVP_DigestFinal_ex failed");
  return bytes;
}

}  // namespace

Result<Sha256> Sha256::parse(std::string_view hex) {
  std::array<std::uint8_t, size> value{};
  if (from_hex(hex, value)) return Sha256{value};
  return Error{Errc::invalid_input, "expected a SHA-256 of 64 hexadecimal digits, found " + quote(hex, 80)};
}

Sha256 Sha256::of(std::string_view bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish().sha256;
}

std::string Sha256::hex() const {
  return to_hex(bytes_);
}

struct Hasher::State {
  Context sha256;
  Context md5;
  bool with_blake2b = false;
  // OpenSSL 3.0 has no 32-byte BLAKE2b (it answers with 64 bytes), so libsodium's.
  crypto_generichash_state blake2b{};
};

Hasher::Hasher(HashSet wanted) : state_(std::make_unique<State>()) {
  state_->sha256 = start(EVP_sha256());
  if (wanted.md5) state_->md5 = start(EVP_md5());
  if (wanted.blake2b_256) {
    require(sodium_init() >= 0, "sodium_init failed");
    require(crypto_generichash_init(&state_->blake2b, nullptr, 0, 32) == 0, "crypto_generichash_init failed");
    state_->with_blake2b = true;
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) {
  for (const auto* context : {&state_->sha256, &state_->md5}) {
    if (!*context) continue;
    require(EVP_DigestUpdate(context->get(), bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate failed");
  }
  if (state_->with_blake2b) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    require(crypto_generichash_update(&state_->blake2b, data, bytes.size()) == 0,
            "crypto_generichash_update failed");
  }
}

HashValues Hasher::finish() {
  HashValues values;
  values.sha256 = Sha256{packhouse::finish<Sha256::size>(state_->sha256.get())};
  if (state_->md5) values.md5 = to_hex(packhouse::finish<16>(state_->md5.get()));
  if (state_->with_blake2b) {
    std::array<std::uint8_t, 32> bytes{};
    require(crypto_generichash_final(&state_->blake2b, bytes.data(), bytes.size()) == 0,
            "crypto_generichash_final failed");
    values.blake2b_256 = to_hex(bytes);
  }
  return values;
}

namespace {

struct NamedAlgorithm {
  std::string_view name;
  const EVP_MD* (*algorithm)();
  std::size_t size;  // bytes
  bool secure;
};

constexpr std::array<NamedAlgorithm, 12> named_algorithms{{
    {"blake2b", EVP_blake2b512, 64, true},
    {"blake2s", EVP_blake2s256, 32, true},
    {"md5", EVP_md5, 16, false},
    {"sha1", EVP_sha1, 20, false},
    {"sha224", EVP_sha224, 28, false},
    {"sha256", EVP_sha256, 32, true},
    {"sha384", EVP_sha384, 48, true},
    {"sha3_224", EVP_sha3_224, 28, false},
    {"sha3_256", EVP_sha3_256, 32, true},
    {"sha3_384", EVP_sha3_384, 48, true},
    {"sha3_512", EVP_sha3_512, 64, true},
    {"sha512", EVP_sha512, 64, true},
}};

const NamedAlgorithm* find_algorithm(std::string_view name) noexcept {
  for (const auto& known : named_algorithms) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace

struct NamedHasher::State {
  Context context;
};

NamedHasher::NamedHasher(std::unique_ptr<State> state) : state_(std::move(state)) {}
NamedHasher::~NamedHasher() = default;
NamedHasher::NamedHasher(NamedHasher&&) noexcept = default;
NamedHasher& NamedHasher::operator=(NamedHasher&&) noexcept = default;

std::optional<NamedHasher> NamedHasher::make(std::string_view name) {
  const auto* known = find_algorithm(name);
  if (known == nullptr) return std::nullopt;
  return NamedHasher{std::make_unique<State>(State{.context = start(known->algorithm())})};
}

std::size_t NamedHasher::size_of(std::string_view name) noexcept {
  const auto* known = find_algorithm(name);
  return known == nullptr ? 0 : known->size;
}

bool NamedHasher::is_secure(std::string_view name) noexcept {
  const auto* known = find_algorithm(name);
  return known != nullptr && known->secure;
}

void NamedHasher::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
          "EVP_DigestUpdate failed");
}

std::string NamedHasher::finish() {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &length) == 1, "EVP_DigestFinal_ex failed");
  return to_hex(std::span(bytes).first(length));
}

std::string random_bytes(std::size_t count) {
  require(sodium_init() >= 0, "sodium_init failed");
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace packhouse
