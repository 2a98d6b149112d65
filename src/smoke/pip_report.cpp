#include "smoke/pip_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "client/public_index.hpp"
#include "evidence/json_fields.hpp"

namespace packhouse::smoke {
namespace {

bool flag(const json::Value& item, std::string_view key, bool otherwise) {
  const json::Object* object = item.if_object();
  const json::Value* value = object != nullptr ? object->if_contains(key) : nullptr;
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

/// Extras are compared as names are (PEP 685).
std::vector<std::string> extras_of(const json::Value& item) {
  std::vector<std::string> extras;
  const json::Object* object = item.if_object();
  const json::Value* metadata = object != nullptr ? object->if_contains("metadata") : nullptr;
  if (metadata == nullptr || !metadata->is_object()) return extras;
  const auto listed = json::get_array(metadata->get_object(), "provides_extra");
  if (!listed.ok()) return extras;
  for (const json::Value& extra : *listed) {
    if (!extra.is_string()) continue;
    if (const auto name = ProjectName::parse(std::string_view(extra.get_string())); name.ok())
      extras.push_back(name->str());
  }
  return extras;
}

InstalledItem read_item(const json::Value& item) {
  return {.name = text_at(item, {"metadata", "name"}),
          .version = text_at(item, {"metadata", "version"}),
          .url = text_at(item, {"download_info", "url"}),
          .sha256 = text_at(item, {"download_info", "archive_info", "hashes", "sha256"}),
          .direct = flag(item, "is_direct", true),
          .yanked = flag(item, "is_yanked", false),
          .extras = extras_of(item)};
}

std::string host_of(const Field<std::string>& url) {
  if (!url.ok()) return {};
  const auto parsed = http::Url::parse(std::string_view(*url).substr(0, url->find('#')));
  return parsed.ok() ? parsed->host : std::string{};
}

// Of an item that pip reports; only what is asked of it: its address may hold a credential.
void examine_item(CheckBuilder& exam, const Version& version, const dist::Manifest& manifest,
                  const std::set<std::string>& hosts, const InstalledItem& item) {
  constexpr std::string_view wrong_index = "the index offers another file for this version: see its page";
  exam.equal("smoke.version", item.version, version.str(), wrong_index, RefusalKind::smoke);
  exam.require("smoke.not-direct", !item.direct, "a file that the index offers",
               item.direct ? "an address given directly" : "from the index", wrong_index, RefusalKind::smoke);
  exam.require("smoke.not-yanked", !item.yanked, "a file that is not yanked",
               item.yanked ? "yanked" : "not yanked", "release a higher version", RefusalKind::smoke);
  const std::string host = host_of(item.url);
  exam.require("smoke.from-index", hosts.contains(host) && !client::is_public_index_host(host),
               "from " + join(std::vector(hosts.begin(), hosts.end()), " or "), quote(host),
               "something leads pip to another index", RefusalKind::smoke);
  const auto* entry = manifest.find(item.filename());
  exam.require("smoke.filename", entry != nullptr, "a file of this release", quote(item.filename()),
               wrong_index, RefusalKind::smoke);
  exam.require("smoke.bytes", entry != nullptr && item.sha256.ok() && *item.sha256 == entry->sha256.hex(),
               entry != nullptr ? "sha256:" + entry->sha256.hex() : "the digest of a promoted file",
               show(item.sha256), "what pip got is not what was promoted: stop the rollout",
               RefusalKind::smoke);
}

}  // namespace

bool is_project(const ProjectName& project, const Field<std::string>& name) {
  if (!name.ok()) return false;
  const auto parsed = ProjectName::parse(*name);
  return parsed.ok() && *parsed == project;
}

std::string InstalledItem::filename() const {
  if (!url.ok()) return {};
  const auto parsed = http::Url::parse(std::string_view(*url).substr(0, url->find('#')));
  if (!parsed.ok()) return {};
  return percent_decode(std::string_view(parsed->path).substr(parsed->path.rfind('/') + 1)).value_or("");
}

Result<PipReport> PipReport::parse(std::string_view text) {
  TRY(const auto document, json::parse(text, 64U << 20U));
  const json::Object* object = document.if_object();
  if (object == nullptr) return Error{Errc::invalid_input, "expected pip's report as an object"};
  PipReport report{.version = text_at(document, {"version"}), .items = {}};
  TRY(const auto items, json::get_array(*object, "install", "report"));
  for (const json::Value& item : items)
    report.items.push_back(read_item(item));
  return report;
}

Checks decide_report(const ReleaseName& release, const dist::Manifest& manifest,
                     const std::set<std::string>& hosts, const PipReport& report) {
  CheckBuilder exam;
  exam.on({"pip-report"});
  exam.equal("smoke.report-version", report.version, "1", "use a pip whose report this program knows",
             RefusalKind::smoke);
  exam.require("smoke.one-item", report.items.size() == 1, "exactly one installed distribution",
               fmt::format("{}", report.items.size()), "see the log of the smoke check", RefusalKind::smoke);
  if (report.items.size() != 1) return exam.take();
  const InstalledItem& item = report.items.front();
  exam.require("smoke.name", is_project(release.project, item.name), release.project.str(), show(item.name),
               "the index offers another project under this name", RefusalKind::smoke);
  examine_item(exam, release.version, manifest, hosts, item);
  return exam.take();
}

Checks decide_extras(const std::vector<std::string>& wanted, const InstalledItem& item) {
  if (wanted.empty()) return {};
  std::vector<std::string> missing;
  std::ranges::copy_if(wanted, std::back_inserter(missing), [&](const std::string& extra) {
    return std::ranges::find(item.extras, extra) == item.extras.end();
  });
  CheckBuilder exam;
  exam.on({"pip-report"})
      .require("smoke.extras", missing.empty(), "the extras " + join(wanted, ", "),
               missing.empty() ? "all of them" : "no extra " + join(missing, ", "),
               "correct `extras` in [smoke], or the package's optional dependencies", RefusalKind::smoke);
  return exam.take();
}

Checks decide_dependencies(const ProjectName& project, const PipReport& report) {
  std::vector<std::string> wrong;    // by the release
  std::vector<std::string> foreign;  // what this index lacks
  for (const InstalledItem& item : report.items) {
    const std::string host = host_of(item.url);
    if (item.direct) wrong.push_back(show(item.name) + " by a direct address");
    if (host.empty() || client::is_public_index_host(host))
      foreign.push_back(show(item.name) + " from " + quote(host));
    if (is_project(project, item.name)) wrong.push_back(project.str() + " was installed a second time");
  }
  const RefusalKind refusal = wrong.empty() ? RefusalKind::missing : RefusalKind::smoke;
  wrong.insert(wrong.end(), foreign.begin(), foreign.end());
  CheckBuilder exam;
  exam.on({"pip-report-dependencies"})
      .require("smoke.dependencies", wrong.empty(), "every dependency from the private index",
               wrong.empty() ? fmt::format("{} installed", report.items.size()) : join(wrong, "; "),
               "put the dependency on the private index, and name no address in a requirement", refusal);
  return exam.take();
}

}  // namespace packhouse::smoke
