#include "http/curl_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>

namespace packhouse::http {
namespace {

/// The interface's number has been 4 since 2006; the file's name is in Debian's package libcurl4.
constexpr const char* library_name = "libcurl.so.4";

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(fmt::format("{} has no {}", library_name, name));
}

CurlLibrary load() {
  void* library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw std::runtime_error(fmt::format("cannot load {} (package libcurl4)", library_name));
  }
  decltype(&::curl_global_init) global_init = nullptr;
  find(library, "curl_global_init", global_init);
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");

  CurlLibrary functions{};
  find(library, "curl_easy_init", functions.easy_init);
  find(library, "curl_easy_setopt", functions.easy_setopt);
  find(library, "curl_easy_perform", functions.easy_perform);
  find(library, "curl_easy_getinfo", functions.easy_getinfo);
  find(library, "curl_easy_reset", functions.easy_reset);
  find(library, "curl_easy_cleanup", functions.easy_cleanup);
  find(library, "curl_easy_strerror", functions.easy_strerror);
  find(library, "curl_slist_append", functions.slist_append);
  find(library, "curl_slist_free_all", functions.slist_free_all);
  find(library, "curl_mime_init", functions.mime_init);
  find(library, "curl_mime_free", functions.mime_free);
  find(library, "curl_mime_addpart", functions.mime_addpart);
  find(library, "curl_mime_name", functions.mime_name);
  find(library, "curl_mime_data", functions.mime_data);
  find(library, "curl_mime_filedata", functions.mime_filedata);
  find(library, "curl_mime_filename", functions.mime_filename);
  find(library, "curl_mime_type", functions.mime_type);
  find(library, "curl_url", functions.url);
  find(library, "curl_url_get", functions.url_get);
  find(library, "curl_url_set", functions.url_set);
  find(library, "curl_url_cleanup", functions.url_cleanup);
  find(library, "curl_free", functions.free);
  return functions;
}

}  // namespace

const CurlLibrary& curl() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace packhouse::http
