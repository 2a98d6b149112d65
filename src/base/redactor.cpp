#include "base/redactor.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::string_view mask = "****";
constexpr std::size_t shortest_encoded = 4;

std::string json_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string without_padding(std::string text) {
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

std::string lower_escapes(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    text[i + 1] = to_ascii_lower(text[i + 1]);
    text[i + 2] = to_ascii_lower(text[i + 2]);
  }
  return text;
}

// The characters of base64 that depend on the secret alone when it stands at `offset` (0, 1 or 2) of a
// group of three inside some longer text.
std::string aligned_base64(std::string_view secret, std::size_t offset) {
  const std::string encoded = without_padding(to_base64(std::string(offset, '\0') + std::string(secret)));
  const std::size_t skip = offset == 0 ? 0 : offset + 1;
  // The last character also holds bits of what follows unless the secret ends a group.
  const std::size_t drop = (offset + secret.size()) % 3 == 0 ? 0 : 1;
  if (encoded.size() <= skip + drop) return {};
  return encoded.substr(skip, encoded.size() - skip - drop);
}

std::string to_url_alphabet(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace

void Redactor::add_needle(std::string needle) {
  if (needle.empty() || std::ranges::find(needles_, needle) != needles_.end()) return;
  longest_ = std::max(longest_, needle.size());
  const auto place = std::ranges::upper_bound(needles_, needle.size(), std::greater{}, &std::string::size);
  needles_.insert(place, std::move(needle));
}

void Redactor::add(const Secret& secret) {
  const std::string& plain = secret.reveal();
  if (plain.empty()) return;
  add_needle(plain);
  if (plain.size() < shortest_encoded) return;
  const std::string percent = percent_encode(plain);
  add_needle(percent);
  add_needle(lower_escapes(percent));
  add_needle(json_escape(plain));
  for (std::size_t offset = 0; offset < 3; ++offset) {
    std::string aligned = aligned_base64(plain, offset);
    if (aligned.size() < shortest_encoded) continue;
    add_needle(to_url_alphabet(aligned));
    add_needle(std::move(aligned));
  }
}

void Redactor::add_basic(std::string_view user, const Secret& password) {
  add(password);
  if (password.empty()) return;
  add(Secret{std::string(user) + ":" + password.reveal()});
}

std::string Redactor::redact(std::string_view text) const {
  std::string out(text);
  for (const std::string& needle : needles_)
    out = replace_all(std::move(out), needle, mask);
  return out;
}

std::string RedactingStream::feed(std::string_view chunk) {
  held_ += chunk;
  // A match may begin in the last `longest - 1` bytes and end in the next piece. Cut before any match
  // that reaches over the cut.
  const std::size_t keep = redactor_.longest_ == 0 ? 0 : redactor_.longest_ - 1;
  if (held_.size() <= keep) return {};
  std::size_t cut = held_.size() - keep;
  for (const std::string& needle : redactor_.needles_) {
    const std::size_t from = cut < needle.size() ? 0 : cut - needle.size() + 1;
    const std::size_t match = held_.find(needle, from);
    if (match != std::string::npos && match < cut) cut = match;
  }
  std::string shown = redactor_.redact(std::string_view(held_).substr(0, cut));
  held_.erase(0, cut);
  return shown;
}

std::string RedactingStream::finish() {
  std::string shown = redactor_.redact(held_);
  held_.clear();
  return shown;
}

json::Value redact(const Redactor& redactor, const json::Value& value) {
  if (value.is_string()) return json::Value(redactor.redact(std::string_view(value.get_string())));
  if (const auto* array = value.if_array()) {
    json::Array out;
    for (const auto& item : *array)
      out.push_back(redact(redactor, item));
    return out;
  }
  if (const auto* object = value.if_object()) {
    json::Object out;
    for (const auto& [key, item] : *object)
      out[redactor.redact(std::string_view(key))] = redact(redactor, item);
    return out;
  }
  return value;
}

}  // namespace packhouse
