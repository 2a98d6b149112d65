#pragma once

#include <string>

#include "config/desk_configuration.hpp"
#include "config/project_facts.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {

/// Where a package is in its repository.
struct PackagePlace {
  Path top;     ///< of the repository: the nearest folder above that git has, else the working folder
  Path folder;  ///< of the package
  Path below;   ///< that folder from the top; empty: it is the top
};
PackagePlace find_package(const CommandContext& context);

/// What is given on the command line in place of what the repository says; empty: not given.
struct SetupChoices {
  std::string forge;
  std::string project;
  std::string repository;
  std::string branch;
  std::string workflow;
  std::string artifact;
  std::string build_job;
  bool ask = true;  ///< a person at the terminal, where neither says it

  bool any() const;
};

/// A pyproject.toml with settings for its package.
struct PackageSetup {
  std::string text;  ///< of the whole file: what it was, and the table [tool.packhouse]
  DeskConfiguration configuration;
};

/// Settings for a package that has none, from its [project], the git remote and the workflows that are there.
/// invalid_input where something is not known and may not be asked for.
Result<PackageSetup> set_up_package(CommandContext& context, const PackagePlace& place,
                                    const std::string& pyproject, const ProjectFacts& facts,
                                    const SetupChoices& choices);

}  // namespace packhouse::app
