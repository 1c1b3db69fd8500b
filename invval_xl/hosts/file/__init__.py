"""An .xlsx on disk: preflight, read, graft, atomic write."""
