#pragma once

#include <vector>

#include "archive/byte_source.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"
#include "archive/zip_member.hpp"

namespace packhouse::archive {

/// Reads and checks every record of a zip: end records, central directory, local headers, data descriptors,
/// and that together with the members' data they cover the file exactly once. Inflates nothing.
/// True if members may be inflated; see ZipReader::readable().
bool read_zip_layout(const ByteSource& source, const Policy& policy, std::vector<ZipMember>& members,
                     Violations& violations);

}  // namespace packhouse::archive
