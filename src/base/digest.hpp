#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// A SHA-256. It names a blob, a manifest, a piece of evidence.
class Sha256 {
 public:
  static constexpr std::size_t size = 32;
  explicit Sha256(const std::array<std::uint8_t, size>& bytes) : bytes_(bytes) {}
  /// Exactly 64 hexadecimal digits, either case.
  static Result<Sha256> parse(std::string_view hex);
  static Sha256 of(std::string_view bytes);

  /// 64 lower-case digits.
  std::string hex() const;
  const std::array<std::uint8_t, size>& bytes() const noexcept { return bytes_; }
  auto operator<=>(const Sha256&) const = default;

 private:
  std::array<std::uint8_t, size> bytes_;
};

/// Which digests a Hasher computes beside the SHA-256.
struct HashSet {
  bool blake2b_256 = false;  ///< 32 bytes, as the upload form's blake2_256_digest
  bool md5 = false;          ///< costs as much as the other two together: only when a client sent one
  bool operator==(const HashSet&) const = default;
};

/// Lower-case hexadecimal; empty where not asked for.
struct HashValues {
  Sha256 sha256{{}};
  std::string blake2b_256;
  std::string md5;
};

/// Several digests of one stream, in one pass. Throws std::runtime_error if the crypto library fails.
class Hasher {
 public:
  explicit Hasher(HashSet wanted = {});
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::string_view bytes);
  /// Call once; the hasher is spent afterwards.
  HashValues finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One digest by the name that Python's hashlib has for its algorithm. Throws as Hasher does.
class NamedHasher {
 public:
  /// Those of fixed length that hashlib guarantees: "sha256", "sha3_512", "blake2b" (64 bytes), "md5", …
  static std::optional<NamedHasher> make(std::string_view name);
  /// Of that algorithm's digests; 0 for a name that is not known.
  static std::size_t size_of(std::string_view name) noexcept;
  /// Whether collisions of this algorithm are infeasible.
  static bool is_secure(std::string_view name) noexcept;

  ~NamedHasher();
  NamedHasher(NamedHasher&&) noexcept;
  NamedHasher& operator=(NamedHasher&&) noexcept;

  void update(std::string_view bytes);
  /// Lower-case hexadecimal. Call once.
  std::string finish();

 private:
  struct State;
  explicit NamedHasher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `count` bytes from the system's generator.
std::string random_bytes(std::size_t count);

}  // namespace packhouse
