#include "http_server/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "base/secret.hpp"
#include "sys/file_system.hpp"

namespace packhouse::http {
namespace {

// For TLS 1.2; all ciphers of TLS 1.3 are sound.
constexpr const char* cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string last_reason() {
  const auto code = ::ERR_get_error();
  ::ERR_clear_error();
  const char* const text = ::ERR_reason_error_string(code);
  return text != nullptr ? text : "no reason given";
}

Error unusable(std::string_view what, const std::string& path, std::string_view reason) {
  return {Errc::invalid_input, fmt::format("cannot use the {} {}: {}", what, quote(path), quote(reason)),
          "expected PEM files: the certificate with its chain, and its key without a passphrase"};
}

int bounded(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

/// Without it, OpenSSL would ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return 0;
}

int choose_http_1_1(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*data*/) {
  static constexpr std::array<unsigned char, 9> wanted{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (::SSL_select_next_proto(&chosen, out_size, wanted.data(), wanted.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;  // a client that offers only others may still speak this one
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { ::BIO_free(bio); })>;
using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { ::X509_free(certificate); })>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { ::EVP_PKEY_free(key); })>;

/// The bytes of a PEM file. Never blocks: a FIFO in its place is refused, and the thread that reads it also
/// notices revoked tokens and the signal to stop.
Result<Secret> read_pem(const std::string& path) {
  constexpr std::uint64_t max_size = 1U << 20U;
  TRY(auto bytes, make_posix_file_system()->read(path, max_size));
  return Secret{std::move(bytes)};
}

Bio memory_of(const Secret& pem) {
  return Bio{::BIO_new_mem_buf(pem.reveal().data(), bounded(pem.reveal().size()))};
}

/// The first certificate is the server's, those that follow are its chain.
bool use_chain(SSL_CTX& context, const Secret& pem) {
  const auto bio = memory_of(pem);
  const Certificate own{::PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!own || ::SSL_CTX_use_certificate(&context, own.get()) != 1) return false;
  while (const Certificate next{::PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
    if (::SSL_CTX_add1_chain_cert(&context, next.get()) != 1) return false;
  }
  const bool at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end) ::ERR_clear_error();
  return at_end;
}

bool use_key(SSL_CTX& context, const Secret& pem) {
  const auto bio = memory_of(pem);
  const PrivateKey key{::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  return key && ::SSL_CTX_use_PrivateKey(&context, key.get()) == 1 &&
         ::SSL_CTX_check_private_key(&context) == 1;
}

Result<std::shared_ptr<SSL_CTX>> make_context(const TlsFiles& files) {
  ::ERR_clear_error();
  std::shared_ptr<SSL_CTX> context{::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free};
  if (!context) throw std::runtime_error("OpenSSL gave no context");
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_cipher_list(context.get(), cipher_list);
  ::SSL_CTX_set_alpn_select_cb(context.get(), choose_http_1_1, nullptr);
  ::SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  const auto certificate = read_pem(files.certificate);
  if (!certificate.ok()) return unusable("certificate", files.certificate, certificate.error().message);
  if (!use_chain(*context, *certificate)) return unusable("certificate", files.certificate, last_reason());
  const auto key = read_pem(files.key);
  if (!key.ok()) return unusable("key", files.key, key.error().message);
  if (!use_key(*context, *key)) return unusable("key", files.key, last_reason());
  return context;
}

std::string identity_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return "none";
  return fmt::format("{}:{}:{}:{}.{}", facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec);
}

std::string identity_of(const TlsFiles& files) {
  return identity_of(files.certificate) + " " + identity_of(files.key);
}

}  // namespace

TlsStream::TlsStream(std::shared_ptr<ssl_ctx_st> context, int socket)
    : context_(std::move(context)), ssl_(::SSL_new(context_.get())) {
  if (ssl_ == nullptr || ::SSL_set_fd(ssl_, socket) != 1)
    throw std::runtime_error("OpenSSL gave no connection");
  ::SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() {
  close();
  ::SSL_free(ssl_);
}

void TlsStream::close() noexcept {
  if (usable_ && ::SSL_is_init_finished(ssl_) == 1) ::SSL_shutdown(ssl_);
  usable_ = false;
  ::ERR_clear_error();
}

TlsStream::Step TlsStream::read(std::span<char> space) noexcept {
  if (!usable_) return {};
  ::ERR_clear_error();
  return step_of(::SSL_read(ssl_, space.data(), bounded(space.size())));
}

TlsStream::Step TlsStream::write(std::string_view bytes) noexcept {
  if (!usable_) return {};
  ::ERR_clear_error();
  return step_of(::SSL_write(ssl_, bytes.data(), bounded(bytes.size())));
}

TlsStream::Step TlsStream::step_of(int result) noexcept {
  if (result > 0) return {State::done, static_cast<std::size_t>(result)};
  switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {State::wants_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {State::wants_write, 0};
    case SSL_ERROR_SSL: {
      const bool http = ERR_GET_REASON(::ERR_peek_error()) == SSL_R_HTTP_REQUEST;
      usable_ = false;  // nothing more may be sent, not even close_notify
      ::ERR_clear_error();
      return {http ? State::plain_http : State::closed, 0};
    }
    case SSL_ERROR_ZERO_RETURN:
      return {State::closed, 0};
    default:
      usable_ = false;
      ::ERR_clear_error();
      return {State::closed, 0};
  }
}

Result<std::unique_ptr<TlsCredentials>> TlsCredentials::load(const TlsFiles& files) {
  std::unique_ptr<TlsCredentials> credentials{new TlsCredentials(files)};
  CHECK_OK(credentials->reload());
  return credentials;
}

std::unique_ptr<TlsStream> TlsCredentials::accept(int socket) const {
  std::shared_ptr<ssl_ctx_st> context;
  {
    const std::lock_guard lock(mutex_);
    context = context_;
  }
  return std::make_unique<TlsStream>(std::move(context), socket);
}

Status TlsCredentials::reload() {
  auto identity = identity_of(files_);  // before reading: a change in between is seen next time
  auto context = make_context(files_);
  const std::lock_guard lock(mutex_);
  seen_ = std::move(identity);
  if (!context.ok()) return context.error();
  context_ = *std::move(context);
  return success();
}

Result<bool> TlsCredentials::reload_if_changed() {
  const auto identity = identity_of(files_);
  {
    const std::lock_guard lock(mutex_);
    if (identity == seen_) return false;
  }
  CHECK_OK(reload());
  return true;
}

}  // namespace packhouse::http
