"""Deciding: from checked tables to a proposal that can be argued."""
