#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "http/authority_files.hpp"
#include "http/curl_library.hpp"

namespace packhouse::http {
namespace {

/// The library was configured for no distribution.
const char* find_authorities() {
  const auto* found =
      std::ranges::find_if(authority_files, [](const char* path) { return ::access(path, R_OK) == 0; });
  return found == authority_files.end() ? nullptr : *found;
}

CurlLibrary start() {
  if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
  return {
      .easy_init = &::curl_easy_init,
      .easy_setopt = &::curl_easy_setopt,
      .easy_perform = &::curl_easy_perform,
      .easy_getinfo = &::curl_easy_getinfo,
      .easy_reset = &::curl_easy_reset,
      .easy_cleanup = &::curl_easy_cleanup,
      .easy_strerror = &::curl_easy_strerror,
      .slist_append = &::curl_slist_append,
      .slist_free_all = &::curl_slist_free_all,
      .mime_init = &::curl_mime_init,
      .mime_free = &::curl_mime_free,
      .mime_addpart = &::curl_mime_addpart,
      .mime_name = &::curl_mime_name,
      .mime_data = &::curl_mime_data,
      .mime_filedata = &::curl_mime_filedata,
      .mime_filename = &::curl_mime_filename,
      .mime_type = &::curl_mime_type,
      .url = &::curl_url,
      .url_get = &::curl_url_get,
      .url_set = &::curl_url_set,
      .url_cleanup = &::curl_url_cleanup,
      .free = &::curl_free,
      .ca_file = find_authorities(),
  };
}

}  // namespace

const CurlLibrary& curl() {
  static const CurlLibrary library = start();
  return library;
}

}  // namespace packhouse::http
