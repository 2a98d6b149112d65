#include "commands/project_options.hpp"

#include <fmt/format.h>

namespace packhouse::app {

void ProjectOptions::add_to(Command command, const char* index_about) {
  add_data_or_url(command, data, url);
  command.text("--index", index, index_about).show_default();
  command.text("project", project, "Such as demo").required();
}

Result<RemoteIndex> ProjectOptions::open_remote() const {
  return RemoteIndex::open(*url, index);
}

std::string ProjectOptions::path() const {
  return client::project_path(project);
}

Result<index::StateChange> read_change(const json::Object& answer) {
  TRY(const auto changed, json::get_bool(answer, "changed"));
  TRY(auto subject, json::get_string(answer, "subject"));
  return index::StateChange{.changed = changed, .subject = std::move(subject)};
}

void print_change(const index::StateChange& change, std::string_view done) {
  fmt::print("{}: {}{}\n", change.subject, done, change.changed ? "" : " already; nothing changed");
}

}  // namespace packhouse::app
