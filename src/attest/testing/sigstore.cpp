#include "attest/testing/sigstore.hpp"

#include <fmt/format.h>
#include <openssl/ct.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <snappy-c.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "attest/openssl.hpp"
#include "attest/transparency.hpp"
#include "base/text.hpp"

namespace packhouse::attest::testing {
namespace {

constexpr std::string_view log_host = "log.example";

using SctListPtr = std::unique_ptr<STACK_OF(SCT), OpensslFree<SCT_LIST_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;
using OctetPtr = std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>>;
using RequestPtr = std::unique_ptr<TS_REQ, OpensslFree<TS_REQ_free>>;
using ImprintPtr = std::unique_ptr<TS_MSG_IMPRINT, OpensslFree<TS_MSG_IMPRINT_free>>;
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, OpensslFree<X509_ALGOR_free>>;
using StamperPtr = std::unique_ptr<TS_RESP_CTX, OpensslFree<TS_RESP_CTX_free>>;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + openssl_reason("failed"));
}

// The DER of anything that has an i2d function.
template <typename T>
std::string der_of(int (*encode)(T*, unsigned char**), std::remove_const_t<T>* object) {
  unsigned char* out = nullptr;
  const int length = encode(object, &out);
  must(length > 0, "i2d");
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
  OPENSSL_free(out);
  return der;
}

std::string raw(const Sha256& hash) {
  return {hash.bytes().begin(), hash.bytes().end()};
}

std::string big_endian(std::uint64_t value, unsigned size) {
  std::string out;
  for (unsigned i = size; i > 0; --i)
    out += static_cast<char>(value >> (8 * (i - 1)) & 0xFFU);
  return out;
}

KeyPtr ec_key(const std::string& curve) {
  return allocated(KeyPtr(EVP_EC_gen(curve.c_str())));
}

KeyPtr ed25519_key() {
  return allocated(KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

std::string sign(EVP_PKEY* key, std::string_view bytes) {
  const EVP_MD* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  const DigestContextPtr context = allocated(DigestContextPtr(EVP_MD_CTX_new()));
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  must(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
           EVP_DigestSign(context.get(), out, &size, octets(bytes), bytes.size()) == 1,
       "sign");
  signature.resize(size);
  return signature;
}

// --- Certificates ---

struct Issued {
  KeyPtr key;
  CertificatePtr certificate;
};

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

void add_raw_extension(X509* certificate, int number, const std::string& der) {
  const ObjectPtr oid(OBJ_txt2obj(fmt::format("1.3.6.1.4.1.57264.1.{}", number).c_str(), 1));
  const OctetPtr value = allocated(OctetPtr(ASN1_OCTET_STRING_new()));
  must(ASN1_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1, "text");
  const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 0, value.get()));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

std::string utf8_string(const std::string& text) {
  const OctetPtr value = allocated(OctetPtr(ASN1_UTF8STRING_new()));
  must(ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) == 1, "text");
  return der_of<const ASN1_UTF8STRING>(i2d_ASN1_UTF8STRING, value.get());
}

// Everything but its extensions and its signature.
CertificatePtr blank_certificate(EVP_PKEY* key, const std::string& name, X509* issuer, Timestamp from,
                                 std::chrono::seconds lifetime) {
  CertificatePtr certificate = allocated(CertificatePtr(X509_new()));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count();
  const auto serial = "\x40" + random_bytes(8);  // no zero in front: DER would be wrong
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_STRING_set(X509_get_serialNumber(certificate.get()), serial.data(), static_cast<int>(serial.size()));
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds + lifetime.count());
  X509_set_pubkey(certificate.get(), key);
  auto* subject = X509_get_subject_name(certificate.get());
  if (!name.empty()) X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, octets(name), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
  return certificate;
}

