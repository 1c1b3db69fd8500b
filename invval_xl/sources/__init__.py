"""Extracts come in: other systems' files, and the product's own generator."""
