#include "smoke/smoke_policy.hpp"

#include <algorithm>

namespace packhouse::smoke {

bool SmokeResult::blames_release() const {
  return std::ranges::any_of(checks, [](const Check& check) {
    return !check.passed && check.refusal != RefusalKind::missing &&
           check.refusal != RefusalKind::unavailable;
  });
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
          {"imports", json::Array(policy.imports.begin(), policy.imports.end())},
          {"pythons", json::Array(policy.pythons.begin(), policy.pythons.end())},
          {"sdist", policy.sdist}};
}

}  // namespace packhouse::smoke
