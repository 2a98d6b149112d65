#include "dist/inspection.hpp"

namespace packhouse::dist {

std::string_view to_string(Kind kind) noexcept {
  return kind == Kind::wheel ? "wheel" : "sdist";
}

std::string_view filetype(Kind kind) noexcept {
  return kind == Kind::wheel ? "bdist_wheel" : "sdist";
}

}  // namespace packhouse::dist
