#include "base/signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <climits>
#include <stdexcept>

namespace packhouse {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeKey>;
using BioPointer = std::unique_ptr<BIO, FreeBio>;
using ContextPointer = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void require(bool well, const char* what) {
  if (!well) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

BioPointer reader_of(std::string_view text) {
  require(text.size() <= INT_MAX, "read a key");
  BioPointer bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  require(bio != nullptr, "read a key");
  return bio;
}

std::string contents(BIO* bio) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

const unsigned char* data_of(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Never asks at the terminal for a passphrase: an encrypted key is refused.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}

Error no_key(const char* what) {
  return {Errc::invalid_input, std::string("expected ") + what + " of Ed25519 in PEM, found something else"};
}

}  // namespace

struct SigningKey::Key {
  KeyPointer pointer;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate() {
  KeyPointer key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  require(key != nullptr, "make a key");
  return SigningKey{std::make_unique<Key>(std::move(key))};
}

Result<SigningKey> SigningKey::parse(const Secret& pem) {
  const auto bio = reader_of(pem.reveal());
  KeyPointer key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!key || EVP_PKEY_is_a(key.get(), "ED25519") != 1) return no_key("a private key");
  return SigningKey{std::make_unique<Key>(std::move(key))};
}

Secret SigningKey::pem() const {
  const BioPointer bio{BIO_new(BIO_s_secmem())};
  require(bio != nullptr, "write a key");
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_->pointer.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1,
          "write a key");
  return Secret{contents(bio.get())};
}

std::string SigningKey::public_pem() const {
  const BioPointer bio{BIO_new(BIO_s_mem())};
  require(bio != nullptr, "write a key");
  require(PEM_write_bio_PUBKEY(bio.get(), key_->pointer.get()) == 1, "write a key");
  return contents(bio.get());
}

std::string SigningKey::sign(std::string_view bytes) const {
  const ContextPointer context{EVP_MD_CTX_new()};
  require(context != nullptr, "sign");
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->pointer.get()) == 1, "sign");
  std::string signature(signature_size, '\0');
  std::size_t size = signature.size();
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());
  require(EVP_DigestSign(context.get(), out, &size, data_of(bytes), bytes.size()) == 1, "sign");
  require(size == signature_size, "sign");
  return signature;
}

Status verify_signature(std::string_view public_pem, std::string_view bytes, std::string_view signature) {
  const auto bio = reader_of(public_pem);
  const KeyPointer key{PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!key || EVP_PKEY_is_a(key.get(), "ED25519") != 1) return no_key("a public key");
  const ContextPointer context{EVP_MD_CTX_new()};
  require(context != nullptr, "verify");
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1, "verify");
  if (EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(bytes), bytes.size()) ==
      1) {
    return success();
  }
  return Error{Errc::conflict, "the signature is not one of this key over these bytes",
               "the file was changed, or the key is another one"};
}

}  // namespace packhouse
