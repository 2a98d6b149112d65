#include "api/page.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <stdexcept>

#include "base/digest.hpp"

namespace packhouse::api {
namespace {

constexpr int gzip_level = 6;
constexpr std::uint64_t entry_overhead = 512;  // list node, map node, shared counts: a rough bound

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const noexcept {
    libdeflate_free_compressor(compressor);
  }
};

/// Empty when the result would not be smaller.
std::string gzip(std::string_view body) {
  if (body.empty()) return {};
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor{
      libdeflate_alloc_compressor(gzip_level)};
  if (!compressor) throw std::runtime_error("libdeflate_alloc_compressor failed");
  std::string packed(body.size() - 1, '\0');
  const auto size =
      libdeflate_gzip_compress(compressor.get(), body.data(), body.size(), packed.data(), packed.size());
  packed.resize(size);  // 0: it did not fit
  return packed;
}

/// RFC 9110 section 8.8.3: each representation and each encoding of it has its own strong validator.
std::string etag_of(std::string_view body, Representation representation, std::string_view suffix) {
  const auto digest = Sha256::of(fmt::format("{}\n{}", content_type(representation), body)).hex();
  return fmt::format("\"{}{}\"", std::string_view(digest).substr(0, 32), suffix);
}

http::Headers shared_fields(const std::string& etag, const PageFields& fields) {
  http::Headers headers;
  headers.add("ETag", etag);
  headers.add("Cache-Control",
              fields.private_cache ? "private, max-age=0, must-revalidate" : "max-age=0, must-revalidate");
  headers.add("Vary", "Accept, Accept-Encoding");
  headers.add("X-PyPI-Last-Serial", fmt::to_string(fields.serial));
  headers.add("Access-Control-Allow-Origin", "*");
  return headers;
}

PageVariant make_variant(std::string body, const http::Headers& shared, std::string etag,
                         Representation representation, bool packed) {
  auto headers = shared;
  headers.add("Content-Type", std::string(content_type(representation)));
  headers.add("X-Content-Type-Options", "nosniff");
  if (packed) headers.add("Content-Encoding", "gzip");
  return {.etag = std::move(etag),
          .full = http::Prepared::make(200, headers, std::move(body)),
          .not_modified = http::Prepared::make(304, shared, {})};
}

}  // namespace

std::uint64_t Page::memory() const noexcept {
  std::uint64_t bytes = entry_overhead;
  for (const auto* variant : {&plain, &gzip}) {
    if (!variant->full) continue;
    bytes += variant->full->memory() + variant->not_modified->memory() + variant->etag.size();
  }
  return bytes;
}

PagePointer make_page(std::string body, Representation representation, const PageFields& fields) {
  auto page = std::make_shared<Page>();
  auto packed = gzip(body);
  if (!packed.empty()) {
    auto etag = etag_of(body, representation, "-gzip");
    const auto headers = shared_fields(etag, fields);
    page->gzip = make_variant(std::move(packed), headers, std::move(etag), representation, true);
  }
  auto etag = etag_of(body, representation, "");
  const auto headers = shared_fields(etag, fields);
  page->plain = make_variant(std::move(body), headers, std::move(etag), representation, false);
  return page;
}

}  // namespace packhouse::api
