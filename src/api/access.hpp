#pragma once

#include "routing/route.hpp"

/// Who may use the routes of the API.
namespace packhouse::api {

inline constexpr routing::Access everyone{};
inline constexpr routing::Access readers{.permission = Permission::read};
inline constexpr routing::Access project_readers{.permission = Permission::read,
                                                 .scope = routing::Scope::project};
inline constexpr routing::Access file_readers{.permission = Permission::read,
                                              .scope = routing::Scope::handler};
/// Upload clients take 403 for a bad credential and would ask for nothing on a 401.
inline constexpr routing::Access uploaders{
    .permission = Permission::upload, .scope = routing::Scope::handler, .challenge = false};
inline constexpr routing::Access yankers{.permission = Permission::yank, .scope = routing::Scope::project};
inline constexpr routing::Access project_publishers{.permission = Permission::publish,
                                                    .scope = routing::Scope::project};
inline constexpr routing::Access project_administrators{.permission = Permission::admin,
                                                        .scope = routing::Scope::project};
inline constexpr routing::Access index_administrators{.permission = Permission::admin};
inline constexpr routing::Access server_readers{.permission = Permission::read,
                                                .scope = routing::Scope::server};
inline constexpr routing::Access administrators{.permission = Permission::admin,
                                                .scope = routing::Scope::server};

// Of sessions, whose project only the handler knows.
inline constexpr routing::Access stagers{.permission = Permission::stage, .scope = routing::Scope::handler};
inline constexpr routing::Access previewers{.permission = Permission::smoke,
                                            .scope = routing::Scope::handler};
inline constexpr routing::Access publishers{.permission = Permission::publish,
                                            .scope = routing::Scope::handler};
inline constexpr routing::Access session_administrators{.permission = Permission::admin,
                                                        .scope = routing::Scope::handler};
/// PEP 694: the stage's address is what opens it; a credential also shows the rest of the index.
inline constexpr routing::Access stage_readers{
    .permission = Permission::read, .scope = routing::Scope::handler, .optional = true};

/// Added to a 405 on the pages of the Simple API.
inline constexpr std::string_view simple_hint =
    "this is the index to install from: uploads go to /legacy/, as twine's repository URL";

}  // namespace packhouse::api
