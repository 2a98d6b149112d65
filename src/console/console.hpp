#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "base/redactor.hpp"
#include "base/secret.hpp"
#include "evidence/check.hpp"
#include "sys/clock.hpp"

namespace packhouse::console {

/// Where and how the desk speaks.
struct ConsoleOptions {
  /// Lines for people, and the runner's commands. With --json this is stderr.
  std::function<void(std::string_view)> text;
  /// The one document of --json; unset: none is wanted.
  std::function<void(std::string_view)> document = nullptr;
  bool terminal = false;  ///< progress bars instead of plain lines
  bool github = false;    ///< annotations, masks and a step summary
  /// Appends to the step summary's file; unset: there is none.
  std::function<void(std::string_view)> summary = nullptr;
};

/// Everything that the desk shows. Whatever is shown passes the redactor, and bytes from outside can not give
/// commands to a terminal or to a runner. Several threads may call line, warn, transfer and transferred; all
/// else is one thread's. `redactor` and `clock` outlive it.
class Console {
 public:
  Console(ConsoleOptions options, const Redactor& redactor, Clock& clock);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  /// Has the runner mask them; first of all.
  void mask(const std::vector<Secret>& secrets);

  void line(std::string_view text);
  void step(std::string_view name);
  void warn(std::string_view text);
  /// One line for each check; for a refused one also what was expected, found and what to do.
  void checks(const Checks& checks);
  /// For the end: an error that is no check.
  void error(const Error& error);

  /// Told of a transfer's bytes; draws a bar or, without a terminal, a line at the end.
  Progress transfer(std::string label);
  /// Ends a transfer's bar.
  void transferred(std::string_view label, std::uint64_t bytes);

  /// The output of a program we run. Nothing in it is obeyed by the runner.
  class Section {
   public:
    Section(Console& console, std::string_view title);
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;
    void feed(std::string_view chunk);

   private:
    Console& console_;
    RedactingStream stream_;
    std::string token_;
    bool at_line_start_ = true;
  };

  /// A Console whose words are kept until show(), and are shown as they come from then on: for what is done
  /// beside something that speaks itself. `to` outlives it.
  class Held {
   public:
    explicit Held(Console& to);
    Console& console() noexcept;
    void show();

   private:
    void take(std::string_view text);

    Console& to_;
    std::mutex mutex_;  // guards the two below
    std::string kept_;
    bool shown_ = false;
    std::unique_ptr<Console> own_;
  };

  /// Adds to the step summary, in Markdown without outside bytes; at most 512 KiB in all (the runner takes 1
  /// MiB). It is kept until conclude() or the end, so that the outcome can stand first.
  void summarise(std::string_view markdown);
  void summarise_checks(std::string_view title, const Checks& checks);
  /// Writes the step summary: the headline, the refused of these checks, then what was added. Once.
  void conclude(std::string_view headline, const Checks& checks);
  void document(const json::Value& document);

 private:
  friend class Section;
  friend class Held;
  void emit(std::string_view text);
  void annotate(std::string_view kind, std::string_view title, std::string_view text);
  void draw(std::string_view label, std::uint64_t done, std::uint64_t total);
  std::string table(const Checks& checks) const;

  ConsoleOptions options_;
  const Redactor& redactor_;
  Clock& clock_;
  std::mutex writing_;  // guards what is below it, and options_.text
  std::optional<Timestamp> drawn_at_;
  std::atomic<int> annotations_ = 0;
  std::string summary_;
  bool concluded_ = false;
};

/// For the data of a runner's command.
std::string escape_command_data(std::string_view text);
/// For a property of a runner's command.
std::string escape_command_property(std::string_view text);
/// For a cell of a Markdown table: no markup, one line.
std::string escape_markdown(std::string_view text);
/// A line that neither a terminal nor a runner takes for a command.
std::string sanitize_line(std::string_view text);

}  // namespace packhouse::console
