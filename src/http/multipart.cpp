#include "http/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "http/header_params.hpp"

namespace packhouse::http {
namespace {

constexpr std::size_t max_boundary = 70;
/// White space that may stand between a boundary and its CRLF (RFC 2046 section 5.1.1).
constexpr std::size_t max_padding = 64;

Error malformed(std::string message) {
  return {Errc::invalid_input, std::move(message)};
}

bool is_boundary(std::string_view text) noexcept {
  constexpr std::string_view marks = "'()+_,-./:=? ";
  return !text.empty() && text.size() <= max_boundary && !text.ends_with(' ') &&
         std::ranges::all_of(text, [&](char c) { return is_ascii_alnum(c) || marks.find(c) != marks.npos; });
}

/// Browsers write only a quote, CR and LF in a name as %22, %0D and %0A (HTML, "multipart form data"): any
/// other escape is literal text.
std::string undo_html_escapes(std::string text) {
  if (text.find('%') == std::string::npos) return text;
  text = replace_all(std::move(text), "%22", "\"");
  text = replace_all(std::move(text), "%0D", "\r");
  return replace_all(std::move(text), "%0A", "\n");
}

/// `name` or its RFC 8187 form `name*`, which RFC 7578 forbids and reqwest sends. The latter wins.
Result<std::optional<std::string>> text_param(const ParameterizedValue& disposition, std::string_view name) {
  std::optional<std::string> text;
  if (const auto* plain = disposition.find(name)) text = undo_html_escapes(*plain);
  if (const auto* extended = disposition.find(std::string{name} + "*")) {
    const std::size_t first = extended->find('\'');
    const std::size_t second = first == std::string::npos ? first : extended->find('\'', first + 1);
    const bool utf8 =
        second != std::string::npos && iequals(std::string_view{*extended}.substr(0, first), "utf-8");
    text = utf8 ? percent_decode(std::string_view{*extended}.substr(second + 1)) : std::nullopt;
    if (!text) return malformed(fmt::format("expected {}*=utf-8''…, found {}", name, quote(*extended)));
  }
  if (text && !is_utf8(*text))
    return malformed(fmt::format("a part's {} is not UTF-8: {}", name, quote(*text)));
  return text;
}

Status read_disposition(std::string_view value, PartHead& head) {
  TRY(const auto disposition, parse_parameterized(value));
  if (disposition.value != "form-data") {
    return malformed(
        fmt::format("expected Content-Disposition: form-data, found {}", quote(disposition.value)));
  }
  TRY(auto name, text_param(disposition, "name"));
  if (!name || name->empty()) return malformed("a part has no name");
  TRY(auto filename, text_param(disposition, "filename"));
  head.name = *std::move(name);
  head.is_file = filename.has_value();
  head.filename = std::move(filename).value_or("");
  return success();
}

/// Any other encoding would have to be decoded; RFC 7578 (section 4.7) deprecates them all.
Status check_transfer_encoding(std::string_view value) {
  if (iequals(value, "binary") || iequals(value, "8bit") || iequals(value, "7bit")) return success();
  return malformed(fmt::format("expected a part as it is, found Content-Transfer-Encoding {}", quote(value)));
}

Status read_field(std::string_view line, PartHead& head, bool& disposed) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  const bool sound =
      colon != std::string_view::npos && !name.empty() &&
      std::ranges::none_of(
          line, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }) &&
      name.find_first_of(" \t") == std::string_view::npos;
  if (!sound) return malformed(fmt::format("a part's field is malformed: {}", quote(line)));
  const std::string_view value = trim(line.substr(colon + 1), " \t");
  if (iequals(name, "Content-Transfer-Encoding")) return check_transfer_encoding(value);
  if (iequals(name, "Content-Type")) head.content_type = value;
  if (!iequals(name, "Content-Disposition")) return success();
  if (std::exchange(disposed, true)) return malformed("a part has two Content-Dispositions");
  return read_disposition(value, head);
}

/// `text` holds whole lines, each with its CRLF.
Result<PartHead> read_head(std::string_view text) {
  PartHead head;
  bool disposed = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    CHECK_OK(read_field(text.substr(0, end), head, disposed));
    text.remove_prefix(end + 2);
  }
  if (!disposed) return malformed("a part has no Content-Disposition");
  return head;
}

}  // namespace

struct MultipartReader::State {
  enum class Where {
    preamble,  // before the first delimiter
    body,      // a part's bytes
    tail,      // behind a delimiter: "--", or blanks and CRLF
    head,      // a part's fields
    epilogue,  // behind the closing delimiter
    failed
  };

  State(std::string_view boundary, PartHandler& part_handler, MultipartLimits given)
      : delimiter(fmt::format("\r\n--{}", boundary)), handler(part_handler), limits(given) {}

  Status feed(std::string_view bytes);
  Status step(std::string_view& bytes);
  Status take_body(std::string_view& bytes);
  Status take_tail(std::string_view& bytes);
  Status take_head(std::string_view& bytes);
  Status drop(std::size_t count, std::string_view what);
  Status pass(std::string_view bytes);
  Status end_part();
  std::size_t cut_delimiter(std::string_view bytes) const noexcept;

  const std::string delimiter;
  PartHandler& handler;
  const MultipartLimits limits;

  Where where = Where::preamble;
  /// How much of the delimiter the bytes so far end with. They were not passed on; nothing else is held back,
  /// since CR stands in a delimiter only at its start. The first delimiter needs no CRLF: as if it was there.
  std::size_t matched = 2;
  std::string text;  // the tail or head that is being read
  std::size_t parts = 0;
  std::size_t dropped = 0;
  Error failure{};
};

