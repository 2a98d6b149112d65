#include "desk/dependency_doctor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"

namespace packhouse::desk {
namespace {

constexpr std::size_t most_projects = 200;
constexpr std::size_t most_named = 5;

// "Dependency specifiers", environment markers: how each variable is found.
constexpr std::string_view marker_script = R"(
import json, os, platform, sys
implementation = sys.implementation.version
version = "%d.%d.%d" % implementation[:3]
if implementation.releaselevel != "final":
    version += implementation.releaselevel[0] + str(implementation.serial)
print(json.dumps({
    "implementation_name": sys.implementation.name,
    "implementation_version": version,
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "platform_version": platform.version(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}))
)";

std::string text_of(const MarkerEnvironment& environment, std::string_view name) {
  const auto found = environment.find(name);
  const auto* text = found == environment.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? std::string{} : *text;
}

/// A file of a project that one Python can use, as far as its name and its page tell.
bool is_for(const client::PageFile& file, const Version& python) {
  if (file.yanked) return false;
  if (!file.requires_python) return true;
  const auto wanted = SpecifierSet::parse(*file.requires_python);
  return !wanted.ok() || wanted->contains(python, true);  // installers pass over what is none
}

class DependencyDoctor {
 public:
  explicit DependencyDoctor(const DependencyExamination& examination) : at_(examination) {}

  Checks run();

 private:
  using Page = Result<std::vector<client::PageFile>>;

  bool holds(const Requirement& requirement, MarkerEnvironment environment) const;
  const Page& page_of(const ProjectName& name);
  void examine(const Requirement& requirement, const MarkerEnvironment& environment);
  /// Empty: the index serves it.
  std::string fault_of(const Requirement& requirement, const MarkerEnvironment& environment);

  const DependencyExamination& at_;
  std::map<std::string, Page> pages_;
  std::set<std::string> asked_;
  std::set<std::string> faults_;
  RefusalKind refusal_ = RefusalKind::missing;
};

/// With one of the extras, or with none: a marker that cannot be judged counts, pip would ask for it.
bool DependencyDoctor::holds(const Requirement& requirement, MarkerEnvironment environment) const {
  if (!requirement.marker()) return true;
  auto extras = at_.extras;
  extras.emplace_back();
  return std::ranges::any_of(extras, [&](const std::string& extra) {
    environment["extra"] = extra;
    const auto answer = requirement.marker()->evaluate(environment);
    return !answer.ok() || *answer;
  });
}

const DependencyDoctor::Page& DependencyDoctor::page_of(const ProjectName& name) {
  const auto found = pages_.find(name.str());
  if (found != pages_.end()) return found->second;
  return pages_.emplace(name.str(), at_.index.page(name)).first->second;
}

std::string DependencyDoctor::fault_of(const Requirement& requirement, const MarkerEnvironment& environment) {
  const auto name = ProjectName::parse(requirement.name());
  const auto python = Version::parse(text_of(environment, "python_full_version"));
  if (!name.ok() || !python.ok()) return {};
  const auto& page = page_of(*name);
  if (!page.ok()) {
    refusal_ = RefusalKind::unavailable;
    return page.error().message;
  }
  if (page->empty()) return "the index does not have it";
  std::vector<Version> versions;
  for (const auto& file : *page) {
    auto version = client::version_in_filename(*name, file.filename);
    if (version && is_for(file, *python)) versions.push_back(*std::move(version));
  }
  if (!requirement.specifier().filter(versions).empty()) return {};
  return fmt::format("none of {} files fits Python {}", page->size(), text_of(environment, "python_version"));
}

void DependencyDoctor::examine(const Requirement& requirement, const MarkerEnvironment& environment) {
  // What has an address of its own does not come from the index.
  if (requirement.url() || !holds(requirement, environment)) return;
  if (asked_.size() >= most_projects && !asked_.contains(requirement.normalized_name())) return;
  asked_.insert(requirement.normalized_name());
  const auto fault = fault_of(requirement, environment);
  if (fault.empty()) return;
  faults_.insert(
      fmt::format("{}{} ({})", requirement.normalized_name(), requirement.specifier().str(), fault));
}

Checks DependencyDoctor::run() {
  for (const auto& environment : at_.pythons) {
    for (const auto& requirement : at_.requirements)
      examine(requirement, environment);
  }
  if (asked_.empty()) return {};
  std::vector<std::string> named(faults_.begin(), faults_.end());
  const auto more = named.size() > most_named ? named.size() - most_named : 0;
  named.resize(named.size() - more);
  CheckBuilder exam;
  exam.require(
      "index.dependencies", faults_.empty(),
      fmt::format("a file of each of {} dependencies on the index", asked_.size()),
      faults_.empty()
          ? "there"
          : fmt::format("{}{}", fmt::join(named, ", "), more > 0 ? fmt::format(", and {} more", more) : ""),
      "upload what is missing, or give the index an upstream that has it (docs/upstreams.md)", refusal_);
  return exam.take();
}

}  // namespace

Checks examine_dependencies(const DependencyExamination& examination) {
  return DependencyDoctor(examination).run();
}

Result<MarkerEnvironment> ask_marker_environment(ProcessRunner& processes, const std::string& python,
                                                 const std::string& search_path, const Path& folder) {
  constexpr std::size_t most = 16'384;
  Command command;
  command.arguments = {python, "-I", "-c", std::string(marker_script)};
  command.environment = {{"PATH", search_path}, {"LANG", "C.UTF-8"}};
  command.folder = folder;
  TRY(const auto result, processes.run(command));
  const auto document = json::parse(trim(result.output), most);
  const auto* object = result.succeeded() && document.ok() ? document->if_object() : nullptr;
  if (object == nullptr) {
    return Error{Errc::unavailable, fmt::format("{} does not say what it is", quote(python)),
                 "install it, or name others as `pythons` in [smoke]"};
  }
  MarkerEnvironment environment;
  for (const auto& [name, value] : *object)
    if (value.is_string()) environment[std::string(name)] = std::string(value.get_string());
  return environment;
}

}  // namespace packhouse::desk
