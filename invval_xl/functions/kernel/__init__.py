"""From raw cells to a kernel and back: intake, broadcasting, per-element errors, outlet."""
