#include "release/checklist.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"

namespace packhouse::release {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view commit_first =
    "commit your changes or put them away: a release is made from a commit";

/// What git says of a work tree.
struct Tree {
  std::string commit;
  std::string changes;  ///< one path a line; empty: clean
};

class Checklist {
 public:
  Checklist(const ChecklistPolicy& policy, const ChecklistRequest& request, ChecklistTools& tools)
      : policy_(policy), request_(request), tools_(tools) {}

  Result<ChecklistResult> run();

 private:
  Result<std::string> git(std::vector<std::string> words);
  Result<Tree> look();
  bool judge(Checks checks);
  bool judge_tree(const Tree& tree);
  Status run_command(const std::vector<std::string>& words);
  Status judge_again(const Tree& before);
  Status keep();
  void summarise();

  const ChecklistPolicy& policy_;
  const ChecklistRequest& request_;
  ChecklistTools& tools_;
  ChecklistResult result_;
  json::Array commands_;
};

Command command_of(std::vector<std::string> words, const ChecklistRequest& request,
                   const ChecklistTools& tools) {
  Command command;
  command.arguments = std::move(words);
  command.environment = tools.environment;
  command.folder = request.folder;
  return command;
}

Result<std::string> Checklist::git(std::vector<std::string> words) {
  words.insert(words.begin(), "git");
  const auto done = tools_.processes.run(command_of(std::move(words), request_, tools_));
  if (!done.ok()) return done.error();
  if (!done->succeeded()) {
    return Error{Errc::not_found, "git: " + quote(trim(done->errors), 300),
                 "call this in a project's git work tree"};
  }
  return std::string(trim(done->output));
}

Result<Tree> Checklist::look() {
  TRY(auto commit, git({"rev-parse", "--verify", "HEAD"}));
  TRY(auto changes, git({"status", "--porcelain", "--untracked-files=normal"}));
  return Tree{std::move(commit), std::move(changes)};
}

bool Checklist::judge(Checks checks) {
  tools_.output.checks(checks);
  const bool passed = all_passed(checks);
  result_.checks.insert(result_.checks.end(), checks.begin(), checks.end());
  return passed;
}

bool Checklist::judge_tree(const Tree& tree) {
  Examination exam;
  exam.on({"git"}).that("tree.commit", true, "a commit", tree.commit, "");
  exam.that("tree.clean", tree.changes.empty() || request_.allow_dirty, "a work tree without changes",
            tree.changes.empty() ? "clean" : quote(tree.changes, 500), commit_first);
  return judge(exam.take());
}

Status Checklist::run_command(const std::vector<std::string>& words) {
  const std::string shown = join(words, " ");
  std::optional<Output::Section> section(std::in_place, tools_.output, "$ " + shown);
  auto command = command_of(words, request_, tools_);
  command.timeout = policy_.timeout;
  command.on_output = [&](std::string_view chunk) { section->feed(chunk); };
  const Timestamp begun = tools_.clock.now();
  const auto done = tools_.processes.run(command);
  section.reset();
  if (!done.ok() && done.error().code != Errc::not_found) return done.error();
  const auto took = std::chrono::duration_cast<milliseconds>(tools_.clock.now() - begun);
  std::string found = !done.ok() ? done.error().message : fmt::format("exit {}", done->exit_code);
  if (done.ok() && done->timed_out) found = "it was stopped at its time limit";
  if (done.ok() && done->signal != 0 && !done->timed_out)
    found = fmt::format("ended by signal {}", done->signal);
  const bool passed = done.ok() && done->succeeded();
  commands_.push_back(json::Object{{"command", json::Array(words.begin(), words.end())},
                                   {"passed", passed},
                                   {"found", found},
                                   {"milliseconds", std::int64_t{took.count()}}});
  Examination exam;
  exam.on({"output"})
      .that("checklist.command", passed, fmt::format("`{}` to pass", shown),
            fmt::format("`{}`: {}", shown, found), "read its output above");
  judge(exam.take());
  return success();
}

// A formatter that rewrote a file, a build that left one behind: then what passed is not what was committed.
Status Checklist::judge_again(const Tree& before) {
  TRY(const auto after, look());
  const bool same = after.commit == before.commit && after.changes == before.changes;
  Examination exam;
  exam.on({"git"}).that("tree.unchanged", same, "the work tree as it was before",
                        same ? "the same" : quote(after.changes, 500),
                        "have the tools change nothing, and put what they make into .gitignore");
  judge(exam.take());
  return success();
}

Status Checklist::keep() {
  if (request_.allow_dirty || !all_passed(result_.checks)) return success();
  result_.record["sha256"] = Sha256::of(json::canonical(result_.record)).hex();
  const Path folder = request_.state / "checklists" / request_.project.str();
  CHECK_OK(tools_.disk.make_folders(folder));
  const Path path = folder / (std::string(result_.record["commit"].get_string()) + ".json");
  const Path unfinished = path.string() + ".part";
  if (const auto left = tools_.disk.remove(unfinished); !left.ok() && left.error().code != Errc::not_found)
    return left;
  TRY(const auto file, tools_.disk.create(unfinished));
  CHECK_OK(file->write(json::canonical(result_.record) + "\n"));
  CHECK_OK(file->sync());
  CHECK_OK(tools_.disk.rename(unfinished, path));
  CHECK_OK(tools_.disk.sync_folder(folder));
  result_.kept = path;
  return success();
}

void Checklist::summarise() {
  tools_.output.step("summary");
  for (const json::Value& value : commands_) {
    const auto& command = value.get_object();
    std::vector<std::string> words;
    for (const json::Value& word : command.at("command").get_array())
      words.emplace_back(word.get_string());
    tools_.output.line(
        fmt::format("  {}  {:8.1f} s  {}", command.at("passed").get_bool() ? "passed" : "FAILED",
                    static_cast<double>(command.at("milliseconds").get_int64()) / 1000.0, join(words, " ")));
  }
}

Result<ChecklistResult> Checklist::run() {
  tools_.output.step("tree");
  TRY(const auto tree, look());
  if (!judge_tree(tree)) return std::move(result_);
  tools_.output.step("checklist");
  const auto commands = policy_.commands.empty() ? default_checklist(request_.project) : policy_.commands;
  for (const auto& words : commands) {
    CHECK_OK(run_command(words));
  }
  CHECK_OK(judge_again(tree));
  result_.record = {{"project", request_.project.str()},      {"commit", tree.commit},
                    {"clean", tree.changes.empty()},          {"commands", commands_},
                    {"time", to_iso8601(tools_.clock.now())}, {"actor", request_.actor},
                    {"tool", "packhouse " PACKHOUSE_VERSION}};
  CHECK_OK(keep());
  summarise();
  return std::move(result_);
}

}  // namespace

std::vector<std::vector<std::string>> default_checklist(const ProjectName& project) {
  return {{"ruff", "check", "."},
          {"black", "--check", "."},
          {"mypy", replace_all(project.str(), "-", "_")},
          {"pytest"},
          {"python", "-m", "build"}};
}

Result<ChecklistResult> run_checklist(const ChecklistPolicy& policy, const ChecklistRequest& request,
                                      ChecklistTools tools) {
  return Checklist(policy, request, tools).run();
}

}  // namespace packhouse::release
