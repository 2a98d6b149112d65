#include "smoke/testing/fake_pip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "archive/zip.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "dist/testing/builders.hpp"
#include "pep/filename.hpp"

namespace packhouse::smoke::testing {
namespace {

void write(const Path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string read(const Path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Writes every member below a folder.
class Unpacker final : public archive::MemberSink {
 public:
  explicit Unpacker(Path folder) : folder_(std::move(folder)) {}
  void begin(const archive::Member& /*member*/) override { bytes_.clear(); }
  void write(std::string_view chunk) override { bytes_ += chunk; }
  void end(const archive::Member& member, bool /*intact*/) override {
    testing::write(folder_ / member.name, bytes_);
  }

 private:
  Path folder_;
  std::string bytes_;
};

Path site_of(const Command& command) {
  return command.folder / "venv" / "lib" / "python3.11" / "site-packages";
}

Path home_of(const Command& command) {
  for (const auto& [name, value] : command.environment)
    if (name == "HOME") return value;
  return {};
}

std::string word_after(const Command& command, std::string_view option) {
  const auto at = std::ranges::find(command.arguments, option);
  if (at == command.arguments.end() || at + 1 == command.arguments.end()) return {};
  return *(at + 1);
}

}  // namespace

FakePip::FakePip(ScriptedProcessRunner& runner) {
  runner.when({"-c"}, [this](const Command& command) { return describe(command); });
  runner.when({"venv"}, [](const Command& command) -> Result<ProcessResult> {
    std::filesystem::create_directories(site_of(command));
    write(command.folder / "wheels" / "pip-26.2-py3-none-any.whl",
          dist::testing::WheelBuilder("pip", "26.2").add("pip/__init__.py", "").bytes());
    return exited(0);
  });
  runner.when({"pip", "install", "--dry-run"}, [this](const Command& command) { return resolve(command); });
  runner.when({"pip", "install", "--dry-run", "-r"},
              [this](const Command& command) { return find(command); });
  runner.when({"pip", "wheel"}, [this](const Command& command) { return download(command); });
  runner.when({"pip", "install", "--no-index"}, [this](const Command& command) { return install(command); });
  runner.when({"pip", "install", "--target"}, [this](const Command& command) { return fetch(command); });
  runner.when({"pip", "check"}, exited(0, "No broken requirements found.\n"));
}

Result<ProcessResult> FakePip::describe(const Command& command) const {
  const Path venv = command.folder / "venv";
  const std::string site = site_of(command).string();
  return exited(0, fmt::format(R"({{"tags":["py3-none-any"],"purelib":"{}","platlib":"{}","scripts":"{}",
    "prefix":"{}","python":"3.11","pip":"26.2"}})",
                               site, site, (venv / "bin").string(), venv.string()));
}

Result<ProcessResult> FakePip::resolve(const Command& command) const {
  const auto& words = command.arguments;
  if (words.back().find("==") != std::string::npos) return exited(pins.contains(words.back()) ? 0 : 1);
  if (chosen.empty()) return exited(1, "ERROR: No matching distribution found\n");
  const std::string& name = words.at(words.size() - 3);
  write(command.folder / words.back(),
        fmt::format(R"({{"version":"1","install":[{{"metadata":{{"name":"{}","version":"{}"}}}}]}})", name,
                    chosen));
  return exited(0);
}

Result<ProcessResult> FakePip::fetch(const Command& command) const {
  const std::string lines = read(command.folder / "requirements.txt");
  const auto wanted = [&](const auto& each) {
    return lines.find("--hash=sha256:" + Sha256::of(each.second).hex()) != std::string::npos;
  };
  return exited(std::ranges::any_of(wheels, wanted) ? 0 : 1);
}

void FakePip::unpack(const std::string& bytes, const Path& site) const {
  const archive::MemorySource source(bytes);
  archive::Policy policy;
  archive::ZipReader zip(source, policy);
  Unpacker unpacker(site);
  zip.read_all(unpacker);
}

std::string FakePip::report(const std::string& filename, const std::string& bytes) const {
  const auto name = WheelFilename::parse(filename).value();
  const std::string text = fmt::format(
      R"({{"version":"1","install":[{{"download_info":{{"url":"{}{}","archive_info":{{"hashes":{{"sha256":"{}"}}}}}},
        "is_direct":false,"metadata":{{"name":"{}","version":"{}"}}}}]}})",
      index, filename, Sha256::of(bytes).hex(), name.name.str(), name.version.str());
  return edit_report ? edit_report(text) : text;
}

// A wheel of the version that is asked for.
Result<ProcessResult> FakePip::find(const Command& command) {
  netrc = read(home_of(command) / ".netrc");
  const std::string wanted = read(word_after(command, "-r"));
  for (const auto& [filename, bytes] : wheels) {
    const auto name = WheelFilename::parse(filename).value();
    if (wanted.find(name.name.str() + "==" + name.version.str() + "\n") == std::string::npos) continue;
    write(word_after(command, "--report"), report(filename, bytes));
    return exited(0);
  }
  return exited(1, "ERROR: No matching distribution found\n");
}

// The wheels that a hash of the requirements names; none where the requirements name none of ours.
Result<ProcessResult> FakePip::download(const Command& command) {
  requirements = read(word_after(command, "-r"));
  bool found = requirements.find("--hash=") == std::string::npos;
  for (const auto& [filename, bytes] : wheels) {
    if (requirements.find("--hash=sha256:" + Sha256::of(bytes).hex()) == std::string::npos) continue;
    write(Path(word_after(command, "--wheel-dir")) / filename, bytes);
    found = true;
  }
  if (found) return exited(0);
  return exited(1, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n");
}

// Installs the wheel that was downloaded.
Result<ProcessResult> FakePip::install(const Command& command) const {
  const Path folder = word_after(command, "--find-links");
  if (!std::filesystem::exists(folder)) return exited(1, "ERROR: No matching distribution found\n");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string filename = entry.path().filename();
    const auto name = WheelFilename::parse(filename);
    if (!name.ok()) continue;
    const std::string bytes = read(entry.path());
    const Path site = site_of(command);
    unpack(bytes, site);
    const Path info = site / (name->raw_name + "-" + name->raw_version + ".dist-info");
    write(info / "INSTALLER", "pip\n");
    write(info / "RECORD",
          read(info / "RECORD") + "../../../bin/nqctl,,\n" + info.filename().string() + "/INSTALLER,,\n");
    write(command.folder / "venv" / "bin" / "nqctl", "#!python\n");
    write(command.folder / "report.json", report(filename, bytes));
    if (after_install) after_install(site);
    return exited(0, "Successfully installed\n");
  }
  return exited(1, "ERROR: No matching distribution found\n");
}

}  // namespace packhouse::smoke::testing
