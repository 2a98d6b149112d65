#include "journal/history.hpp"

#include <algorithm>
#include <ranges>

#include "base/text.hpp"

namespace packhouse::journal {
namespace {

std::string text_of(const json::Object& detail, std::string_view key) {
  const auto text = json::get_string(detail, key);
  return text.ok() ? *text : std::string{};
}

std::string names_of(const json::Array& archives) {
  std::vector<std::string> names;
  for (const json::Value& each : archives) {
    const auto* archive = each.if_object();
    names.push_back(archive != nullptr ? quote(text_of(*archive, "name")) : "");
  }
  return join(names, ", ");
}

std::string describe_release(const json::Object& detail) {
  std::string text = "manifest sha256:" + text_of(detail, "manifest_sha256");
  if (const auto label = text_of(detail, "label"); !label.empty()) text = label + ", " + text;
  return text;
}

std::string describe(const json::Object& detail) {
  for (const std::string_view key : {"error", "comparison", "proof", "reason", "filename"})
    if (auto text = text_of(detail, key); !text.empty()) return text;
  if (!text_of(detail, "label").empty() && detail.contains("manifest_sha256"))
    return describe_release(detail);
  if (auto refused = refused_checks(detail); !refused.empty()) return refused;
  if (const auto manifest = text_of(detail, "manifest_sha256"); !manifest.empty())
    return "manifest sha256:" + manifest;
  if (const auto archive = text_of(detail, "archive_sha256"); !archive.empty())
    return "archive sha256:" + archive;
  if (const auto archives = json::get_array(detail, "archives"); archives.ok())
    return "archives of " + names_of(*archives);
  return text_of(detail, "log");
}

std::string result_of(const JournalEntry& entry) {
  if (text_of(entry.detail, "state") == "blocked") return "blocked";
  if (entry.step == "unblock") return "unblocked";
  return text_of(entry.detail, "result");
}

}  // namespace

std::optional<std::string> label_of(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) {
    if (auto label = text_of(entry.detail, "label"); entry.step == "release" && !label.empty()) return label;
  }
  return std::nullopt;
}

std::vector<HistoryLine> history_of(const std::vector<JournalEntry>& entries) {
  std::vector<HistoryLine> lines;
  std::string actor;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const JournalEntry& entry = entries[i];
    if (auto named = text_of(entry.detail, "actor"); !named.empty()) actor = std::move(named);
    if (entry.phase == "outcome") {
      lines.push_back({entry.time, entry.step, result_of(entry), actor, describe(entry.detail)});
      continue;
    }
    const auto ends = [&](const JournalEntry& later) {
      return later.step == entry.step && later.phase == "outcome";
    };
    const auto begins_again = [&](const JournalEntry& later) {
      return later.step == entry.step && later.phase == "intent";
    };
    const auto rest =
        std::ranges::subrange(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1, entries.end());
    const auto end = std::ranges::find_if(rest, ends);
    if (end == rest.end() || std::ranges::find_if(rest, begins_again) < end)
      lines.push_back({entry.time, entry.step, "begun", actor, describe(entry.detail)});
  }
  return lines;
}

}  // namespace packhouse::journal
