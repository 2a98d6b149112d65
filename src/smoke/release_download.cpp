#include "smoke/release_download.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "pep/requirement.hpp"
#include "sys/hash_file.hpp"

namespace packhouse::smoke {
namespace {

constexpr std::uint64_t max_report = 64U << 20U;

// What builds an sdist, and what it needs when it is built: read, not run. An sdist without a [build-system]
// is built by setuptools (PEP 518).
constexpr std::string_view questions = R"(
import email, json, sys, tarfile
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib

# pip ignores a requirement of an extra unless the project is asked for with it: those of the extras that
# follow are asked for here, also where one extra names another.
def needed(fields, extras):
    try:
        from pip._vendor.packaging.requirements import Requirement
        from pip._vendor.packaging.utils import canonicalize_name as normal
    except ImportError:
        sys.exit("expected a pip with the library packaging")
    texts = fields.get_all("Requires-Dist", [])
    if not extras:
        return texts
    own, lines, asked, todo = normal(fields["Name"]), [], set(), list(extras)
    named = [(text, Requirement(text)) for text in texts]
    while todo:
        extra = todo.pop()
        if extra in asked:
            continue
        asked.add(extra)
        for text, each in named:
            marker, each.marker = each.marker, None
            line, each.marker = str(each), marker
            if marker and "extra" in str(marker):
                spellings = {extra, extra.replace("-", "_"), extra.replace("-", ".")}
                if not any(marker.evaluate({"extra": spelling}) for spelling in spellings):
                    continue
                text = line
            if normal(each.name) == own:
                todo.extend(normal(inner) for inner in each.extras)
            elif text not in lines:
                lines.append(text)
    return lines

def read(archive, name):
    try:
        return archive.extractfile(name).read().decode("utf-8")
    except KeyError:
        return ""

with tarfile.open(sys.argv[1]) as archive:
    root = archive.next().name.split("/")[0]
    fields = email.message_from_string(read(archive, root + "/PKG-INFO"))
    project = tomllib.loads(read(archive, root + "/pyproject.toml"))
print(json.dumps({
    "dependencies": needed(fields, sys.argv[2:]),
    "build": project.get("build-system", {}).get("requires", ["setuptools>=40.8.0"]),
}))
)";

/// Requirements as lines of a file for pip: parsed first, since a line can also be an option.
Result<std::string> as_lines(const json::Object& document, std::string_view key) {
  TRY(const auto texts, json::get_array(document, key));
  std::string lines;
  for (const json::Value& text : texts) {
    if (!text.is_string()) return Error{Errc::invalid_input, "a requirement that is no text"};
    TRY(const auto requirement, Requirement::parse(std::string_view(text.get_string())));
    if (requirement.url()) return Error{Errc::invalid_input, "the address of " + quote(requirement.name())};
    lines += requirement.str() + "\n";
  }
  return lines;
}

/// The exact files of a report. Hashes only where all have one: pip takes all or none.
std::string pins_of(const SmokeInput& input, const std::vector<const dist::ManifestEntry*>& promoted,
                    const PipReport& report) {
  const bool hashed = std::ranges::all_of(report.items, [](const auto& item) { return item.sha256.ok(); });
  std::string lines;
  for (const InstalledItem& item : report.items) {
    if (!item.name.ok() || !item.version.ok()) continue;
    lines += fmt::format("{}=={}", *item.name, *item.version);
    if (hashed && is_project(input.release.project, item.name)) {
      for (const auto* entry : promoted)
        lines += " --hash=sha256:" + entry->sha256.hex();
    } else if (hashed) {
      lines += " --hash=sha256:" + *item.sha256;
    }
    lines += "\n";
  }
  return lines;
}

}  // namespace

struct ReleaseDownload::Needs {
  std::string dependencies;  ///< lines for pip
  std::string build;
};

bool ReleaseDownload::finished(std::string_view id, std::string_view expected, const ProcessResult& result,
                               const Cause& cause) {
  if (!result.succeeded()) show_output(tools_, result);
  return examine_({decide_finished(id, std::string(expected), result, tools_.redactor, cause)});
}

bool ReleaseDownload::pip_finished(std::string_view id, std::string_view expected,
                                   const ProcessResult& result) {
  return finished(id, expected, result,
                  cause_of_pip_failure(result, input_.release.project, PipTask::read_index));
}

/// The address of a stage is in this file and in no argument: whoever knows it can read the release.
Result<Path> ReleaseDownload::write_requirements(const std::string& requirements) {
  Path file = environment_.pip_home() / fmt::format("requirements-{}.txt", ++files_);
  const std::string stage =
      input_.stage ? fmt::format("--extra-index-url {}\n", input_.stage->str()) : std::string{};
  CHECK_OK(environment_.write_file(file, stage + requirements));
  return file;
}

Result<std::optional<PipReport>> ReleaseDownload::resolve(std::string_view expected,
                                                          const std::string& requirements) {
  TRY(const Path file, write_requirements(requirements));
  const Path report = environment_.pip_home() / "resolved.json";
  auto command = environment_.pip({"install", "--dry-run", "--no-cache-dir", "--prefer-binary",
                                   "--only-binary=" + input_.release.project.str(), "--index-url",
                                   input_.index.url.str(), "--report", report.string(), "-r", file.string()});
  TRY(const auto result, environment_.start("resolve the release and its dependencies", std::move(command)));
  if (!pip_finished("smoke.resolve", expected, result)) return std::nullopt;
  TRY(const auto text, tools_.disk.read(report, max_report));
  TRY(auto parsed, PipReport::parse(text));
  return std::optional(std::move(parsed));
}

