#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace packhouse::http {

/// Which of `offered` ("type/subtype", best first) an Accept field prefers (RFC 9110 section 12.5.1), or
/// nullopt if it takes none. An absent or empty field takes anything: the first. Each offer has the weight
/// of the most specific range that names it; equal weights go to the earlier offer. Parameters but `q` are
/// ignored, and so is every element that is malformed (a weight with more than three decimals, say).
std::optional<std::size_t> choose_media_type(std::string_view accept,
                                             std::span<const std::string_view> offered) noexcept;

enum class ContentCoding { identity, gzip };

/// gzip where the Accept-Encoding field takes it at least as gladly as identity (RFC 9110 section 12.5.3).
ContentCoding choose_coding(std::string_view accept_encoding) noexcept;

}  // namespace packhouse::http
