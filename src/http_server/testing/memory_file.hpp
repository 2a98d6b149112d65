#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string_view>

#include "sys/file_descriptor.hpp"

namespace packhouse::http {

/// A file with these bytes that needs no folder.
inline FileDescriptor memory_file(std::string_view bytes) {
  FileDescriptor file{::memfd_create("test", MFD_CLOEXEC)};
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

}  // namespace packhouse::http