Result<ProcessResult> ReleaseDownload::download(std::string_view what, const std::string& requirements,
                                                std::vector<std::string> options) {
  TRY(const Path file, write_requirements(requirements));
  std::vector<std::string> words{"wheel",
                                 "--no-cache-dir",
                                 "--prefer-binary",
                                 "--index-url",
                                 input_.index.url.str(),
                                 "--wheel-dir",
                                 folder(environment_).string()};
  words.insert(words.end(), std::make_move_iterator(options.begin()), std::make_move_iterator(options.end()));
  words.insert(words.end(), {"-r", file.string()});
  return environment_.start(fmt::format("download {}", what), environment_.pip(std::move(words)));
}

Result<bool> ReleaseDownload::download_pinned(std::string_view what, const std::string& pins) {
  TRY(const auto result, download(what, pins, {"--no-deps"}));
  return pip_finished("smoke.download", fmt::format("pip to download {}", what), result);
}

Result<bool> ReleaseDownload::download_build_requirements(const std::string& requirements) {
  TRY(const auto result, download("what builds the sdist", requirements, {}));
  if (!pip_finished("smoke.build-requirements", "pip to download what builds the sdist", result))
    return false;
  // A setuptools before 70.1 also wants wheel, and says so only while it builds.
  if (requirements.find("setuptools") == std::string::npos) return true;
  const auto wheel = download("wheel, if the index has it", "wheel\n", {});
  if (!wheel.ok()) return wheel.error();
  return true;
}

bool ReleaseDownload::decide_dependencies_of(const PipReport& report) {
  PipReport others{.version = report.version, .items = {}};
  std::ranges::copy_if(report.items, std::back_inserter(others.items),
                       [&](const auto& item) { return !is_project(input_.release.project, item.name); });
  return examine_(decide_dependencies(input_.release.project, others));
}

std::string ReleaseDownload::further_requirements() const {
  std::string lines;
  for (const std::string& requirement : policy_.requirements)
    lines += requirement + "\n";
  return lines;
}

Result<std::optional<PipReport>> ReleaseDownload::fetch_wheel(
    const std::vector<const dist::ManifestEntry*>& wheels) {
  const std::string wanted = requirement_of(input_.release, policy_.extras);
  TRY(auto report, resolve("pip to find " + wanted + " and every dependency on the index",
                           wanted + "\n" + further_requirements()));
  if (!report || !decide_dependencies_of(*report)) return std::nullopt;
  TRY(const bool there, download_pinned(wanted + " by the promoted hash, and each dependency",
                                        pins_of(input_, wheels, *report)));
  if (!there) return std::nullopt;
  return report;
}

Status ReleaseDownload::copy(const Path& from, const Path& to) {
  TRY(const auto file, tools_.disk.open(from));
  TRY(const auto copied, tools_.disk.create(to));
  return read_blocks(file, from, [&](std::string_view bytes) { return copied->write(bytes); });
}

Result<std::optional<ReleaseDownload::Needs>> ReleaseDownload::read_needs(const Path& sdist) {
  std::vector<std::string> words{environment_.python().string(), "-I", "-c", std::string(questions),
                                 sdist.string()};
  words.insert(words.end(), policy_.extras.begin(), policy_.extras.end());
  auto command = environment_.program(std::move(words));
  TRY(const auto result, environment_.start("what the sdist needs", std::move(command)));
  constexpr std::string_view id = "smoke.requirements";
  const std::string expected = "an sdist that says what it needs, and names no address";
  if (!result.succeeded()) {
    finished(id, expected, result, {});
    return std::nullopt;
  }
  const auto read = [&]() -> Result<Needs> {
    TRY(const auto document, json::parse(trim(result.output)));
    if (!document.is_object()) return Error{Errc::invalid_input, "no object"};
    TRY(auto dependencies, as_lines(document.get_object(), "dependencies"));
    TRY(auto build, as_lines(document.get_object(), "build"));
    return Needs{std::move(dependencies), std::move(build)};
  };
  auto needs = read();
  CheckBuilder exam;
  exam.on({"smoke-log"})
      .require(id, needs.ok(), expected, needs.ok() ? "requirements" : needs.error().message,
               "correct the requirements, and release a higher version", RefusalKind::smoke);
  if (!examine_(exam.take())) return std::nullopt;
  return std::optional(*std::move(needs));
}

Result<bool> ReleaseDownload::fetch_dependencies(const std::string& requirements) {
  if (requirements.empty()) return true;
  TRY(const auto report, resolve("pip to find every dependency on the index", requirements));
  if (!report || !decide_dependencies_of(*report)) return false;
  if (report->items.empty()) return true;
  return download_pinned("each dependency", pins_of(input_, {}, *report));
}

Result<bool> ReleaseDownload::fetch_for_sdist(const dist::ManifestEntry& sdist) {
  TRY(const auto source, input_.file(sdist));
  const Path place = folder(environment_) / sdist.filename;
  CHECK_OK(tools_.disk.make_folders(folder(environment_)));
  CHECK_OK(copy(source, place));
  TRY(const auto needs, read_needs(place));
  if (!needs) return false;
  TRY(const bool there, fetch_dependencies(needs->dependencies + further_requirements()));
  if (!there || needs->build.empty()) return there;
  return download_build_requirements(needs->build);
}

}  // namespace packhouse::smoke
