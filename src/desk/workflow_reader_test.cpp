#include "desk/workflow_reader.hpp"

#include <gmock/gmock.h>

namespace packhouse::desk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> uploads_of(std::string_view workflow) {
  std::vector<std::string> uploads;
  for (const WorkflowUpload& upload : read_uploads(workflow))
    uploads.push_back(upload.job + ": " + upload.artifact);
  return uploads;
}

TEST(WorkflowReader, finds_which_job_uploads_which_artifact) {
  EXPECT_THAT(uploads_of(R"(name: CI
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        include:
          - os: ubuntu
    steps:
      - uses: actions/checkout@v7
      - run: pytest
  build:
    name: "Build distribution" # shown
    steps:
    - name: Build
      run: |
        python -m build
    - name: Keep
      uses: actions/upload-artifact@v4
      with:
        name: dist
        path: dist/
    - uses: 'actions/upload-artifact@v4'
      with: { }
)"),
              ElementsAre("Build distribution: dist", "Build distribution: artifact"));
}

TEST(WorkflowReader, a_jobs_name_may_follow_its_steps) {
  EXPECT_THAT(
      uploads_of("jobs:\r\n  a:\r\n    steps:\r\n      - uses: o/upload-artifact@1\r\n        with:\r\n"
                 "          name: dist-${{ github.run_attempt }}\r\n    name: Last\r\n"),
      ElementsAre("Last: dist-{attempt}"));
}

TEST(WorkflowReader, finds_nothing_where_nothing_is_uploaded) {
  for (const auto* text :
       {"", "jobs:", "jobs:\n  a:\n    steps:\n      - run: x\n", "# uses: actions/upload-artifact@v4\n",
        "- - -\n:\n\t:\n  '\n", "env:\n  a:\n    - uses: actions/upload-artifact@v4\n"}) {
    EXPECT_THAT(uploads_of(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace packhouse::desk
