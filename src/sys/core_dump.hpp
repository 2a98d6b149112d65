#pragma once

namespace packhouse {

/// From now on a crash of this process leaves no image of its memory, in which credentials would stand, and
/// other processes of the same user can neither trace it nor read its environment; not even where the limit
/// on core files is set otherwise or a program takes them. What it starts has no core files either. A no-op
/// for tracing under a sanitizer, whose own reports need it.
void forbid_core_dumps() noexcept;

}  // namespace packhouse