constexpr Timestamp founded = Timestamp(std::chrono::seconds(1'600'000'000));
constexpr std::chrono::seconds decades{20LL * 365 * 86400};

Issued issue(const std::string& name, const Issued* issuer, const std::string& constraints,
             const std::string& usage, const std::string& extended) {
  auto key = ec_key("P-256");
  auto certificate = blank_certificate(
      key.get(), name, issuer == nullptr ? nullptr : issuer->certificate.get(), founded, decades);
  auto* signer = issuer == nullptr ? certificate.get() : issuer->certificate.get();
  add_extension(certificate.get(), signer, NID_basic_constraints, constraints);
  add_extension(certificate.get(), signer, NID_key_usage, usage);
  add_extension(certificate.get(), signer, NID_ext_key_usage, extended);
  add_extension(certificate.get(), signer, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add_extension(certificate.get(), signer, NID_authority_key_identifier, "keyid");
  must(X509_sign(certificate.get(), issuer == nullptr ? key.get() : issuer->key.get(), EVP_sha256()) > 0,
       "sign");
  return {std::move(key), std::move(certificate)};
}

// --- The log's tree: RFC 6962 section 2.1 ---

std::string inner_hash(const std::string& left, const std::string& right) {
  return raw(Sha256::of("\x01" + left + right));
}

std::size_t split_point(std::size_t count) {
  std::size_t power = 1;
  while (power * 2 < count)
    power *= 2;
  return power;
}

std::string tree_root(std::span<const std::string> leaves) {
  if (leaves.size() == 1) return leaves.front();
  const auto k = split_point(leaves.size());
  return inner_hash(tree_root(leaves.first(k)), tree_root(leaves.subspan(k)));
}

std::vector<std::string> path_to(std::span<const std::string> leaves, std::size_t index) {
  if (leaves.size() == 1) return {};
  const auto k = split_point(leaves.size());
  auto path = index < k ? path_to(leaves.first(k), index) : path_to(leaves.subspan(k), index - k);
  path.push_back(tree_root(index < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

json::Object bytes_member(std::string_view key, std::string_view bytes) {
  json::Object object;
  object[key] = to_base64(bytes);
  return object;
}

json::Object valid_from(Timestamp start) {
  json::Object range;
  range["start"] = to_iso8601(start);
  return range;
}

}  // namespace

struct FakeSigstore::Keys {
  Issued root;
  Issued intermediate;
  Issued stamper_root;
  Issued stamper;
  Issued sibling;
  KeyPtr ct_log;
  KeyPtr log;
  std::string log_id;

  std::string ct_log_id() const { return raw(Sha256::of(der_of<const EVP_PKEY>(i2d_PUBKEY, ct_log.get()))); }
  std::string make_sct_input(X509* certificate, Timestamp time) const;
  void add_scts(X509* certificate, const Recipe& recipe) const;
  Issued leaf(const Recipe& recipe) const;
  std::string stamp(std::string_view bytes, Timestamp time, bool by_sibling) const;
  std::string checkpoint(const Recipe& recipe, std::size_t size, const std::string& tree) const;
  json::Object entry(const Recipe& recipe, json::Object body, bool promised) const;
};

// RFC 6962 section 3.2, of a certificate that has no SCTs yet.
std::string FakeSigstore::Keys::make_sct_input(X509* certificate, Timestamp time) const {
  const auto tbs = der_of<X509>(i2d_re_X509_tbs, certificate);
  const auto key =
      der_of<const X509_PUBKEY>(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(intermediate.certificate.get()));
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  return std::string(2, '\0') + big_endian(static_cast<std::uint64_t>(milliseconds), 8) + big_endian(1, 2) +
         raw(Sha256::of(key)) + big_endian(tbs.size(), 3) + tbs + big_endian(0, 2);
}

void FakeSigstore::Keys::add_scts(X509* certificate, const Recipe& recipe) const {
  if (recipe.sct_count == 0) return;
  const auto& log_keys = recipe.ct_log == nullptr ? *this : *recipe.ct_log->keys_;
  must(X509_sign(certificate, intermediate.key.get(), EVP_sha256()) > 0, "sign");
  const auto input = make_sct_input(certificate, recipe.certified);
  const SctListPtr scts = allocated(SctListPtr(sk_SCT_new_null()));
  for (int i = 0; i < recipe.sct_count; ++i) {
    auto* sct = SCT_new();
    const auto signature = sign(log_keys.ct_log.get(), input);
    const auto id = log_keys.ct_log_id();
    const auto time =
        std::chrono::floor<std::chrono::milliseconds>(recipe.certified).time_since_epoch().count();
    must(SCT_set_version(sct, SCT_VERSION_V1) == 1 && SCT_set1_log_id(sct, octets(id), id.size()) == 1 &&
             SCT_set_signature_nid(sct, NID_ecdsa_with_SHA256) == 1 &&
             SCT_set1_signature(sct, octets(signature), signature.size()) == 1,
         "SCT");
    SCT_set_timestamp(sct, static_cast<std::uint64_t>(time));
    sk_SCT_push(scts.get(), sct);
  }
  must(X509_add1_ext_i2d(certificate, NID_ct_precert_scts, scts.get(), 0, 0) == 1, "SCT list");
}

Issued FakeSigstore::Keys::leaf(const Recipe& recipe) const {
  auto key = ec_key(recipe.leaf_curve);
  auto* issuer = intermediate.certificate.get();
  auto certificate = blank_certificate(key.get(), "", issuer, recipe.certified, recipe.lifetime);
  add_extension(certificate.get(), issuer, NID_key_usage, recipe.key_usage);
  add_extension(certificate.get(), issuer, NID_ext_key_usage, recipe.extended_key_usage);
  add_extension(certificate.get(), issuer, NID_basic_constraints, recipe.basic_constraints);
  add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  const auto uri = workflow_uri(recipe);
  add_extension(certificate.get(), issuer, NID_subject_alt_name,
                "critical,URI:" + (recipe.subject_uri.empty() ? uri : recipe.subject_uri));
  std::map<int, std::optional<std::string>> extensions = {
      {8, "https://token.actions.githubusercontent.com"},
      {9, uri},
      {11, "github-hosted"},
      {12, recipe.repository},
      {13, recipe.commit},
      {14, recipe.ref},
      {15, fmt::format("{}", recipe.repository_id)},
      {18, uri},
      {19, recipe.commit},
      {20, recipe.event},
      {21, fmt::format("{}/actions/runs/{}/attempts/{}", recipe.repository, recipe.run_id, recipe.attempt)}};
  for (const auto& [number, value] : recipe.extensions)
    extensions[number] = value;
  for (const auto& [number, value] : extensions) {
    if (value) add_raw_extension(certificate.get(), number, utf8_string(*value));
  }
  for (const auto& [number, der] : recipe.raw_extensions)
    add_raw_extension(certificate.get(), number, der);
  add_scts(certificate.get(), recipe);
  must(X509_sign(certificate.get(), intermediate.key.get(), EVP_sha256()) > 0, "sign");
  return {std::move(key), std::move(certificate)};
}

std::string FakeSigstore::Keys::stamp(std::string_view bytes, Timestamp time, bool by_sibling) const {
  const auto& signer = by_sibling ? sibling : stamper;
  const RequestPtr request = allocated(RequestPtr(TS_REQ_new()));
  const ImprintPtr imprint = allocated(ImprintPtr(TS_MSG_IMPRINT_new()));
  const AlgorithmPtr algorithm = allocated(AlgorithmPtr(X509_ALGOR_new()));
  X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
  auto hash = Sha256::of(bytes).bytes();
  TS_REQ_set_version(request.get(), 1);
  TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get());
  TS_MSG_IMPRINT_set_msg(imprint.get(), hash.data(), static_cast<int>(hash.size()));
  TS_REQ_set_msg_imprint(request.get(), imprint.get());
  TS_REQ_set_cert_req(request.get(), by_sibling ? 1 : 0);
  const BioPtr in = allocated(BioPtr(BIO_new(BIO_s_mem())));
  i2d_TS_REQ_bio(in.get(), request.get());

  const StamperPtr context = allocated(StamperPtr(TS_RESP_CTX_new()));
  const ObjectPtr policy(OBJ_txt2obj("1.3.6.1.4.1.57264.2", 1));
  long seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const auto tell_time = [](TS_RESP_CTX* /*unused*/, void* data, long* out, long* fraction) {
    *out = *static_cast<long*>(data);
    *fraction = 0;
    return 1;
  };
  must(TS_RESP_CTX_set_signer_cert(context.get(), signer.certificate.get()) == 1 &&
           TS_RESP_CTX_set_signer_key(context.get(), signer.key.get()) == 1 &&
           TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256()) == 1 &&
           TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256()) == 1 &&
           TS_RESP_CTX_set_def_policy(context.get(), policy.get()) == 1 &&
           TS_RESP_CTX_add_md(context.get(), EVP_sha256()) == 1,
       "timestamp authority");
  TS_RESP_CTX_set_time_cb(context.get(), tell_time, &seconds);
  const TimestampResponsePtr response(TS_RESP_create_response(context.get(), in.get()));
  must(response != nullptr, "timestamp");
  return der_of<const TS_RESP>(i2d_TS_RESP, response.get());
}

std::string FakeSigstore::Keys::checkpoint(const Recipe& recipe, std::size_t size,
                                           const std::string& tree) const {
  const auto& signer = recipe.checkpoint_signer == nullptr ? *this : *recipe.checkpoint_signer->keys_;
  auto text = fmt::format("{}\n{}\n{}\n", log_host, size, to_base64(tree));
  if (recipe.edit_checkpoint) recipe.edit_checkpoint(text);
  return fmt::format("{}\n\u2014 witness.example {}\n\u2014 {} {}\n", text, to_base64("0123witness's own"),
                     log_host, to_base64(signer.log_id.substr(0, 4) + sign(signer.log.get(), text)));
}

json::Object FakeSigstore::Keys::entry(const Recipe& recipe, json::Object body, bool promised) const {
  constexpr std::size_t index = 5;
  if (recipe.edit_log_body) recipe.edit_log_body(body);
  const auto text = json::canonical(body);
  std::vector<std::string> leaves;
  for (std::size_t i = 0; i < 7; ++i)
    leaves.push_back(raw(merkle_leaf_hash(i == index ? text : fmt::format("entry {}", i))));
  json::Array hashes;
  for (const auto& hash : path_to(leaves, index))
    hashes.emplace_back(to_base64(hash));

  json::Object proof;
  proof["logIndex"] = fmt::format("{}", index);
  proof["treeSize"] = fmt::format("{}", leaves.size());
  proof["rootHash"] = to_base64(tree_root(leaves));
  proof["hashes"] = std::move(hashes);
  proof["checkpoint"].emplace_object()["envelope"] = checkpoint(recipe, leaves.size(), tree_root(leaves));

  json::Object entry;
  entry["logIndex"] = "1000005";
  entry["logId"] = bytes_member("keyId", log_id);
  entry["kindVersion"] = {{"kind", body["kind"]}, {"version", body["apiVersion"]}};
  entry["inclusionProof"] = std::move(proof);
  entry["canonicalizedBody"] = to_base64(text);
  if (!promised) return entry;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(recipe.certified + recipe.logged_after)
                           .time_since_epoch()
                           .count();
  const json::Object promise = {{"body", to_base64(text)},
                                {"integratedTime", seconds},
                                {"logID", to_hex({octets(log_id), log_id.size()})},
                                {"logIndex", 1000005}};
  entry["integratedTime"] = fmt::format("{}", seconds);
  entry["inclusionPromise"] = bytes_member("signedEntryTimestamp", sign(log.get(), json::canonical(promise)));
  return entry;
}

namespace {

json::Object statement_of(const Recipe& recipe) {
  json::Object subject = {{"name", recipe.filename}, {"digest", {{"sha256", recipe.subject.hex()}}}};
  json::Object workflow = {{"ref", recipe.ref}, {"repository", recipe.repository}, {"path", recipe.workflow}};
  json::Object definition = {{"buildType", "https://actions.github.io/buildtypes/workflow/v1"},
                             {"externalParameters", {{"workflow", std::move(workflow)}}}};
  const auto run =
      fmt::format("{}/actions/runs/{}/attempts/{}", recipe.repository, recipe.run_id, recipe.attempt);
  json::Object details = {{"builder", {{"id", workflow_uri(recipe)}}}, {"metadata", {{"invocationId", run}}}};
  json::Object statement;
  statement["_type"] = "https://in-toto.io/Statement/v1";
  statement["subject"] = json::Array{std::move(subject)};
  statement["predicateType"] = "https://slsa.dev/provenance/v1";
  statement["predicate"] = {{"buildDefinition", std::move(definition)}, {"runDetails", std::move(details)}};
  if (recipe.edit_statement) recipe.edit_statement(statement);
  return statement;
}

std::string pem_of(X509* certificate) {
  const BioPtr out = allocated(BioPtr(BIO_new(BIO_s_mem())));
  PEM_write_bio_X509(out.get(), certificate);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

json::Object dsse_body(const std::string& payload, const std::string& signature, X509* leaf) {
  json::Object one = {{"signature", to_base64(signature)}, {"verifier", to_base64(pem_of(leaf))}};
  json::Object spec;
  spec["envelopeHash"] = {{"algorithm", "sha256"}, {"value", Sha256::of("the envelope").hex()}};
  spec["payloadHash"] = {{"algorithm", "sha256"}, {"value", Sha256::of(payload).hex()}};
  spec["signatures"] = json::Array{std::move(one)};
  return {{"apiVersion", "0.0.1"}, {"kind", "dsse"}, {"spec", std::move(spec)}};
}

json::Object record_body(const std::string& signed_bytes, const std::string& signature, X509* leaf) {
  json::Object verifier = {{"keyDetails", "PKIX_ECDSA_P256_SHA_256"},
                           {"x509Certificate", bytes_member("rawBytes", to_der(leaf))}};
  json::Object record;
  record["data"] = {{"algorithm", "SHA2_256"}, {"digest", to_base64(raw(Sha256::of(signed_bytes)))}};
  record["signature"] = {{"content", to_base64(signature)}, {"verifier", std::move(verifier)}};
  return {
      {"apiVersion", "0.0.2"}, {"kind", "hashedrekord"}, {"spec", {{"hashedRekordV002", std::move(record)}}}};
}

json::Object authority(std::string_view uri, std::span<X509* const> chain) {
  json::Array certificates;
  for (auto* certificate : chain)
    certificates.emplace_back(bytes_member("rawBytes", to_der(certificate)));
  json::Object object;
  object["uri"] = uri;
  object["certChain"].emplace_object()["certificates"] = std::move(certificates);
  object["validFor"] = valid_from(founded);
  return object;
}

json::Object log_object(std::string_view url, const std::string& id, EVP_PKEY* key) {
  auto public_key = bytes_member("rawBytes", der_of<const EVP_PKEY>(i2d_PUBKEY, key));
  public_key["validFor"] = valid_from(founded);
  json::Object object;
  object["baseUrl"] = url;
  object["publicKey"] = std::move(public_key);
  object["logId"] = bytes_member("keyId", id);
  return object;
}

}  // namespace

std::string workflow_uri(const Recipe& recipe) {
  return fmt::format("{}/{}@{}", recipe.repository, recipe.workflow, recipe.ref);
}

Expectation expectation_of(const Recipe& recipe) {
  return {.subject = recipe.subject,
          .source_repository_uri = recipe.repository,
          .source_repository_id = recipe.repository_id,
          .source_ref = recipe.ref,
          .source_commit = recipe.commit,
          .build_config_uri = workflow_uri(recipe),
          .event = recipe.event,
          .run_invocation_uri = fmt::format("{}/actions/runs/{}/attempts/{}", recipe.repository,
                                            recipe.run_id, recipe.attempt)};
}

FakeSigstore::FakeSigstore(Kind kind, const std::string& issuing_usage)
    : kind_(kind), keys_(std::make_unique<Keys>()) {
  const std::string authority_usage = "critical,keyCertSign,cRLSign";
  keys_->root = issue("root", nullptr, "critical,CA:TRUE", authority_usage, "");
  keys_->intermediate =
      issue("intermediate", &keys_->root, "critical,CA:TRUE,pathlen:0", authority_usage, issuing_usage);
  keys_->stamper_root = issue("time root", nullptr, "critical,CA:TRUE", authority_usage, "");
  for (auto* stamper : {&keys_->stamper, &keys_->sibling}) {
    *stamper = issue("time", &keys_->stamper_root, "", "critical,digitalSignature", "critical,timeStamping");
  }
  keys_->ct_log = ec_key("P-256");
  keys_->log = kind == Kind::rekor_2 ? ed25519_key() : ec_key("P-256");
  keys_->log_id = raw(Sha256::of(der_of<const EVP_PKEY>(i2d_PUBKEY, keys_->log.get())));
}

FakeSigstore::~FakeSigstore() = default;

json::Object FakeSigstore::trusted_root() const {
  const std::array<X509*, 2> issuing = {keys_->intermediate.certificate.get(), keys_->root.certificate.get()};
  const std::array<X509*, 2> stamping = {keys_->stamper.certificate.get(),
                                         keys_->stamper_root.certificate.get()};
  json::Object root;
  root["mediaType"] = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
  root["certificateAuthorities"] = json::Array{authority("https://ca.example", issuing)};
  root["timestampAuthorities"] = json::Array{authority("https://time.example", stamping)};
  if (kind_ == Kind::private_instance) return root;
  root["ctlogs"] = json::Array{log_object("https://ct.example", keys_->ct_log_id(), keys_->ct_log.get())};
  root["tlogs"] =
      json::Array{log_object(fmt::format("https://{}", log_host), keys_->log_id, keys_->log.get())};
  return root;
}

TrustedRoot FakeSigstore::root() const {
  auto parsed = TrustedRoot::parse(json::dump(trusted_root()));
  if (!parsed.ok()) throw std::runtime_error(parsed.error().message);
  return std::move(*parsed);
}

json::Object FakeSigstore::bundle(const Recipe& recipe) const {
  const auto leaf = keys_->leaf(recipe);
  const auto payload = json::dump(statement_of(recipe));
  const auto signed_bytes = pre_authentication_encoding(recipe.payload_type, payload);
  const auto signature = sign(leaf.key.get(), signed_bytes);

  json::Object material;
  material["certificate"] = bytes_member("rawBytes", to_der(leaf.certificate.get()));
  if (kind_ != Kind::rekor_1) {
    const auto& stamper = recipe.timestamp_authority == nullptr ? *keys_ : *recipe.timestamp_authority->keys_;
    const auto token = stamper.stamp(recipe.stamped.empty() ? signature : recipe.stamped,
                                     recipe.certified + recipe.stamped_after, recipe.stamped_by_sibling);
    material["timestampVerificationData"].emplace_object()["rfc3161Timestamps"] =
        json::Array{bytes_member("signedTimestamp", token)};
  }
  if (kind_ == Kind::rekor_1) {
    material["tlogEntries"] =
        json::Array{keys_->entry(recipe, dsse_body(payload, signature, leaf.certificate.get()), true)};
  } else if (kind_ == Kind::rekor_2) {
    material["tlogEntries"] = json::Array{
        keys_->entry(recipe, record_body(signed_bytes, signature, leaf.certificate.get()), false)};
  }

  json::Object envelope;
  envelope["payloadType"] = recipe.payload_type;
  envelope["payload"] = to_base64(payload);
  envelope["signatures"] = json::Array{json::Object{{"sig", to_base64(signature)}}};
  json::Object bundle;
  bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.3+json";
  bundle["verificationMaterial"] = std::move(material);
  bundle["dsseEnvelope"] = std::move(envelope);
  return bundle;
}

json::Object FakeSigstore::attestation(const Recipe& recipe) const {
  const auto made = bundle(recipe);
  const auto& material = made.at("verificationMaterial").as_object();
  const auto& envelope = made.at("dsseEnvelope").as_object();
  json::Object own{{"certificate", material.at("certificate").at("rawBytes")}};
  const auto* entries = material.if_contains("tlogEntries");
  own["transparency_entries"] = entries == nullptr ? json::Value(json::Array{}) : *entries;
  if (const auto* stamps = material.if_contains("timestampVerificationData")) {
    json::Array timestamps;
    for (const auto& stamp : stamps->at("rfc3161Timestamps").as_array())
      timestamps.push_back(stamp.at("signedTimestamp"));
    own["timestamps"] = std::move(timestamps);
  }
  return {
      {"version", 1},
      {"verification_material", std::move(own)},
      {"envelope",
       {{"statement", envelope.at("payload")}, {"signature", envelope.at("signatures").at(0).at("sig")}}}};
}

std::string snappy(std::string_view bytes) {
  std::size_t size = snappy_max_compressed_length(bytes.size());
  std::string block(size, '\0');
  must(snappy_compress(bytes.data(), bytes.size(), block.data(), &size) == SNAPPY_OK, "snappy");
  block.resize(size);
  return block;
}

}  // namespace packhouse::attest::testing
