#include "smoke/failure_cause.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace packhouse::smoke {
namespace {

constexpr Cause dependency{
    RefusalKind::missing,
    "put what pip names on this index, and give the same command again; where the requirement is wrong, "
    "correct it and release a higher version"};
constexpr Cause index_or_network{
    RefusalKind::unavailable,
    "the index, the network or the disk failed pip, and not the release: give the same command again"};
constexpr Cause not_seen_by_pip{
    RefusalKind::unavailable,
    "pip does not see the release where the desk has read it: look at the credential in "
    "PRIVATE_INDEX_PIP_INDEX_URL and at what is between pip and the index, then give the same command again"};
constexpr Cause python_excluded{RefusalKind::smoke,
                                "correct `requires-python` and release a higher version, or take this Python "
                                "out of `pythons` in [smoke]"};

template <std::size_t count>
bool has_any(std::string_view text, const std::array<std::string_view, count>& signs) {
  return std::ranges::any_of(signs, [&](std::string_view sign) { return text.contains(sign); });
}

// As pip 22 to 26 and the urllib3 in it print them.
bool tells_of_transport(std::string_view text) {
  constexpr std::array<std::string_view, 11> signs{"connection broken by",
                                                   "Connection interrupted",
                                                   "incomplete-download",
                                                   "Max retries exceeded",
                                                   "Could not fetch URL",
                                                   "Read timed out",
                                                   "network-related error",
                                                   "HTTP error ",
                                                   "because the GET request got Content-Type",
                                                   "is not a trusted or secure host",
                                                   "IncompleteRead"};
  return has_any(text, signs);
}

bool tells_of_full_disk(std::string_view text) {
  constexpr std::array<std::string_view, 2> signs{"No space left on device", "Disk quota exceeded"};
  return has_any(text, signs);
}

bool tells_of_failed_build(std::string_view text) {
  constexpr std::array<std::string_view, 3> signs{"Failed to build", "subprocess-exited-with-error",
                                                  "metadata-generation-failed"};
  return has_any(text, signs);
}

/// The name of what pip found no file for; nullopt: it found one for each.
std::optional<std::string_view> not_found(std::string_view text) {
  constexpr std::string_view words = "No matching distribution found for ";
  constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const auto at = text.rfind(words);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + words.size());
  return text.substr(0, text.find_first_not_of(of_names));
}

bool is(const ProjectName& project, std::string_view name) {
  const auto parsed = ProjectName::parse(name);
  return parsed.ok() && *parsed == project;
}

Cause cause_of_reading(std::string_view text, const ProjectName& project) {
  if (tells_of_transport(text)) return index_or_network;
  const auto name = not_found(text);
  if (!name) {
    const bool others = text.contains("ResolutionImpossible") || tells_of_failed_build(text);
    return others ? dependency : Cause{};
  }
  if (!is(project, *name)) return dependency;
  return text.contains("require a different python version") ? python_excluded : not_seen_by_pip;
}

}  // namespace

Cause cause_of_pip_failure(const ProcessResult& result, const ProjectName& project, PipTask task) {
  const std::string text = result.output + "\n" + result.errors;
  if (tells_of_full_disk(text)) return index_or_network;
  if (task == PipTask::read_index) {
    return result.timed_out ? index_or_network : cause_of_reading(text, project);
  }
  const auto name = not_found(text);
  return name && !is(project, *name) ? dependency : Cause{};
}

}  // namespace packhouse::smoke
