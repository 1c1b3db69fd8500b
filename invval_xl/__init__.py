"""Inventory valuation in Excel: a reserve that foots, explains itself, and can be re-performed."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
