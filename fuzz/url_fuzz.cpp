// URLs from outside: what is accepted reads the same after it was printed, and a reference leads to another
// origin only if it names a host, and then without the credentials.
//
// The first line is a URL, the rest a reference against it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "http/url.hpp"

using packhouse::Error;
using packhouse::http::Url;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '\\' && c != '#'; });
}

void check_error(const Error& error, std::string_view text) {
  require(error.code == packhouse::Errc::invalid_input);
  // A text with an @ may hold a password: it is not quoted.
  if (text.find('@') != std::string_view::npos) require(error.message.find('"') == std::string::npos);
}

void check_url(const Url& url) {
  require(url.scheme == "http" || url.scheme == "https");
  require(!url.host.empty() && url.host == packhouse::ascii_lower(url.host));
  require(url.host.find_first_of("/?@[]") == std::string::npos);
  require(url.port != 0);
  require(url.path.starts_with('/') && is_plain(url.path) && is_plain(url.query));
  for (const std::string_view segment : packhouse::split(url.path, '/'))
    require(segment != "." && segment != "..");
  const auto again = Url::parse(url.str());
  require(again.ok() && !again->has_credentials());
  require(again->same_origin(url) && again->path == url.path && again->query == url.query);
  require(again->is_loopback() == url.is_loopback());
}

bool names_no_host(std::string_view reference) {
  const bool path = reference.starts_with('/') && !reference.starts_with("//");
  return path || reference.starts_with('?') || reference.find_first_of(":/?") == std::string_view::npos;
}

void check_reference(const Url& base, std::string_view reference) {
  const auto target = base.resolve(reference);
  const std::string_view without_fragment = reference.substr(0, reference.find('#'));
  if (!target.ok()) return check_error(target.error(), without_fragment);
  check_url(*target);
  const bool credentials_stay =
      target->user == base.user && target->password.reveal() == base.password.reveal();
  if (names_no_host(without_fragment)) {
    require(target->same_origin(base) && credentials_stay);
  } else if (!target->same_origin(base) && reference.find('@') == std::string_view::npos) {
    require(!target->has_credentials());
  }
  const auto absolute = Url::parse(reference);
  if (absolute.ok()) require(absolute->str() == target->str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const std::string_view text = input.substr(0, line);
  const auto url = Url::parse(text);
  if (!url.ok()) {
    check_error(url.error(), text);
    return 0;
  }
  check_url(*url);
  if (line != std::string_view::npos) check_reference(*url, input.substr(line + 1));
  return 0;
}
