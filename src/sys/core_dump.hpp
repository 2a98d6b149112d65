#pragma once

namespace packhouse {

/// After this call a crash leaves no image of the process's memory, which may hold credentials, and other
/// processes of the same user can neither trace it nor read its environment; not even where the limit on core
/// files is set otherwise or a program collects them. Child processes have no core files either. Tracing
/// stays allowed under a sanitizer, whose reports need it.
void forbid_core_dumps() noexcept;

}  // namespace packhouse
