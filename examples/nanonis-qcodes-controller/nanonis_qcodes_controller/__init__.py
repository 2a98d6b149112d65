"""A stand-in for a controller of a scanning probe microscope."""
