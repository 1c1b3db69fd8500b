"""The terminal: arguments, progress bars, readable tables, exit codes."""
