#include "pep/version.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pep/version_segments.hpp"

namespace packhouse {
namespace {

// `part` is a piece of `text`: what stands before its end.
std::string_view up_to_the_end_of(std::string_view part, std::string_view text) {
  return text.substr(0, static_cast<std::size_t>(part.data() - text.data()) + part.size());
}

std::optional<std::string> unless_empty(std::string_view part) {
  return part.empty() ? std::nullopt : std::optional<std::string>(part);
}

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  return read(text).to_result();
}

std::string Version::identity() const {
  const std::string_view text = text_;
  const auto whole = VersionSegments::split(text).release;
  auto release = whole;
  while (release.ends_with(".0"))
    release.remove_suffix(2);
  return std::string(up_to_the_end_of(release, text)) +
         std::string(text.substr(up_to_the_end_of(whole, text).size()));
}

bool Version::is_prerelease() const noexcept {
  const auto segments = VersionSegments::split(text_);
  return !segments.pre_kind.empty() || !segments.dev.empty();
}

bool Version::is_postrelease() const noexcept {
  return !VersionSegments::split(text_).post.empty();
}

bool Version::is_devrelease() const noexcept {
  return !VersionSegments::split(text_).dev.empty();
}

bool Version::has_local() const noexcept {
  return text_.contains('+');
}

std::string Version::public_part() const {
  return text_.substr(0, text_.find('+'));
}

std::string Version::base_part() const {
  return std::string(up_to_the_end_of(VersionSegments::split(text_).release, text_));
}

Version Version::without_local() const {
  if (!has_local()) return *this;
  return *read(public_part());
}

Version Version::without_post() const {
  const auto segments = VersionSegments::split(text_);
  return *read(
      fmt::format("{}!{}{}{}", segments.epoch, segments.release, segments.pre_kind, segments.pre_number));
}

std::string Version::epoch() const {
  return std::string(VersionSegments::split(text_).epoch);
}

std::vector<std::string> Version::release() const {
  auto rest = VersionSegments::split(text_).release;
  std::vector<std::string> numbers;
  while (!rest.empty())
    numbers.emplace_back(next_part(rest, '.'));
  return numbers;
}

std::optional<Version::Pre> Version::pre() const {
  const auto segments = VersionSegments::split(text_);
  if (segments.pre_kind.empty()) return std::nullopt;
  return Pre{std::string(segments.pre_kind), std::string(segments.pre_number)};
}

std::optional<std::string> Version::post() const {
  return unless_empty(VersionSegments::split(text_).post);
}

std::optional<std::string> Version::dev() const {
  return unless_empty(VersionSegments::split(text_).dev);
}

std::optional<std::string> Version::local() const {
  return unless_empty(VersionSegments::split(text_).local);
}

}  // namespace packhouse
