"""What was decided, posted and signed: append-only, chained by hash, on SQLite or PostgreSQL."""
