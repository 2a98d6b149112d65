#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <map>
#include <span>
#include <stdexcept>

#include "base/text.hpp"
#include "nearest_word.hpp"

namespace packhouse::app {

// ----- options

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::placeholder(const char* word) const {
  option_->type_name(word);
  return *this;
}

Option Option::show_default() const {
  option_->capture_default_str();
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

// ----- commands

struct Command::Node {
  struct Alternatives {
    std::vector<Option> options;
    std::string what;
  };

  void check_alternatives() const {
    for (const auto& [options, what] : alternatives) {
      const auto given = std::ranges::count_if(options, [](Option one) { return one.option_->count() > 0; });
      if (given != 1) throw CLI::RequiredError(what);
    }
  }

  std::vector<std::string> commands() const {
    std::vector<std::string> names;
    for (const Node& node : below)
      names.push_back(node.app->get_name());
    return names;
  }

  /// nullptr if no command has that name.
  auto find(this auto& self, std::string_view name) -> decltype(&self.below.front()) {
    const auto found =
        std::ranges::find_if(self.below, [&](const Node& node) { return node.app->get_name() == name; });
    return found == self.below.end() ? nullptr : &*found;
  }

  std::vector<std::string> options() const {
    std::vector<std::string> names;
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames())
        names.push_back("--" + name);
    }
    return names;
  }

  /// "packhouse token create"
  std::string path() const {
    const CLI::App* above = app->get_parent();
    std::string name = app->get_name();
    for (; above != nullptr; above = above->get_parent())
      name = above->get_name() + " " + name;
    return name;
  }

  /// The node of the innermost command that was named.
  const Node& chosen() const {
    const auto named = app->get_subcommands();
    if (named.empty()) return *this;
    return std::ranges::find(below, named.front(), &Node::app)->chosen();
  }

  CommandDescription describe() const;

  CLI::App* app;
  Action action = {};
  std::string example = {};
  std::map<const CLI::Option*, std::vector<std::string>> choices = {};
  std::vector<Alternatives> alternatives = {};
  std::string heading = {};    // of the commands below that are added
  std::list<Node> below = {};  // its elements stay in their place
};

Command Command::add(const char* name, const char* about, Action action) const {
  CLI::App* added = node_->app->add_subcommand(name, about);
  if (!node_->heading.empty()) added->group(node_->heading);
  node_->below.push_back({.app = added, .action = std::move(action)});
  return Command(node_->below.back());
}

void Command::heading(const char* title) const {
  node_->heading = title;
}

Command Command::group(const char* name, const char* about) const {
  const Command group = add(name, about, {});
  group.node_->app->require_subcommand(1);
  return group;
}

void Command::require_one(std::vector<Option> options, std::string what) const {
  node_->alternatives.push_back({std::move(options), std::move(what)});
}

Option Command::text(const char* name, std::string& target, const char* about) const {
  return Option(node_->app->add_option(name, target, about));
}

Option Command::text(const char* name, std::optional<std::string>& target, const char* about) const {
  return Option(node_->app->add_option(name, target, about));
}

Option Command::list(const char* name, std::vector<std::string>& target, const char* about) const {
  return Option(node_->app->add_option(name, target, about));
}

Option Command::number(const char* name, std::int64_t& target, const char* about) const {
  return Option(node_->app->add_option(name, target, about));
}

Option Command::number(const char* name, std::optional<std::int64_t>& target, const char* about) const {
  return Option(node_->app->add_option(name, target, about));
}

Option Command::flag(const char* name, bool& target, const char* about) const {
  return Option(node_->app->add_flag(name, target, about));
}

Option Command::choice(const char* name, std::string& target, std::vector<std::string> words,
                       const char* about) const {
  CLI::Option* option = node_->app->add_option(name, target, about)->check(CLI::IsMember(words));
  node_->choices.emplace(option, std::move(words));
  return Option(option);
}

// ----- descriptions

namespace {

OptionDescription describe_option(const CLI::Option& option) {
  const bool has_value = option.get_items_expected_max() > 0;
  const bool positional = option.get_lnames().empty();
  return {.name = positional ? option.get_name(true) : "--" + option.get_lnames().front(),
          .value = has_value ? option.get_type_name() : "",
          .about = option.get_description(),
          .required = option.get_required(),
          .repeatable = option.get_expected_max() > 1};
}

}  // namespace

