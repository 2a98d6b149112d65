#include "http/negotiate.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::http {
namespace {

/// Takes the next comma-separated element off `list`.
std::string_view next_element(std::string_view& list, char separator) noexcept {
  const std::size_t end = list.find(separator);
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return trim(element, " \t");
}

/// A weight in thousandths: "0", "1", "0.123", "1.000". nullopt for anything else.
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  int unit = 100;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (!is_ascii_digit(text[i])) return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  return weight <= 1000 ? std::optional{weight} : std::nullopt;
}

struct Weighted {
  std::string_view value;
  int weight = 1000;
};

/// "value; a=b; q=0.5" with its weight; nullopt if the weight is malformed.
std::optional<Weighted> parse_weighted(std::string_view element) noexcept {
  Weighted parsed;
  parsed.value = next_element(element, ';');
  while (!element.empty()) {
    const std::string_view parameter = next_element(element, ';');
    if (parameter.size() < 2 || to_ascii_lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    const auto weight = parse_weight(parameter.substr(2));
    if (!weight) return std::nullopt;
    parsed.weight = *weight;
  }
  return parsed;
}

/// 3 for the type itself, 2 for type/*, 1 for */*, 0 for no match.
int specificity(std::string_view range, std::string_view type) noexcept {
  if (iequals(range, type)) return 3;
  if (range == "*/*") return 1;
  const std::size_t slash = type.find('/');
  const bool family = range.size() == slash + 2 && range.ends_with("/*") &&
                      iequals(range.substr(0, slash), type.substr(0, slash));
  return family ? 2 : 0;
}

int weight_of(std::string_view accept, std::string_view type) noexcept {
  int best = 0;
  int weight = 0;
  while (!accept.empty()) {
    const auto range = parse_weighted(next_element(accept, ','));
    if (!range) continue;
    const int rank = specificity(range->value, type);
    if (rank <= best) continue;
    best = rank;
    weight = range->weight;
  }
  return weight;
}

}  // namespace

std::optional<std::size_t> choose_media_type(std::string_view accept,
                                             std::span<const std::string_view> offered) noexcept {
  if (offered.empty()) return std::nullopt;
  if (trim(accept).empty()) return 0;
  std::optional<std::size_t> chosen;
  int best = 0;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    const int weight = weight_of(accept, offered[i]);
    if (weight <= best) continue;
    best = weight;
    chosen = i;
  }
  return chosen;
}

ContentCoding choose_coding(std::string_view accept_encoding) noexcept {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  while (!accept_encoding.empty()) {
    const auto coding = parse_weighted(next_element(accept_encoding, ','));
    if (!coding) continue;
    if (iequals(coding->value, "gzip") || iequals(coding->value, "x-gzip")) gzip = coding->weight;
    if (iequals(coding->value, "identity")) identity = coding->weight;
    if (coding->value == "*") any = coding->weight;
  }
  const int wanted = gzip.value_or(any.value_or(0));
  return wanted > 0 && wanted >= identity.value_or(0) ? ContentCoding::gzip : ContentCoding::identity;
}

}  // namespace packhouse::http
