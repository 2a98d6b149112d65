#include "attest/trusted_root.hpp"

#include <fmt/format.h>

#include "attest/openssl.hpp"
#include "attest/protojson.hpp"
#include "base/text.hpp"

namespace packhouse::attest {
namespace {

constexpr std::string_view media_type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
constexpr std::size_t most_documents = 16;
constexpr std::size_t most_keys = 64;
constexpr std::size_t longest_chain = 8;
constexpr std::size_t largest_certificate = 16U << 10U;

Result<Timestamp> read_time(const json::Object& object, std::string_view key, std::string_view where) {
  TRY(const auto text, json::get_string(object, key, where));
  auto time = parse_iso8601(text);
  if (!time.ok()) return std::move(time).error().context(fmt::format("{}.{}", where, key));
  return *time;
}

Result<Validity> read_validity(const json::Object& owner, std::string_view where) {
  TRY(const auto range, json::get_object(owner, "validFor", where));
  const auto inside = fmt::format("{}.validFor", where);
  Validity validity;
  TRY(validity.start, read_time(range, "start", inside));
  if (protojson::has(range, "end")) {
    TRY(validity.end, read_time(range, "end", inside));
  }
  return validity;
}

std::string text_or_empty(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Result<Authority> read_authority(const json::Value& value, std::string_view where) {
  TRY(const auto object, protojson::as_object(value, where));
  TRY(const auto chain, json::get_object(object, "certChain", where));
  TRY(const auto certificates, protojson::get_list(chain, "certificates", where, longest_chain));
  if (certificates.empty()) {
    return Error{Errc::invalid_input,
                 fmt::format("expected certificates at {}.certChain, found none", where)};
  }
  Authority authority{.uri = text_or_empty(object, "uri"), .chain = {}, .valid_for = {}};
  for (const auto& element : certificates) {
    TRY(const auto certificate, protojson::as_object(element, where));
    TRY(auto der, protojson::get_bytes(certificate, "rawBytes", where, largest_certificate));
    if (auto parsed = parse_certificate(der); !parsed.ok()) return std::move(parsed).error().context(where);
    authority.chain.push_back(std::move(der));
  }
  TRY(authority.valid_for, read_validity(object, where));
  return authority;
}

// A key of a kind that is not known here stays in the list: it verifies nothing, and the instance is still
// one that keeps logs.
Result<TrustedLog> read_log(const json::Value& value, std::string_view where) {
  constexpr std::size_t largest_key = 4096;
  constexpr std::size_t largest_id = 64;
  TRY(const auto object, protojson::as_object(value, where));
  TRY(const auto id, json::get_object(object, "logId", where));
  TRY(const auto key, json::get_object(object, "publicKey", where));
  TrustedLog log;
  log.base_url = text_or_empty(object, "baseUrl");
  TRY(log.key_id, protojson::get_bytes(id, "keyId", where, largest_id));
  TRY(log.public_key, protojson::get_bytes(key, "rawBytes", where, largest_key));
  TRY(log.valid_for, read_validity(key, where));
  return log;
}

template <typename T>
Result<std::vector<T>> read_all(const json::Object& root, std::string_view key,
                                Result<T> (*read)(const json::Value&, std::string_view)) {
  TRY(const auto list, protojson::get_list(root, key, "trusted root", most_keys));
  std::vector<T> all;
  for (const auto& element : list) {
    TRY(auto one, read(element, key));
    all.push_back(std::move(one));
  }
  return all;
}

Result<TrustedRoot> read_root(const json::Object& object) {
  TRY(const auto type, json::get_string(object, "mediaType", "trusted root"));
  if (type != media_type) {
    return Error{Errc::invalid_input,
                 fmt::format("expected a trusted root of media type {}, found {}", media_type, quote(type))};
  }
  TrustedRoot root;
  TRY(root.certificate_authorities, read_all(object, "certificateAuthorities", read_authority));
  TRY(root.timestamp_authorities, read_all(object, "timestampAuthorities", read_authority));
  TRY(root.ct_logs, read_all(object, "ctlogs", read_log));
  TRY(root.transparency_logs, read_all(object, "tlogs", read_log));
  if (root.certificate_authorities.empty()) {
    return Error{Errc::invalid_input, "expected a trusted root with a certificate authority, found none"};
  }
  if (root.ct_logs.empty() != root.transparency_logs.empty()) {
    return Error{
        Errc::invalid_input,
        fmt::format(
            "expected a trusted root with both kinds of log or with none, found {} ctlogs and {} tlogs",
            root.ct_logs.size(), root.transparency_logs.size()),
        "use the instance's trusted_root.json as it is published"};
  }
  return root;
}

}  // namespace

Result<TrustedRoot> TrustedRoot::parse(std::string_view text) {
  TRY(const auto value, json::parse(text, max_bytes));
  TRY(const auto object, protojson::as_object(value, "the trusted root"));
  return read_root(object);
}

Result<std::vector<TrustedRoot>> parse_trusted_roots(std::string_view text) {
  std::vector<std::string_view> documents;
  for (const auto line : split(text, '\n')) {
    if (!trim(line).empty()) documents.push_back(line);
  }
  // A first line that is no document by itself is the first line of one.
  if (documents.empty() || !json::parse(documents.front(), TrustedRoot::max_bytes).ok()) documents = {text};
  if (documents.size() > most_documents) {
    return Error{Errc::too_large, fmt::format("expected at most {} trusted roots, found {}", most_documents,
                                              documents.size())};
  }
  std::vector<TrustedRoot> roots;
  for (const auto document : documents) {
    TRY(auto root, TrustedRoot::parse(document));
    roots.push_back(std::move(root));
  }
  return roots;
}

}  // namespace packhouse::attest
