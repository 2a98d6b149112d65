#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

void check_name(const InspectedFile& inspected, Findings& findings) {
  const auto& claimed = inspected.form->name;
  if (!claimed) {
    findings.add("none");
    return;
  }
  const auto parsed = ProjectName::parse(*claimed);
  if (!parsed.ok() || *parsed != *inspected.metadata->name) {
    findings.add(quote(*claimed), quote(inspected.metadata->name->str()));
  }
}

void check_version(const InspectedFile& inspected, Findings& findings) {
  const auto& claimed = inspected.form->version;
  if (!claimed) {
    findings.add("none");
    return;
  }
  const auto parsed = Version::parse(*claimed);
  if (!parsed.ok() || *parsed != *inspected.metadata->version) {
    findings.add(quote(*claimed), quote(inspected.metadata->version->str()));
  }
}

void check_filetype(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.kind) return;
  const auto expected = filetype(*inspected.kind);
  const auto& claimed = inspected.form->filetype;
  if (claimed != expected) findings.add(claimed ? quote(*claimed) : "none", quote(expected));
}

void check_metadata_version(const InspectedFile& inspected, Findings& findings) {
  const auto& claimed = inspected.form->metadata_version;
  if (claimed && *claimed != inspected.metadata->metadata_version) {
    findings.add(quote(*claimed), quote(inspected.metadata->metadata_version));
  }
}

void check_pyversion(const InspectedFile& inspected, Findings& findings) {
  const auto& claimed = inspected.form->pyversion;
  if (inspected.kind == Kind::sdist) {
    if (claimed && !claimed->empty() && *claimed != "source") findings.add(quote(*claimed), "\"source\"");
    return;
  }
  const std::string_view tags = inspected.wheel_name->raw_tags;
  const auto python = tags.substr(0, tags.find('-'));
  if (claimed != python) findings.add(claimed ? quote(*claimed) : "none", quote(python));
}

void check_digest_present(const InspectedFile& inspected, Findings& findings) {
  const auto& form = *inspected.form;
  if (!form.sha256 && !form.blake2b_256 && !form.md5) findings.add("none");
}

// Hexadecimal in either case.
void compare(const std::optional<std::string>& claimed, std::string_view received, Findings& findings) {
  if (claimed && !iequals(*claimed, received)) findings.add(std::string{received}, quote(*claimed));
}

void check_sha256(const InspectedFile& inspected, Findings& findings) {
  if (inspected.form->received)
    compare(inspected.form->sha256, inspected.form->received->sha256.hex(), findings);
}

void check_blake2b(const InspectedFile& inspected, Findings& findings) {
  if (inspected.form->received)
    compare(inspected.form->blake2b_256, inspected.form->received->blake2b_256, findings);
}

void check_md5(const InspectedFile& inspected, Findings& findings) {
  if (inspected.form->received) compare(inspected.form->md5, inspected.form->received->md5, findings);
}

constexpr auto refuse = Severity::refuse;
constexpr std::string_view again = "upload again with a client that reads the file";
constexpr std::string_view damaged = "the bytes changed on the way: upload again";

constexpr std::array table{
    Check{{"form.name", refuse, true, "the name in the file's metadata", again},
          {},
          Need::metadata,
          check_name},
    Check{{"form.version", refuse, true, "the version in the file's metadata", again},
          {},
          Need::metadata,
          check_version},
    Check{{"form.filetype", refuse, true, "bdist_wheel for a .whl, sdist for a .tar.gz", again},
          {},
          Need::nothing,
          check_filetype},
    // flit states a fixed one, whatever the file has.
    Check{{"form.metadata-version", Severity::warn, false, "the metadata version of the file", again},
          {},
          Need::metadata,
          check_metadata_version},
    Check{{"form.pyversion", Severity::warn, false, "the Python tags of a wheel, \"source\" for an sdist",
           again},
          {},
          Need::filename,
          check_pyversion},
    Check{{"form.digest.present", refuse, true, "at least one of sha256, blake2_256 and md5", again},
          {},
          Need::nothing,
          check_digest_present},
    Check{{"form.digest.sha256", refuse, true, "the SHA-256 of the bytes received", damaged},
          {},
          Need::nothing,
          check_sha256},
    Check{{"form.digest.blake2b-256", refuse, true, "the BLAKE2b-256 of the bytes received", damaged},
          {},
          Need::nothing,
          check_blake2b},
    Check{{"form.digest.md5", refuse, true, "the MD5 of the bytes received", damaged},
          {},
          Need::nothing,
          check_md5},
};

}  // namespace

std::span<const Check> form_checks() {
  return table;
}

}  // namespace packhouse::dist
