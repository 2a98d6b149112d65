"""End to end: the real binary, the real clients."""
