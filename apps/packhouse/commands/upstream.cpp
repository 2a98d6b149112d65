// packhouse upstream: exceptions from what an index holds back of its upstreams' files.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "base/reason.hpp"
#include "commands/commands.hpp"
#include "config/server_configuration.hpp"
#include "sys/clock.hpp"
#include "upstream/age_exception.hpp"
#include "wiring/data_folder.hpp"

namespace packhouse::app {
namespace {

struct ExceptionOptions {
  std::string data = "packhouse-data";
  std::string index{main_index};
  std::string requirement;
  std::string until;
  std::string reason;
};

LedgerNote note_of(std::string_view action, const ExceptionOptions& options, const AgeException& exception,
                   json::Object detail) {
  return {.actor = console_actor(),
          .action = std::string(action),
          .subject = fmt::format("{}/{}", options.index, exception.requirement()),
          .reason = exception.reason,
          .detail = std::move(detail)};
}

Result<AgeException> asked_exception(const ExceptionOptions& options) {
  TRY(auto exception, upstream::parse_excepted(options.requirement));
  TRY(exception.reason, parse_reason(options.reason, "say why: the ledger keeps it"));
  exception.made = SystemClock().now();
  return exception;
}

Status allow(const ExceptionOptions& options) {
  TRY(auto exception, asked_exception(options));
  TRY(exception.until, upstream::parse_end(options.until, exception.made));
  const auto end = to_iso8601(exception.until);
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  CHECK_OK(data.store->upstreams().allow(options.index, exception,
                                         note_of("upstream.allow", options, exception, {{"until", end}})));
  fmt::print("{} is offered whatever its age, until {}\n", exception.requirement(), end);
  return success();
}

Status lift(const ExceptionOptions& options) {
  TRY(const auto exception, asked_exception(options));
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  CHECK_OK(data.store->upstreams().end_exception(
      options.index, exception, note_of("upstream.lift", options, exception, {}), exception.made));
  fmt::print("ended the exception for {}\n", exception.requirement());
  return success();
}

Status list(const ExceptionOptions& options) {
  TRY(const auto data, DataFolder::open(options.data, Sharing::beside, Opening::as_it_is));
  TRY(const auto exceptions, data.store->upstreams().exceptions(options.index));
  const auto now = SystemClock().now();
  for (const auto& exception : exceptions) {
    fmt::print("{:<24}  {} {}  {}\n", exception.requirement(), exception.until > now ? "until" : "ended",
               to_iso8601(exception.until), exception.reason);
  }
  return success();
}

void add_place(Command command, ExceptionOptions& options) {
  command.text("--index", options.index, "Which index [main]");
  command.text("--data", options.data, "Folder of the index [packhouse-data]");
}

Command add_change(Command group, const char* word, const char* about,
                   const std::shared_ptr<ExceptionOptions>& options,  // shared by the parser and the action
                   Status (*run)(const ExceptionOptions&)) {
  const auto command = group.command(word, about, options, run);
  command.text("requirement", options->requirement, "The project, or one version of it as NAME==VERSION")
      .placeholder("NAME")
      .required();
  command.text("--reason", options->reason, "Why; kept in the ledger").required();
  add_place(command, *options);
  return command;
}

}  // namespace

void register_upstream(Command root) {
  const auto group =
      root.group("upstream", "Offer an upstream's files before their minimum age, until a day");
  const auto allowed = std::make_shared<ExceptionOptions>();  // shared, as the next two
  add_change(group, "allow", "Offer a project's files whatever their age.", allowed, allow)
      .text("--until", allowed->until, "A day, or a time of ISO 8601; at most 366 days away")
      .placeholder("DATE")
      .required();
  add_change(group, "lift", "End an exception.", std::make_shared<ExceptionOptions>(), lift);
  const auto listed = std::make_shared<ExceptionOptions>();
  add_place(group.command("list", "Print the exceptions, until when and why", listed, list), *listed);
}

}  // namespace packhouse::app
