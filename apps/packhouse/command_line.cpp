#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

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

  /// The node of the innermost command that was named.
  const Node& chosen() const {
    const auto named = app->get_subcommands();
    if (named.empty()) return *this;
    return std::ranges::find(below, named.front(), &Node::app)->chosen();
  }

  CLI::App* app;
  Action action = {};
  std::vector<Alternatives> alternatives = {};
  std::deque<Node> below = {};  // a deque's elements stay in their place
};

Command Command::add(const char* name, const char* about, Action action) const {
  node_->below.push_back({.app = node_->app->add_subcommand(name, about), .action = std::move(action)});
  return Command(node_->below.back());
}

Command Command::group(const char* name, const char* about) const {
  const Command group = add(name, about, {});
  group.node_->app->require_subcommand(1);
  return group;
}

Command Command::option_group(const char* name, const char* about, std::size_t least,
                              std::size_t most) const {
  node_->below.push_back({.app = node_->app->add_option_group(name, about)->require_option(least, most)});
  return Command(node_->below.back());
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
  return Option(node_->app->add_option(name, target, about)->check(CLI::IsMember(std::move(words))));
}

// ----- the program

struct CommandLine::State {
  explicit State(const char* about) : app(about) {}

  CLI::App app;
  Command::Node root{.app = &app};
};

CommandLine::CommandLine(const char* about, const char* version) : state_(std::make_unique<State>(about)) {
  state_->app.set_version_flag("--version", version);
  state_->app.require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() noexcept {
  return Command(state_->root);
}

ExitCode CommandLine::run(int argc, const char* const* argv) {
  const Command::Node* chosen = nullptr;
  try {
    state_->app.parse(argc, argv);
    chosen = &state_->root.chosen();
    chosen->check_alternatives();
  } catch (const CLI::ParseError& error) {
    return state_->app.exit(error) == 0 ? ExitCode::ok : ExitCode::usage;
  }
  return chosen->action();
}

}  // namespace packhouse::app