Status MultipartReader::State::feed(std::string_view bytes) {
  while (!bytes.empty() && where != Where::failed) {
    if (Status status = step(bytes); !status.ok()) {
      failure = std::move(status).error();
      where = Where::failed;
    }
  }
  if (where == Where::failed) return failure;
  return success();
}

Status MultipartReader::State::step(std::string_view& bytes) {
  switch (where) {
    case Where::preamble:
    case Where::body:
      return take_body(bytes);
    case Where::tail:
      return take_tail(bytes);
    case Where::head:
      return take_head(bytes);
    case Where::epilogue:
      return drop(std::exchange(bytes, {}).size(), "after the last part");
    case Where::failed:
      break;
  }
  return failure;
}

Status MultipartReader::State::take_body(std::string_view& bytes) {
  if (matched > 0) {
    const std::string_view rest = std::string_view{delimiter}.substr(matched);
    const std::size_t count = std::min(rest.size(), bytes.size());
    if (bytes.substr(0, count) == rest.substr(0, count)) {
      bytes.remove_prefix(count);
      matched += count;
      return matched == delimiter.size() ? end_part() : success();
    }
    CHECK_OK(pass(std::string_view{delimiter}.substr(0, std::exchange(matched, 0))));
  }
  // memmem is sublinear here: several times what a socket brings.
  const void* found = ::memmem(bytes.data(), bytes.size(), delimiter.data(), delimiter.size());
  if (found != nullptr) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    CHECK_OK(pass(bytes.substr(0, at)));
    bytes.remove_prefix(at + delimiter.size());
    return end_part();
  }
  matched = cut_delimiter(bytes);
  const std::string_view data = bytes.substr(0, bytes.size() - matched);
  bytes = {};
  return pass(data);
}

/// The length of the delimiter's beginning with which `bytes` ends.
std::size_t MultipartReader::State::cut_delimiter(std::string_view bytes) const noexcept {
  const std::size_t most = std::min(delimiter.size() - 1, bytes.size());
  const std::string_view end = bytes.substr(bytes.size() - most);
  const std::size_t cr = end.rfind('\r');
  if (cr == std::string_view::npos || !delimiter.starts_with(end.substr(cr))) return 0;
  return end.size() - cr;
}

Status MultipartReader::State::pass(std::string_view bytes) {
  if (bytes.empty()) return success();
  if (where == Where::preamble) return drop(bytes.size(), "before the first part");
  return handler.data(bytes);
}

Status MultipartReader::State::drop(std::size_t count, std::string_view what) {
  dropped += count;
  if (dropped <= limits.max_head_bytes) return success();
  return Error{Errc::too_large, fmt::format("more than {} bytes stand {}", limits.max_head_bytes, what)};
}

Status MultipartReader::State::end_part() {
  const bool in_part = where == Where::body;
  where = Where::tail;
  matched = 0;
  text.clear();
  return in_part ? handler.end() : success();
}

Status MultipartReader::State::take_tail(std::string_view& bytes) {
  text += bytes[0];
  bytes.remove_prefix(1);
  if (text == "--") {
    where = Where::epilogue;
    dropped = 0;
  } else if (text.ends_with("\r\n")) {
    const bool blank = trim(text, " \t").size() == 2;
    if (!blank) return malformed("a boundary is followed by other bytes than its line end");
    if (++parts > limits.max_parts) {
      return Error{Errc::too_large, fmt::format("the form has more than {} parts", limits.max_parts)};
    }
    where = Where::head;
    text.clear();
  } else if (text.size() > max_padding) {
    return malformed("a boundary is followed by other bytes than its line end");
  }
  return success();
}

Status MultipartReader::State::take_head(std::string_view& bytes) {
  const std::size_t before = text.size();
  const std::size_t count = std::min(bytes.size(), limits.max_head_bytes + 4 - before);
  text.append(bytes.substr(0, count));
  if (text.starts_with("\r\n")) return malformed("a part has no Content-Disposition");
  const std::size_t end = text.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    bytes.remove_prefix(count);
    if (text.size() < limits.max_head_bytes + 4) return success();
    return Error{Errc::too_large,
                 fmt::format("a part's head is longer than {} bytes", limits.max_head_bytes)};
  }
  bytes.remove_prefix(end + 4 - before);
  TRY(const auto head, read_head(std::string_view{text}.substr(0, end + 2)));
  where = Where::body;
  text.clear();
  return handler.begin(head);
}

MultipartReader::MultipartReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
MultipartReader::~MultipartReader() = default;
MultipartReader::MultipartReader(MultipartReader&&) noexcept = default;
MultipartReader& MultipartReader::operator=(MultipartReader&&) noexcept = default;

Result<MultipartReader> MultipartReader::make(std::string_view content_type, PartHandler& handler,
                                              MultipartLimits limits) {
  const std::string hint = "send the form as multipart/form-data with its boundary";
  auto parsed = parse_parameterized(content_type);
  if (!parsed.ok() || parsed->value != "multipart/form-data") {
    return Error{Errc::invalid_input,
                 fmt::format("expected Content-Type: multipart/form-data, found {}", quote(content_type)),
                 hint};
  }
  const auto* boundary = parsed->find("boundary");
  if (boundary == nullptr || !is_boundary(*boundary)) {
    return Error{
        Errc::invalid_input,
        fmt::format("expected a boundary of 1 to 70 characters by RFC 2046, found {}", quote(content_type)),
        hint};
  }
  return MultipartReader(std::make_unique<State>(*boundary, handler, limits));
}

Status MultipartReader::feed(std::string_view bytes) {
  return state_->feed(bytes);
}

Status MultipartReader::finish() {
  if (state_->where == State::Where::failed) return state_->failure;
  if (state_->where == State::Where::epilogue) return success();
  return malformed("the form ends before its closing boundary");
}

}  // namespace packhouse::http
