#include "http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "http/curl_library.hpp"

namespace packhouse::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* handle) const noexcept { curl().url_cleanup(handle); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

struct FreeText {
  void operator()(char* text) const noexcept { curl().free(text); }
};

/// Never shows text that may hold a password.
Error bad_url(std::string_view text) {
  const bool shown = text.find('@') == std::string_view::npos;
  return {Errc::invalid_input,
          fmt::format("expected an absolute http or https URL without a fragment, found {}",
                      shown ? quote(text) : "one with credentials that is malformed"),
          "write it as https://host/path"};
}

std::string get(CURLU* handle, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(handle, part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeText> owned(text);
  return owned.get();
}

/// False for bytes that curl and other readers read differently, or not at all.
bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

/// Curl also takes "http:/host" and "http:///host".
bool has_authority(std::string_view text) noexcept {
  const std::size_t mark = text.find("://");
  return mark != std::string_view::npos && mark + 3 < text.size() && text[mark + 3] != '/';
}

bool set(CURLU* handle, CURLUPart part, const std::string& value, unsigned flags = 0) {
  return curl().url_set(handle, part, value.c_str(), flags) == CURLUE_OK;
}

Result<Url> take_apart(CURLU* handle, std::string_view text) {
  Url url;
  url.scheme = ascii_lower(get(handle, CURLUPART_SCHEME));
  url.host = ascii_lower(get(handle, CURLUPART_HOST));
  url.user = get(handle, CURLUPART_USER, CURLU_URLDECODE);
  url.password = Secret(get(handle, CURLUPART_PASSWORD, CURLU_URLDECODE));
  url.path = get(handle, CURLUPART_PATH);
  url.query = get(handle, CURLUPART_QUERY);
  const bool credentials_lost = url.user.empty() != get(handle, CURLUPART_USER).empty() ||
                                url.password.empty() != get(handle, CURLUPART_PASSWORD).empty();
  const auto port = parse_decimal(get(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  const bool http = url.scheme == "http" || url.scheme == "https";
  const bool zone = !get(handle, CURLUPART_ZONEID).empty();
  // Curl decodes escapes in a host: "%80" gives a byte that is not ASCII, "%25" another escape.
  const bool sound_host = !url.host.empty() && is_plain(url.host) && url.host.find('%') == std::string::npos;
  if (!http || !sound_host || !port || *port == 0 || *port > 65535 || zone || credentials_lost)
    return bad_url(text);
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  url.port = static_cast<std::uint16_t>(*port);
  if (url.path.empty()) url.path = "/";
  return url;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (!is_plain(text) || !has_authority(text) || text.find('#') != std::string_view::npos)
    return bad_url(text);
  const UrlHandle handle(curl().url());
  if (!set(handle.get(), CURLUPART_URL, std::string{text})) return bad_url(text);
  return take_apart(handle.get(), text);
}

Result<Url> Url::resolve(std::string_view reference) const {
  const std::string_view wanted = reference.substr(0, reference.find('#'));
  if (wanted.empty()) return *this;
  if (!is_plain(wanted)) return bad_url(wanted);
  const UrlHandle handle(curl().url());
  bool sound = set(handle.get(), CURLUPART_URL, str());
  if (!user.empty()) sound = sound && set(handle.get(), CURLUPART_USER, user, CURLU_URLENCODE);
  if (!password.empty())
    sound = sound && set(handle.get(), CURLUPART_PASSWORD, password.reveal(), CURLU_URLENCODE);
  if (!sound || !set(handle.get(), CURLUPART_URL, std::string{wanted})) return bad_url(wanted);
  return take_apart(handle.get(), wanted);
}

std::string Url::str() const {
  const bool literal = host.find(':') != std::string::npos;
  const std::uint16_t usual = scheme == "https" ? 443 : 80;
  std::string text = fmt::format("{}://{}{}{}", scheme, literal ? "[" : "", host, literal ? "]" : "");
  if (port != usual) text += fmt::format(":{}", port);
  text += path;
  if (!query.empty()) text += "?" + query;
  return text;
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

bool Url::is_loopback() const {
  if (host == "localhost" || host == "::1") return true;
  // Curl has written every numeric form ("0x7f.1", "2130706433") as four decimal numbers.
  const auto numbers = split(host, '.');
  return numbers.size() == 4 && numbers[0] == "127" &&
         std::ranges::all_of(numbers, [](std::string_view n) { return parse_decimal(n).has_value(); });
}

}  // namespace packhouse::http
