#include "desk/workflow_reader.hpp"

#include <optional>

#include "base/text.hpp"

namespace packhouse::desk {
namespace {

struct Line {
  std::size_t indent = 0;  ///< of the key: that of "uses" in "- uses: x"
  bool begins_item = false;
  std::string_view key;
  std::string_view value;  ///< without its quotes
};

std::string_view without_comment(std::string_view text) {
  const std::size_t comment = text.find(" #");
  return trim(text.substr(0, comment));
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == text.back() && (text[0] == '"' || text[0] == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// nullopt for a line without a key.
std::optional<Line> read_line(std::string_view text) {
  Line line;
  line.indent = text.find_first_not_of(' ');
  if (line.indent == std::string_view::npos || text[line.indent] == '#') return std::nullopt;
  text.remove_prefix(line.indent);
  if (text.starts_with("- ")) {
    line.begins_item = true;
    const std::size_t key = text.find_first_not_of(' ', 1);
    if (key == std::string_view::npos) return std::nullopt;
    line.indent += key;
    text.remove_prefix(key);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  line.key = unquoted(trim(text.substr(0, colon)));
  line.value = unquoted(without_comment(text.substr(colon + 1)));
  return line;
}

bool is_upload(std::string_view action) {
  return action.substr(0, action.find('@')).ends_with("upload-artifact");
}

std::string artifact_name(std::string_view name) {
  return replace_all(std::string(name.empty() ? "artifact" : name), "${{ github.run_attempt }}", "{attempt}");
}

/// The state of the one pass over the lines.
class Reader {
 public:
  void take(const Line& line) {
    if (line.indent == 0) {
      end_job();
      in_jobs_ = line.key == "jobs";
      job_indent_.reset();
      return;
    }
    if (!in_jobs_) return;
    if (!job_indent_) job_indent_ = line.indent;
    if (line.indent <= *job_indent_) {
      end_job();
      job_ = std::string(line.key);
      return;
    }
    take_in_job(line);
  }

  std::vector<WorkflowUpload> finish() {
    end_job();
    return std::move(all_);
  }

 private:
  void take_in_job(const Line& line) {
    if (!member_indent_) member_indent_ = line.indent;
    if (line.indent == *member_indent_ && !line.begins_item && line.key == "name")
      job_ = std::string(line.value);
    if (line.begins_item && (!step_indent_ || line.indent <= *step_indent_)) begin_step(line.indent);
    if (!step_indent_ || line.indent < *step_indent_) return;
    if (line.indent == *step_indent_ && line.key == "uses") uploads_ = is_upload(line.value);
    if (line.indent > *step_indent_ && line.key == "name") name_ = std::string(line.value);
  }

  void begin_step(std::size_t indent) {
    end_step();
    step_indent_ = indent;
  }

  void end_step() {
    if (uploads_) found_.push_back(artifact_name(name_));
    uploads_ = false;
    name_.clear();
  }

  // A job's name may stand below its steps.
  void end_job() {
    end_step();
    for (std::string& artifact : found_)
      all_.push_back({job_, std::move(artifact)});
    found_.clear();
    member_indent_.reset();
    step_indent_.reset();
  }

  bool in_jobs_ = false;
  std::optional<std::size_t> job_indent_;
  std::optional<std::size_t> member_indent_;
  std::optional<std::size_t> step_indent_;
  std::string job_;
  bool uploads_ = false;
  std::string name_;  // of the step's artifact
  std::vector<std::string> found_;
  std::vector<WorkflowUpload> all_;
};

}  // namespace

std::vector<WorkflowUpload> read_uploads(std::string_view workflow) {
  Reader reader;
  for (std::string_view text : split(workflow, '\n')) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (const auto line = read_line(text)) reader.take(*line);
  }
  return reader.finish();
}

}  // namespace packhouse::desk
