#pragma once

#include <span>
#include <utility>
#include <vector>

#include "dist/inspection.hpp"
#include "index/context.hpp"
#include "model/file.hpp"

namespace packhouse::index {

/// The checks over all files of a release, as `packhouse check FOLDER` makes them, under the index's policy.
/// `code` with the first refusal's words. Uploads, sessions and copies ask the same, so that none takes what
/// another one refuses.
Status check_agreement(const Context& context, std::span<const dist::Inspection* const> files, Errc code);

/// The same of a file that is to join those which its release has, which are the result. Reads as little as
/// the comparison needs: of a wheel the sdist beside it, of an sdist the METADATA of the wheels.
/// invalid_input for a refusal.
Result<ReleaseDigests> check_joins(const Context& context, const dist::Inspection& added);

/// The same of files that are to be published together.
Result<ReleaseDigests> check_joins(const Context& context, const ReleaseName& release,
                                   const std::vector<File>& added);

ReleaseDigests digests_of(const std::vector<File>& files);

/// Whether what was compared is still what the release has, and is to have, asked within the transaction that
/// adds to it: the archives are read before it, and another upload may come between.
class Comparison {
 public:
  explicit Comparison(ReleaseDigests there, ReleaseDigests added = {})
      : there_(std::move(there)), added_(std::move(added)) {}

  /// unavailable, and overtaken() from then on, when the release, or what is added, has other files.
  Status still_holds(const ReleaseDigests& there, const ReleaseDigests& added = {});
  bool overtaken() const noexcept { return overtaken_; }

  /// How often a publication is compared again before its client gets that refusal.
  static constexpr int most = 16;

 private:
  ReleaseDigests there_;
  ReleaseDigests added_;
  bool overtaken_ = false;
};

}  // namespace packhouse::index
