#include "source/checklist.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "source/git_tree.hpp"

namespace packhouse::source {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view commit_first =
    "commit your changes or put them away: a release is made from a commit";

/// What git says of a work tree.
struct Tree {
  std::string commit;
  std::string changes;  ///< one path a line; empty: clean
};

Path record_path(const Path& state, const ProjectName& project, const std::string& commit) {
  return state / "checklists" / project.str() / (commit + ".json");
}

std::vector<std::vector<std::string>> commands_of(const ChecklistPolicy& policy, const ProjectName& project) {
  return policy.commands.empty() ? default_checklist(project) : policy.commands;
}

/// Whether the record says that each of these passed, and no others were run.
bool covers(const json::Object& record, const std::vector<std::vector<std::string>>& commands) {
  const auto ran = json::get_array(record, "commands");
  if (!ran.ok() || ran->size() != commands.size()) return false;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const auto* each = (*ran)[i].if_object();
    if (each == nullptr || !json::get_bool(*each, "passed").value_or(false)) return false;
    const auto words = json::get_array(*each, "command");
    if (!words.ok() || *words != json::Array(commands[i].begin(), commands[i].end())) return false;
  }
  return true;
}

class Checklist {
 public:
  Checklist(const ChecklistPolicy& policy, const ChecklistRequest& request, ChecklistTools& tools)
      : policy_(policy), request_(request), tools_(tools) {}

  Result<ChecklistResult> run();

 private:
  Result<Tree> look();
  bool record(Checks checks);
  bool judge_tree(const Tree& tree);
  Status run_command(const std::vector<std::string>& words);
  Status judge_again(const Tree& before);
  Status store_evidence();
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

Result<Tree> Checklist::look() {
  GitTree git(tools_.processes, request_.folder, tools_.environment);
  TRY(auto commit, git.head());
  TRY(auto changes, git.changes());
  return Tree{std::move(commit), std::move(changes)};
}

bool Checklist::record(Checks checks) {
  tools_.console.checks(checks);
  const bool passed = all_passed(checks);
  result_.checks.insert(result_.checks.end(), checks.begin(), checks.end());
  return passed;
}

bool Checklist::judge_tree(const Tree& tree) {
  CheckBuilder exam;
  exam.on({"git"}).require("tree.commit", true, "a commit", tree.commit, "");
  exam.require("tree.clean", tree.changes.empty() || request_.allow_dirty, "a work tree without changes",
               tree.changes.empty() ? "clean" : quote(tree.changes, 500), commit_first);
  return record(exam.take());
}

Status Checklist::run_command(const std::vector<std::string>& words) {
  const std::string shown = join(words, " ");
  std::optional<console::Console::Section> section(std::in_place, tools_.console, "$ " + shown);
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
  CheckBuilder exam;
  exam.on({"output"})
      .require("checklist.command", passed, fmt::format("`{}` to pass", shown),
               fmt::format("`{}`: {}", shown, found), "read its output above");
  record(exam.take());
  return success();
}

// A formatter that rewrote a file, a build that left one behind: then what passed is not what was committed.
Status Checklist::judge_again(const Tree& before) {
  TRY(const auto after, look());
  const bool same = after.commit == before.commit && after.changes == before.changes;
  CheckBuilder exam;
  exam.on({"git"}).require("tree.unchanged", same, "the work tree as it was before",
                           same ? "the same" : quote(after.changes, 500),
                           "have the tools change nothing, and put what they make into .gitignore");
  record(exam.take());
  return success();
}

Status Checklist::store_evidence() {
  if (request_.allow_dirty || !all_passed(result_.checks)) return success();
  result_.record["sha256"] = Sha256::of(json::canonical(result_.record)).hex();
  const Path path =
      record_path(request_.state, request_.project, std::string(result_.record["commit"].get_string()));
  const Path folder = path.parent_path();
  CHECK_OK(tools_.disk.make_folders(folder));
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
  tools_.console.step("summary");
  for (const json::Value& value : commands_) {
    const auto& command = value.get_object();
    std::vector<std::string> words;
    for (const json::Value& word : command.at("command").get_array())
      words.emplace_back(word.get_string());
    tools_.console.line(
        fmt::format("  {}  {:8.1f} s  {}", command.at("passed").get_bool() ? "passed" : "FAILED",
                    static_cast<double>(command.at("milliseconds").get_int64()) / 1000.0, join(words, " ")));
  }
}

Result<ChecklistResult> Checklist::run() {
  tools_.console.step("tree");
  TRY(const auto tree, look());
  if (!judge_tree(tree)) return std::move(result_);
  tools_.console.step("checklist");
  for (const auto& words : commands_of(policy_, request_.project)) {
    CHECK_OK(run_command(words));
  }
  CHECK_OK(judge_again(tree));
  result_.record = {{"project", request_.project.str()},      {"commit", tree.commit},
                    {"clean", tree.changes.empty()},          {"commands", commands_},
                    {"time", to_iso8601(tools_.clock.now())}, {"actor", request_.actor},
                    {"tool", "packhouse " PACKHOUSE_VERSION}};
  CHECK_OK(store_evidence());
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

Result<std::optional<json::Object>> recorded_checklist(FileSystem& disk, const ChecklistPolicy& policy,
                                                       const ProjectName& project, const Path& state,
                                                       const std::string& commit) {
  using Record = std::optional<json::Object>;
  constexpr std::uint64_t max_bytes = 1U << 20U;
  const auto text = disk.read(record_path(state, project, commit), max_bytes);
  if (!text.ok() && text.error().code == Errc::not_found) return Record{};
  if (!text.ok()) return text.error();
  auto parsed = json::parse(trim(*text), max_bytes);
  if (!parsed.ok() || !parsed->is_object()) return Record{};
  json::Object record = std::move(parsed->get_object());
  const auto seal = json::get_string(record, "sha256").value_or("");
  record.erase("sha256");
  const bool sealed = Sha256::of(json::canonical(record)).hex() == seal;
  const bool fits = json::get_string(record, "project").value_or("") == project.str() &&
                    json::get_string(record, "commit").value_or("") == commit &&
                    json::get_bool(record, "clean").value_or(false) &&
                    covers(record, commands_of(policy, project));
  return sealed && fits ? Record{std::move(record)} : Record{};
}

Result<ChecklistResult> run_checklist(const ChecklistPolicy& policy, const ChecklistRequest& request,
                                      ChecklistTools tools) {
  return Checklist(policy, request, tools).run();
}

}  // namespace packhouse::source
