"""Books in memory, for tests."""
