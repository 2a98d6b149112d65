#include "smoke/smoke_policy.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse::smoke {

bool SmokeResult::blames_release() const {
  return std::ranges::any_of(checks, [](const Check& check) {
    return !check.passed && check.refusal != RefusalKind::missing &&
           check.refusal != RefusalKind::unavailable;
  });
}

std::string requirement_of(const ReleaseName& release, const std::vector<std::string>& extras) {
  const std::string wanted = extras.empty() ? std::string{} : "[" + join(extras, ",") + "]";
  return release.project.str() + wanted + "==" + release.version.str();
}

json::Object to_json(const SmokePolicy& policy) {
  json::Array commands;
  for (const SmokeCommand& command : policy.commands) {
    json::Array expects;
    for (const Expectation& expectation : command.expects)
      expects.push_back(to_json(expectation));
    commands.push_back(json::Object{{"words", json::Array(command.words.begin(), command.words.end())},
                                    {"expects", std::move(expects)}});
  }
  return {{"clients", json::Array(policy.clients.begin(), policy.clients.end())},
          {"commands", std::move(commands)},
          {"extras", json::Array(policy.extras.begin(), policy.extras.end())},
          {"imports", json::Array(policy.imports.begin(), policy.imports.end())},
          {"pythons", json::Array(policy.pythons.begin(), policy.pythons.end())},
          {"requirements", json::Array(policy.requirements.begin(), policy.requirements.end())},
          {"sdist", policy.sdist}};
}

}  // namespace packhouse::smoke
