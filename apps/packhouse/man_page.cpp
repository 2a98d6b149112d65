#include "man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::app {
namespace {

/// Text of which roff takes no character for its own: a hyphen is one that can be copied into a shell.
std::string roff(std::string_view text) {
  std::string escaped = replace_all(replace_all(std::string(text), "\\", "\\e"), "-", "\\-");
  const bool is_request = escaped.starts_with('.') || escaped.starts_with('\'');
  return is_request ? "\\&" + escaped : escaped;
}

std::string page_name(const CommandDescription& command) {
  return replace_all(command.path, " ", "-");
}

/// "\fB\-\-plan\fR \fIFILE\fR"
std::string heading(const OptionDescription& option) {
  if (option.is_positional()) return fmt::format("\\fI{}\\fR", roff(option.name));
  if (option.value.empty()) return fmt::format("\\fB{}\\fR", roff(option.name));
  return fmt::format("\\fB{}\\fR \\fI{}\\fR", roff(option.name), roff(option.value));
}

std::string synopsis(const CommandDescription& command) {
  std::string text = fmt::format("\\fB{}\\fR", roff(command.path));
  const auto is_option = [](const OptionDescription& option) { return !option.is_positional(); };
  if (std::ranges::any_of(command.options, is_option)) text += " [\\fIOPTIONS\\fR]";
  if (!command.below.empty()) text += " \\fICOMMAND\\fR";
  for (const auto& option : command.options) {
    if (!option.is_positional()) continue;
    const std::string dots = option.repeatable ? "…" : "";
    text += option.required ? fmt::format(" {}{}", heading(option), dots)
                            : fmt::format(" [{}{}]", heading(option), dots);
  }
  return text;
}

std::string entry(const OptionDescription& option) {
  std::string text = fmt::format(".TP\n{}\n{}", heading(option), roff(option.about));
  if (!option.words.empty()) text += fmt::format(" ({})", roff(join(option.words, ", ")));
  if (option.required) text += " (required)";
  return text + "\n";
}

std::string commands_below(const CommandDescription& command) {
  std::string text;
  for (const auto& below : command.below)
    text += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", roff(page_name(below)), roff(below.about));
  return text;
}

}  // namespace

ManPage man_page(const CommandDescription& command, std::string_view version) {
  const std::string name = page_name(command);
  std::string text =
      fmt::format(".TH {} 1 \"\" \"Packhouse {}\" \"Packhouse\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n",
                  roff(name), version, roff(name), roff(command.about), synopsis(command));
  if (!command.below.empty()) text += ".SH COMMANDS\n" + commands_below(command);
  if (!command.options.empty()) text += ".SH OPTIONS\n";
  for (const auto& option : command.options)
    text += entry(option);
  if (!command.example.empty()) text += fmt::format(".SH EXAMPLES\n.EX\n{}\n.EE\n", roff(command.example));
  return {name + ".1", std::move(text)};
}

}  // namespace packhouse::app
