#pragma once

// Private to http/.
#include <curl/curl.h>

namespace packhouse::http {

/// Libcurl's functions, by their names without "curl_". The library is linked, or loaded at the first call of
/// curl() and stays loaded: with the thirty libraries that it needs, loading takes longer than the check of a
/// small wheel, and most commands use no network.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_mime_init) mime_init;
  decltype(&::curl_mime_free) mime_free;
  decltype(&::curl_mime_addpart) mime_addpart;
  decltype(&::curl_mime_name) mime_name;
  decltype(&::curl_mime_data) mime_data;
  decltype(&::curl_mime_filedata) mime_filedata;
  decltype(&::curl_mime_filename) mime_filename;
  decltype(&::curl_mime_type) mime_type;
  decltype(&::curl_url) url;
  decltype(&::curl_url_get) url_get;
  decltype(&::curl_url_set) url_set;
  decltype(&::curl_url_cleanup) url_cleanup;
  decltype(&::curl_free) free;

  const char* ca_file;  ///< PEM, for CURLOPT_CAINFO; nullptr: the library knows its distribution's
};

/// Thread-safe. Throws std::runtime_error, naming the package to install, when the library is not there.
const CurlLibrary& curl();

}  // namespace packhouse::http
