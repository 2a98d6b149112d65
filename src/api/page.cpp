#include "api/page.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <stdexcept>

#include "api/content_policy.hpp"
#include "base/digest.hpp"
#include "http/conditional.hpp"
#include "http/negotiate.hpp"
#include "routing/route.hpp"

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

/// Hashes what an ETag stands for. RFC 9110 section 8.8.3: each representation has its own strong validator.
Hasher hasher_of(const PageKind& kind) {
  Hasher hasher;
  hasher.update(fmt::format("{}\n", kind.content_type));
  return hasher;
}

http::Headers shared_fields(const std::string& etag, const PageFields& fields) {
  http::Headers headers;
  headers.add("ETag", etag);
  headers.add("Cache-Control",
              fields.private_cache ? "private, max-age=0, must-revalidate" : "max-age=0, must-revalidate");
  headers.add("Vary", "Accept, Accept-Encoding");
  if (fields.serial >= 0) headers.add("X-PyPI-Last-Serial", fmt::to_string(fields.serial));
  if (!fields.identity.empty()) headers.add(std::string(routing::identity_field), fields.identity);
  return headers;
}

PageVariant make_variant(SpooledBody body, const std::string& etag, const PageKind& kind, bool packed,
                         const PageFields& fields) {
  const auto shared = shared_fields(etag, fields);
  auto headers = shared;
  headers.add("Content-Type", std::string(kind.content_type));
  if (!kind.content_policy.empty()) {
    headers.add("Content-Security-Policy", std::string(kind.content_policy));
    headers.add("Referrer-Policy", "no-referrer");
  }
  if (packed) headers.add("Content-Encoding", "gzip");
  return {.etag = etag,
          .full = body.file.valid() ? http::Prepared::of_file(200, headers, std::move(body.file), body.size)
                                    : http::Prepared::make(200, headers, std::move(body.text)),
          .not_modified = http::Prepared::make(304, shared, {})};
}

/// `packed` is left away where it is no gain. Each encoding has its own validator, too.
PagePointer make_page(SpooledBody plain, SpooledBody packed, Hasher hasher, const PageKind& kind,
                      const PageFields& fields) {
  const auto digest = hasher.finish().sha256.hex().substr(0, 32);
  auto page = std::make_shared<Page>();
  if (packed.size > 0 && packed.size < plain.size) {
    page->gzip = make_variant(std::move(packed), fmt::format("\"{}-gzip\"", digest), kind, true, fields);
  }
  page->plain = make_variant(std::move(plain), fmt::format("\"{}\"", digest), kind, false, fields);
  return page;
}

/// On a full disk it stays in memory: sent more slowly, and still right.
SpooledBody keep(const Path& folder, std::string text) {
  const auto size = text.size();
  if (size > Spool::default_limit) {
    Spool spool(folder);
    if (spool.write(text).ok()) {
      if (auto kept = spool.finish(); kept.ok()) return *std::move(kept);
    }
  }
  return {.text = std::move(text), .file = {}, .size = size};
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

PageKind::PageKind(Representation representation)
    : content_type(api::content_type(representation)),
      content_policy(is_html(representation) ? page_policy : std::string_view{}) {}

PagePointer make_page(const Path& folder, std::string body, const PageKind& kind, const PageFields& fields) {
  auto hasher = hasher_of(kind);
  hasher.update(body);
  auto packed = keep(folder, gzip(body));
  return make_page(keep(folder, std::move(body)), std::move(packed), std::move(hasher), kind, fields);
}

PageWriter::PageWriter(const Path& folder, const PageKind& kind, std::size_t in_memory)
    : kind_(kind), hasher_(hasher_of(kind)), plain_(folder, in_memory), packed_(folder, in_memory) {}

Status PageWriter::write(std::string_view text) {
  hasher_.update(text);
  CHECK_OK(plain_.write(text));
  return packed_.write(compressor_.pack(text));
}

Result<PagePointer> PageWriter::finish(const PageFields& fields) {
  CHECK_OK(packed_.write(compressor_.finish()));
  TRY(auto plain, plain_.finish());
  TRY(auto packed, packed_.finish());
  return make_page(std::move(plain), std::move(packed), std::move(hasher_), kind_, fields);
}

http::Response answer_with(const PagePointer& page, const http::Request& request) {
  const bool gzip =
      page->gzip.full != nullptr &&
      http::choose_coding(request.headers.get_all("Accept-Encoding")) == http::ContentCoding::gzip;
  const auto& variant = gzip ? page->gzip : page->plain;
  http::Response response;
  const auto known = request.headers.get("If-None-Match");
  response.body = known && http::matches_etag(*known, variant.etag) ? variant.not_modified : variant.full;
  return response;
}

}  // namespace packhouse::api
