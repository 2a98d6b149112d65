#include "console/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/text.hpp"

namespace packhouse::console {
namespace {

constexpr std::array bar_units{"=", " "};
constexpr int bar_width = 24;
constexpr int max_annotations = 9;  // the runner shows ten of a kind for each step
constexpr std::size_t max_summary = 512U << 10U;
constexpr auto redraw_after = std::chrono::milliseconds(100);

std::string bar(std::uint64_t done, std::uint64_t total) {
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const int filled = static_cast<int>(share * bar_width);
  std::string text;
  for (int i = 0; i < bar_width; ++i)
    text += bar_units[i < filled ? 0 : 1];
  return fmt::format("[{}] {:3.0f} %", text, share * 100);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::string escape_command_data(std::string_view text) {
  std::string out = replace_all(std::string(text), "%", "%25");
  out = replace_all(std::move(out), "\r", "%0D");
  return replace_all(std::move(out), "\n", "%0A");
}

std::string escape_command_property(std::string_view text) {
  std::string out = replace_all(escape_command_data(text), ":", "%3A");
  return replace_all(std::move(out), ",", "%2C");
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : sanitize_line(text)) {
    if (std::string_view("\\`*_{}[]<>()#+-!|&~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// The runner takes a line that begins with "::" for a command, and "##[" anywhere in a line.
std::string sanitize_line(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += is_control(c) && c != '\t' ? ' ' : c;
  const std::string_view trimmed = trim(out);
  if (trimmed.starts_with("::")) out.insert(out.find("::") + 1, " ");
  return replace_all(std::move(out), "##[", "## [");
}

Console::Console(ConsoleOptions options, const Redactor& redactor, Clock& clock)
    : options_(std::move(options)), redactor_(redactor), clock_(clock) {}

void Console::emit(std::string_view text) {
  const std::lock_guard lock(writing_);
  if (std::exchange(drawn_at_, std::nullopt)) options_.text("\r\x1b[K");
  options_.text(text);
}

void Console::mask(const std::vector<Secret>& secrets) {
  if (!options_.github) return;
  for (const Secret& secret : secrets) {
    // The one place where a secret is written: the runner's own way to be told what to mask. It takes a line
    // at a time and never shows this one.
    for (const std::string_view part : split(secret.reveal(), '\n')) {
      if (!trim(part).empty())
        options_.text(fmt::format("::add-mask::{}\n", escape_command_data(trim(part))));
    }
  }
}

void Console::line(std::string_view text) {
  emit(sanitize_line(redactor_.redact(text)) + "\n");
}

void Console::step(std::string_view name) {
  line(fmt::format("== {}", name));
}

void Console::warn(std::string_view text) {
  line(fmt::format("warning: {}", text));
  annotate("warning", "packhouse", text);
}

void Console::checks(const Checks& checks) {
  for (const Check& check : checks) {
    if (check.passed) {
      line(fmt::format("  ok       {}  {}", check.id, check.found));
      continue;
    }
    line(fmt::format("  REFUSED  {}", check.id));
    line(fmt::format("           expected: {}", check.expected));
    line(fmt::format("           found:    {}", check.found));
    line(fmt::format("           hint:     {}", check.hint));
    annotate("error", check.id,
             fmt::format("expected {}; found {}; hint: {}", check.expected, check.found, check.hint));
  }
}

void Console::error(const Error& error) {
  line(fmt::format("error: {}", error.message));
  if (!error.hint.empty()) line(fmt::format("hint: {}", error.hint));
  annotate("error", "packhouse", error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

void Console::annotate(std::string_view kind, std::string_view title, std::string_view text) {
  if (!options_.github || ++annotations_ > max_annotations) return;
  emit(fmt::format("::{} title={}::{}\n", kind, escape_command_property(redactor_.redact(title)),
                   escape_command_data(redactor_.redact(text))));
}

Progress Console::transfer(std::string label) {
  if (!options_.terminal) return nullptr;
  return
      [this, label = std::move(label)](std::uint64_t done, std::uint64_t total) { draw(label, done, total); };
}

void Console::draw(std::string_view label, std::uint64_t done, std::uint64_t total) {
  const Timestamp now = clock_.now();
  const std::lock_guard lock(writing_);
  if (drawn_at_ && now - *drawn_at_ < redraw_after) return;
  drawn_at_ = now;
  const std::string amount = total == 0 ? human_size(done) : bar(done, total) + " of " + human_size(total);
  options_.text("\r\x1b[K" + sanitize_line(redactor_.redact(fmt::format("  {}  {}", label, amount))));
}

void Console::transferred(std::string_view label, std::uint64_t bytes) {
  line(fmt::format("  {}  {}", label, human_size(bytes)));
}

Console::Section::Section(Console& console, std::string_view title)
    : console_(console), stream_(console.redactor_) {
  console_.line(title);
  if (!console_.options_.github) return;
  token_ = to_hex(Sha256::of(random_bytes(16)).bytes());
  console_.options_.text(fmt::format("::stop-commands::{}\n", token_));
}

Console::Section::~Section() {
  const std::string rest = stream_.finish();
  console_.options_.text(rest);
  if (!rest.empty()) at_line_start_ = rest.ends_with('\n');
  if (!at_line_start_) console_.options_.text("\n");
  if (!token_.empty()) console_.options_.text(fmt::format("::{}::\n", token_));
}

void Console::Section::feed(std::string_view chunk) {
  std::string shown = stream_.feed(chunk);
  // Colours are lost, and so is every other command to a terminal.
  std::erase_if(shown, [](char c) { return is_control(c) && c != '\n' && c != '\t'; });
  if (shown.empty()) return;
  at_line_start_ = shown.ends_with('\n');
  console_.options_.text(shown);
}

Console::Held::Held(Console& to)
    : to_(to),
      own_(std::make_unique<Console>(
          ConsoleOptions{.text = [this](std::string_view text) { take(text); }, .github = to.options_.github},
          to.redactor_, to.clock_)) {}

Console& Console::Held::console() noexcept {
  return *own_;
}

void Console::Held::take(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (shown_) {
    to_.emit(text);
  } else {
    kept_ += text;
  }
}

void Console::Held::show() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(shown_, true)) return;
  to_.emit(std::exchange(kept_, {}));
}

void Console::summarise(std::string_view markdown) {
  if (!options_.summary || summary_.size() + markdown.size() > max_summary) return;
  summary_ += markdown;
}

std::string Console::table(const Checks& checks) const {
  const auto cell = [this](std::string_view text) { return escape_markdown(redactor_.redact(text)); };
  std::string text = "| | check | expected | found |\n| --- | --- | --- | --- |\n";
  for (const Check& check : checks) {
    text += fmt::format("| {} | {} | {} | {} |\n", check.passed ? "ok" : "**refused**", cell(check.id),
                        cell(check.expected), cell(check.found));
  }
  for (const Check& check : checks)
    if (!check.passed) text += fmt::format("\n- **{}**: {}\n", cell(check.id), cell(check.hint));
  return text + "\n";
}

void Console::summarise_checks(std::string_view title, const Checks& checks) {
  summarise(fmt::format("### {}\n\n{}", escape_markdown(redactor_.redact(title)), table(checks)));
}

void Console::conclude(std::string_view headline, const Checks& checks) {
  if (!options_.summary || std::exchange(concluded_, true)) return;
  Checks refused;
  std::ranges::copy_if(checks, std::back_inserter(refused), [](const Check& check) { return !check.passed; });
  // A hyphen is markup at the beginning of a line alone, and names have many.
  const std::string title = replace_all(escape_markdown(redactor_.redact(headline)), "\\-", "-");
  options_.summary(fmt::format("## {}\n\n{}{}", title, refused.empty() ? "" : table(refused), summary_));
}

// Without an outcome, as after an exception, what was added is all there is to say.
Console::~Console() {
  if (options_.summary && !concluded_ && !summary_.empty()) options_.summary(summary_);
}

void Console::document(const json::Value& document) {
  if (options_.document) options_.document(json::dump_pretty(redact(redactor_, document)) + "\n");
}

}  // namespace packhouse::console
