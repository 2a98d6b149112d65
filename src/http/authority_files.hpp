#pragma once

#include <array>

namespace packhouse::http {

/// Where the distributions keep the system's certificate authorities as one PEM file: Debian and Alpine, RHEL
/// and Fedora, openSUSE, and what several of them link to it.
inline constexpr std::array<const char*, 5> authority_files{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

}  // namespace packhouse::http
