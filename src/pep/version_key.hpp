#pragma once

#include <compare>
#include <cstdint>

namespace packhouse {

struct VersionSegments;

/// 128 bits of a version that sort as the version does.
///
/// Why: an index sorts the versions of a project for every page that it makes, and a resolver compares each
/// candidate with each specifier. Compared by their parts, two versions take some ten comparisons of texts,
/// since PEP 440 puts no bound on any number. Nearly all versions have small numbers, and for those two
/// integers say everything.
///
/// The layout follows the tuple that `packaging` compares (_cmpkey()), with its most significant part first:
///
///     bits  field
///     25    first release number
///     20    second release number
///     19    third release number           the end of `high`
///     12    fourth release number
///      3    kind: 0 a development release of a final one, 1 "a", 2 "b", 3 "rc", 4 none of these
///     10    number of the pre-release
///     11    number of the post-release, plus one; 0 without one
///      1    1 unless it is a development release
///     26    number of the development release
///      1    incomplete: the key does not say all
///
/// - 1.dev1 < 1a1 < 1b1 < 1rc1 < 1 is the kind. A development release of 1a1 or of 1.post1 has the kind of
///   that release and comes before it by the bit that a development release lacks.
/// - A release number that is not written is 0, as PEP 440 pads releases: 1.0 and 1.0.0 have one key.
/// - An epoch other than 0, a number that does not fit its field, and a fifth release number other than 0
///   saturate: their field and all that follow are ones. A number that would be all ones is therefore one
///   that does not fit. For an epoch the first field is the one that saturates.
/// - A local segment sets the last bit alone, and so sorts behind the same version without one.
///
/// From this follows, for any two versions v and w:
///
/// - If v < w, then v's key is at most w's. Up to the first field in which their parts differ the keys are
///   equal or both saturated; in that field the greater number has the greater value, or both are saturated.
/// - Equal keys that are complete belong to equal versions. Every part that is not 0 stands in the key then.
///
/// So a comparison looks at the keys, and at the texts only if the keys are equal and incomplete: two local
/// versions of one public version, or two versions that are saturated at the same place.
/// version_test.cpp and fuzz/version_fuzz.cpp hold this against the order by parts.
struct VersionKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static VersionKey of(const VersionSegments& segments) noexcept;

  bool is_complete() const noexcept { return (low & 1U) == 0; }
  auto operator<=>(const VersionKey&) const = default;
};

}  // namespace packhouse
