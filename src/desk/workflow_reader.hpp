#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace packhouse::desk {

/// A step that hands over an artifact.
struct WorkflowUpload {
  std::string job;       ///< as the forge shows it: the job's name, or else its key
  std::string artifact;  ///< the attempt's number as "{attempt}"; other expressions stay
};

/// The uploads of a GitHub workflow: steps that use an action whose name ends in "upload-artifact", in the
/// order of the file. Reads YAML as it is usually written (blocks, one key a line); what is written in
/// another way is not found.
std::vector<WorkflowUpload> read_uploads(std::string_view workflow);

}  // namespace packhouse::desk
