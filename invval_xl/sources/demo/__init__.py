"""The product's own generator: a fictional retailer whose books foot by construction.

It feeds the worked example, the tests and the benchmarks. It is easier than real data, and the
demo says so: its demand has the shape its models look for.
"""

from invval_xl.sources.demo.breaks import BREAK_KINDS, inject
from invval_xl.sources.demo.generate import AS_OF, DEFAULT_SEED, generate
from invval_xl.sources.demo.retailer import DemoRetailer

__all__ = ["AS_OF", "BREAK_KINDS", "DEFAULT_SEED", "DemoRetailer", "generate", "inject"]
