#include "http_server/request_head.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "base/text.hpp"

namespace packhouse::http {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

std::string_view view(string_view text) noexcept {
  return {text.data(), text.size()};
}

std::optional<Method> method_of(beast_http::verb verb) noexcept {
  if (verb == beast_http::verb::get) return Method::get;
  if (verb == beast_http::verb::head) return Method::head;
  if (verb == beast_http::verb::post) return Method::post;
  if (verb == beast_http::verb::put) return Method::put;
  if (verb == beast_http::verb::patch) return Method::patch;
  if (verb == beast_http::verb::delete_) return Method::del;
  if (verb == beast_http::verb::options) return Method::options;
  return std::nullopt;
}

/// Of several slashes in a row one is kept. False for a broken escape and for an escaped slash.
bool decode_path(std::string_view raw, std::string& path) {
  if (raw.find('%') == std::string_view::npos && raw.find("//") == std::string_view::npos) {
    path.assign(raw);
    return true;
  }
  path.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      if (raw[i] != '/' || !path.ends_with('/')) path += raw[i];
      continue;
    }
    if (i + 2 >= raw.size()) return false;
    const int high = hex_digit(raw[i + 1]);
    const int low = hex_digit(raw[i + 2]);
    if (high < 0 || low < 0) return false;
    const char byte = static_cast<char>(high * 16 + low);
    if (byte == '/') return false;
    path += byte;
    i += 2;
  }
  return true;
}

bool is_normal_path(std::string_view path) noexcept {
  bool ascii = true;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte >= 0x80) ascii = false;
  }
  if (!ascii && !is_utf8(path)) return false;
  std::string_view rest = path.substr(1);
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

/// Request::single_slashes. Slashes at the beginning do not count: a proxy that removes a prefix makes them,
/// and the client's own address may be right.
std::string single_slashes_of(std::string_view raw) {
  const std::size_t begin = std::min(raw.find_first_not_of('/'), raw.size());
  const std::size_t twice = raw.find("//", begin);
  if (twice == std::string_view::npos) return {};
  const std::string_view rest = raw.substr(twice + 1);
  std::string up;
  std::string down = "/";
  for (const char c : rest) {
    if (c == '/') up += "../";
    if (c != '/' || !down.ends_with('/')) down += c;
  }
  return up + down.substr(1);
}

/// The path and query of "http://host/path?query"; empty if it is no absolute form.
std::string_view after_authority(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !iequals(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t end = rest.find_first_of("/?");
    if (end == 0) return {};
    if (end == std::string_view::npos) return "/";
    return rest[end] == '/' ? rest.substr(end) : std::string_view{};
  }
  return {};
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view buffer) noexcept {
  while (seen_ < buffer.size()) {
    const char* found =
        static_cast<const char*>(std::memchr(buffer.data() + seen_, '\n', buffer.size() - seen_));
    if (found == nullptr) {
      seen_ = buffer.size();
      return State::more;
    }
    const auto at = static_cast<std::size_t>(found - buffer.data());
    if (at == line_ || buffer[at - 1] != '\r') return State::malformed;
    const bool empty_line = at == line_ + 1;
    const bool first_line = line_ == begin_;
    if (!empty_line && !first_line && (buffer[line_] == ' ' || buffer[line_] == '\t')) {
      return State::malformed;
    }
    line_ = seen_ = at + 1;
    if (empty_line && !first_line) return State::complete;
    if (empty_line) begin_ = line_;
  }
  return State::more;
}

/// Beast's parser over the strings of a Request. Beast checks the grammar of lines, tokens and values; this
/// class refuses what Beast allows and this server does not.
class HeadParser final : public beast_http::basic_parser<true> {
 public:
  HeadParser(Request& request, HeadFacts& facts) : request_(request), facts_(facts) {}

  std::optional<HeadRefusal> parse(std::string_view head) {
    header_limit(static_cast<std::uint32_t>(head.size() + 1));
    body_limit(boost::none);
    error_code error;
    const std::size_t used = put({head.data(), head.size()}, error);
    if (refusal_) return refusal_;
    if (error) return refusal_of(error);
    if (used != head.size() || !is_header_done()) return HeadRefusal{400, "the request head is malformed"};
    request_.headers.fields_.resize(count_);
    facts_.keep_alive = keep_alive();
    return check_whole();
  }

