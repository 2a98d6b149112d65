#pragma once

#include "source/run_checks.hpp"

// What a forge states of a run that deserves its release. Tests spoil one fact of it.
namespace packhouse::source::testing {

inline constexpr std::int64_t run_number = 9'400'100'200;
inline constexpr std::int64_t repository_number = 701'200'331;
inline constexpr std::int64_t fork_number = 999'000'111;
inline constexpr std::string_view workflow_id = "88001";
inline constexpr std::int64_t artifact_number = 4'411'000'001;
inline constexpr const char* built_commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
inline constexpr const char* tip_commit = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
inline constexpr const char* other_commit = "cccccccccccccccccccccccccccccccccccccccc";

forge::NamePattern pattern(std::string_view text);
Version version();
Policy good_policy();
forge::RunFacts good_run();
forge::ArtifactFacts good_artifact();
RunEvidence good_evidence();
Timestamp at(std::string_view iso8601);

}  // namespace packhouse::source::testing
