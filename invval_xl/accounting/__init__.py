"""Sums: the accounting rules as pure, vectorised functions on numpy alone."""