 private:
  static HeadRefusal refusal_of(error_code error) noexcept {
    if (error == beast_http::error::bad_version) return {505, "this server speaks HTTP/1.0 and HTTP/1.1"};
    if (error == beast_http::error::bad_target) return {400, "the request target is malformed"};
    if (error == beast_http::error::header_limit) return {431, "the request head is too long"};
    if (error == beast_http::error::bad_content_length ||
        error == beast_http::error::multiple_content_length) {
      return {400, "Content-Length must be one number"};
    }
    if (error == beast_http::error::bad_transfer_encoding) {
      return {400, "Transfer-Encoding must be \"chunked\", once, without a Content-Length"};
    }
    return {400, "the request head is malformed"};
  }

  void refuse(int status, std::string_view message, error_code& error) {
    refusal_ = HeadRefusal{status, message};
    error = beast_http::error::bad_value;
  }

  std::optional<HeadRefusal> check_whole() const noexcept {
    if (hosts_ > 1 || (hosts_ == 0 && facts_.http_1_1)) return HeadRefusal{400, "exactly one Host is needed"};
    if (facts_.chunked && !facts_.http_1_1) return HeadRefusal{400, "HTTP/1.0 has no Transfer-Encoding"};
    return std::nullopt;
  }

  void on_request_impl(beast_http::verb verb, string_view, string_view target, int version,
                       error_code& error) override {
    facts_.http_1_1 = version == 11;
    const auto method = method_of(verb);
    if (!method) {
      const bool known = verb == beast_http::verb::trace || verb == beast_http::verb::connect;
      return refuse(known ? 405 : 501, "this method is not served here", error);
    }
    request_.method = *method;
    if (!http::parse_target(view(target), *method, request_)) {
      refuse(400, "the request target is malformed", error);
    }
  }

  void on_field_impl(beast_http::field field, string_view name, string_view value,
                     error_code& error) override {
    store(view(name), view(value));
    if (field == beast_http::field::content_length) return on_content_length(view(value), error);
    if (field == beast_http::field::transfer_encoding) return on_transfer_encoding(view(value), error);
    if (field == beast_http::field::host) ++hosts_;
    if (field == beast_http::field::expect) on_expect(view(value), error);
  }

  /// Into the strings of the last request on this connection, which have memory already.
  void store(std::string_view name, std::string_view value) {
    auto& fields = request_.headers.fields_;
    if (count_ == fields.size()) fields.emplace_back();
    fields[count_].first.assign(name);
    fields[count_].second.assign(value);
    ++count_;
  }

  void on_content_length(std::string_view value, error_code& error) {
    const auto length = parse_decimal(value);
    if (lengths_++ > 0 || !length) return refuse(400, "Content-Length must be one number", error);
    facts_.content_length = *length;
  }

  void on_transfer_encoding(std::string_view value, error_code& error) {
    if (!iequals(value, "chunked")) {
      return refuse(501, "no Transfer-Encoding but \"chunked\" is served", error);
    }
    facts_.chunked = true;
  }

  void on_expect(std::string_view value, error_code& error) {
    if (!iequals(value, "100-continue")) return refuse(417, "only 100-continue can be expected", error);
    facts_.expects_continue = facts_.http_1_1;
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  HeadFacts& facts_;
  std::optional<HeadRefusal> refusal_;
  std::size_t count_ = 0;
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
};

std::optional<HeadRefusal> parse_head(std::string_view head, Request& request, HeadFacts& facts) {
  facts = {};
  request.params.clear();
  request.body.clear();
  request.handler_state.reset();
  request.handler.reset();
  request.lane.clear();
  return HeadParser{request, facts}.parse(head);
}

bool parse_target(std::string_view target, Method method, Request& request) {
  request.query.clear();
  request.single_slashes.clear();
  if (method == Method::options && target == "*") {
    request.path = "*";
    return true;
  }
  if (target.find('#') != std::string_view::npos) return false;
  if (!target.starts_with('/')) target = after_authority(target);
  if (!target.starts_with('/')) return false;
  const std::size_t mark = target.find('?');
  if (mark != std::string_view::npos) request.query.assign(target.substr(mark + 1));
  const std::string_view raw = target.substr(0, mark);
  if (raw.find("//") != std::string_view::npos) request.single_slashes = single_slashes_of(raw);
  return decode_path(raw, request.path) && is_normal_path(request.path);
}

}  // namespace packhouse::http
