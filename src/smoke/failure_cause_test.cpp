#include "smoke/failure_cause.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace packhouse::smoke {
namespace {

Cause cause(std::string errors, PipTask task = PipTask::read_index, std::string output = {}) {
  ProcessResult result;
  result.exit_code = 1;
  result.output = std::move(output);
  result.errors = std::move(errors);
  return cause_of_pip_failure(result, ProjectName::parse("demo-lib").value(), task);
}

// The lines of pip 23.2 and 26.3, each called against a server that fails in this way.

TEST(FailureCause, a_dependency_that_the_index_lacks_is_missing) {
  const std::vector<std::string> ends{
      "ERROR: No matching distribution found for numpy\n",
      "ERROR: No matching distribution found for numpy (from demo-lib)\n",
      ("ERROR: Could not find a version that satisfies the requirement base_lib>=3 (from demo-lib) (from "
       "versions: "
       "2.0)\nERROR: No matching distribution found for base_lib>=3 (from demo-lib)\n"),
      ("ERROR: Ignored the following versions that require a different python version: 1.0 Requires-Python "
       ">=3.99\n"
       "ERROR: No matching distribution found for numpy (from demo-lib)\n"),
      "ERROR: No matching distribution found for demo-lib-core\n",
      ("ERROR: Cannot install demo-lib and demo-lib==1.0 because these package versions have conflicting "
       "dependencies.\nERROR: ResolutionImpossible: for help visit …\n"),
      "error: subprocess-exited-with-error\nERROR: Failed to build 'numpy' when getting requirements\n"};
  for (const std::string& end : ends)
    EXPECT_EQ(cause(end).refusal, RefusalKind::missing) << end;
}

TEST(FailureCause, an_index_or_a_network_that_fails_is_unavailable) {
  const std::vector<std::string> ends{
      ("WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to "
       "establish a "
       "new connection: [Errno 111] Connection refused')': /simple/demo-lib/\n"
       "ERROR: No matching distribution found for demo-lib==1.0\n"),
      ("WARNING: Retrying after connection broken by 'ReadTimeoutError(\"Read timed out.\")'\n"
       "ERROR: No matching distribution found for numpy\n"),
      ("Could not fetch URL https://index.example/simple/x/: There was a problem confirming the ssl "
       "certificate\n"
       "ERROR: No matching distribution found for x\n"),
      ("ERROR: Could not install packages due to an OSError: HTTPConnectionPool(host='index.example'): Max "
       "retries "
       "exceeded with url: /files/x.whl (Caused by ResponseError('too many 503 error responses'))\n"),
      "WARNING: Connection interrupted while downloading.\nerror: incomplete-download\n",
      ("WARNING: Skipping page http://index.example/numpy/ because the GET request got Content-Type: "
       "text/plain.\n"
       "ERROR: No matching distribution found for numpy\n"),
      ("WARNING: The repository located at index.example is not a trusted or secure host and is being "
       "ignored.\n"
       "ERROR: No matching distribution found for demo-lib==1.0\n"),
      "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"};
  for (const std::string& end : ends)
    EXPECT_EQ(cause(end).refusal, RefusalKind::unavailable) << end;
}

// Pip prints the same for an index that answers 401, 403, 500 or 503.
TEST(FailureCause, a_release_that_pip_alone_does_not_see_is_no_fault_of_the_release) {
  const Cause found = cause("ERROR: No matching distribution found for Demo_Lib==1.0\n");
  EXPECT_EQ(found.refusal, RefusalKind::unavailable);
  EXPECT_NE(found.hint.find("PRIVATE_INDEX_PIP_INDEX_URL"), std::string_view::npos);
}

TEST(FailureCause, a_release_that_excludes_this_python_is_at_fault) {
  const Cause found = cause(
      "ERROR: Ignored the following versions that require a different python version: 1.0 Requires-Python "
      ">=3.99\n"
      "ERROR: No matching distribution found for demo-lib==1.0\n");
  EXPECT_EQ(found.refusal, RefusalKind::smoke);
  EXPECT_NE(found.hint.find("requires-python"), std::string_view::npos);
}

TEST(FailureCause, other_bytes_and_a_wheel_that_pip_refuses_are_the_release_s_fault) {
  EXPECT_EQ(cause("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n").refusal,
            RefusalKind::smoke);
  EXPECT_EQ(cause("ERROR: Wheel 'demo-lib' located at /tmp/x.whl is invalid.\n").refusal, RefusalKind::smoke);
  EXPECT_EQ(cause("").refusal, RefusalKind::smoke);
}

TEST(FailureCause, a_reading_that_reaches_its_time_limit_is_the_index_s_and_an_installation_the_release_s) {
  ProcessResult hung;
  hung.timed_out = true;
  const auto demo = ProjectName::parse("demo").value();
  EXPECT_EQ(cause_of_pip_failure(hung, demo, PipTask::read_index).refusal, RefusalKind::unavailable);
  EXPECT_EQ(cause_of_pip_failure(hung, demo, PipTask::install).refusal, RefusalKind::smoke);
}

TEST(FailureCause, an_sdist_that_lacks_a_build_dependency_is_told_from_one_that_does_not_build) {
  EXPECT_EQ(cause("ERROR: No matching distribution found for wheel\nerror: subprocess-exited-with-error\n",
                  PipTask::install)
                .refusal,
            RefusalKind::missing);
  EXPECT_EQ(
      cause("error: subprocess-exited-with-error\n", PipTask::install, "SyntaxError: setup.py\n").refusal,
      RefusalKind::smoke);
  EXPECT_EQ(cause("OSError: [Errno 28] No space left on device\n", PipTask::install).refusal,
            RefusalKind::unavailable);
}

}  // namespace
}  // namespace packhouse::smoke