CommandDescription Command::Node::describe() const {
  CommandDescription command{.path = path(), .about = app->get_description(), .example = example};
  for (const CLI::Option* option : app->get_options()) {
    if (option == app->get_help_ptr()) continue;
    auto& described = command.options.emplace_back(describe_option(*option));
    if (const auto found = choices.find(option); found != choices.end()) {
      described.words = found->second;
      described.value = "WORD";
    }
  }
  for (const Node& node : below)
    command.below.push_back(node.describe());
  return command;
}

CommandDescription Command::describe() const {
  return node_->describe();
}

// ----- the program

namespace {

Error wrong_words(std::string message, std::string hint) {
  return {Errc::invalid_input, std::move(message), std::move(hint)};
}

}  // namespace

struct CommandLine::State {
  explicit State(const char* about) : app(about, "packhouse") {}

  /// A word where a command must stand and none does, or none at all.
  std::optional<Error> find_wrong_command(std::span<const char* const> words) const;
  /// What CLI11 found wrong, in the words of this program.
  Error explain(const CLI::ParseError& fault) const;
  Error explain_extra(const Command::Node& command, const std::string& word) const;

  CLI::App app;
  Command::Node root{.app = &app};
};

std::optional<Error> CommandLine::State::find_wrong_command(std::span<const char* const> words) const {
  const Command::Node* at = &root;
  for (const std::string_view word : words) {
    if (at->below.empty() || word.starts_with('-')) return std::nullopt;
    const Command::Node* next = at->find(word);
    if (next == nullptr && !at->action) {
      const auto names = at->commands();
      const auto nearest = nearest_word(word, names);
      return wrong_words(fmt::format("there is no command {} {}", at->path(), quote(word)),
                         nearest ? fmt::format("{} {}", at->path(), *nearest)
                                 : fmt::format("the commands are {}", join(names, ", ")));
    }
    if (next == nullptr) return std::nullopt;  // a positional argument
    at = next;
  }
  if (at->below.empty() || at->action) return std::nullopt;
  return wrong_words(fmt::format("expected a command after {}, found none", at->path()),
                     fmt::format("the commands are {}; {} --help says what each does",
                                 join(at->commands(), ", "), at->path()));
}

Error CommandLine::State::explain_extra(const Command::Node& command, const std::string& word) const {
  const std::string path = command.path();
  if (!word.starts_with("--")) {
    return wrong_words(fmt::format("{} takes no further word, found {}", path, quote(word)),
                       path + " --help shows its words");
  }
  const std::string name = word.substr(0, word.find('='));
  const auto options = command.options();
  const auto nearest = nearest_word(name, options);
  if (!nearest) {
    return wrong_words(fmt::format("{} has no option {}", path, quote(name)),
                       path + " --help lists its options");
  }
  if (*nearest == name) {
    return wrong_words(fmt::format("expected the command before {}", name), fmt::format("{} {}", path, name));
  }
  return wrong_words(fmt::format("{} has no option {}", path, quote(name)),
                     fmt::format("{} {}", path, *nearest));
}

Error CommandLine::State::explain(const CLI::ParseError& fault) const {
  const Command::Node& command = root.chosen();
  const auto extras = app.remaining(true);
  if (fault.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extras.empty())
    return explain_extra(command, extras.front());
  return wrong_words(fault.what(), command.path() + " --help shows the options and an example");
}

CommandLine::CommandLine(const char* about, const char* version) : state_(std::make_unique<State>(about)) {
  state_->app.set_version_flag("--version", version);
  state_->app.require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() noexcept {
  return Command(state_->root);
}

void CommandLine::add_example(std::string_view words) {
  Command::Node* at = &state_->root;
  for (const std::string_view word : split(words, ' ')) {
    Command::Node* next = at->find(word);
    if (next != nullptr) at = next;
  }
  if (!at->example.empty()) throw std::logic_error("a command has two examples");
  at->example = words;
  at->app->footer(fmt::format("\nExample:\n  {}", words));
}

ExitCode CommandLine::run(int argc, const char* const* argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  if (const auto wrong = state_->find_wrong_command(words.subspan(std::min<std::size_t>(1, words.size()))))
    return report(*wrong);
  const Command::Node* chosen = nullptr;
  try {
    state_->app.parse(argc, argv);
    chosen = &state_->root.chosen();
    chosen->check_alternatives();
  } catch (const CLI::Success& answered) {
    return static_cast<ExitCode>(state_->app.exit(answered));
  } catch (const CLI::ParseError& fault) {
    return report(state_->explain(fault));
  }
  return chosen->action();
}

}  // namespace packhouse::app
