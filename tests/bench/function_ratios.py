"""Worksheet functions through xlwings' full Python half, as ratios within one run.

``python tests/bench/function_ratios.py [--quick]``. CPU seconds of this process; never absolute
goals. Compared with: an identity function through xlwings' usual conversion and through the raw
one, the lean floor (fromiter over raw tuples, tolist and zip out), and bare numpy.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from tests.hosts.com.standins import real_server

SERVER = real_server()
OURS = "invval_xl.hosts.com.udfs"
HERE = "function_ratios_identity"
NONE = -2147352572


def identity_module() -> None:
    """Identity functions spelled for xlwings the usual way and the raw way."""
    import types

    from xlwings.udfs import xlarg, xlfunc, xlret

    module = types.ModuleType(HERE)
    module.__file__ = __file__

    def usual(a, b, c):
        return a

    def raw(a, b, c):
        return a

    for name in "abc":
        usual = xlarg(name, convert=np.array, ndim=1)(xlfunc(usual))
        raw = xlarg(name, convert="raw")(xlfunc(raw))
    module.usual = usual
    module.raw = xlret(convert="raw")(raw)

    def raw_numpy(a, b, c):
        first, *_ = (np.array(x, dtype=float) for x in (a, b, c))
        return first.tolist() if first.ndim else ((float(first),),)

    for name in "abc":
        raw_numpy = xlarg(name, convert="raw")(xlfunc(raw_numpy))
    module.raw_numpy = xlret(convert="raw")(raw_numpy)
    # One cell the raw way, with the same arithmetic as ours.

    def lean(a, b, c):
        columns = [np.fromiter((row[0] for row in x), np.float64, count=len(x)) for x in (a, b, c)]
        return list(zip((columns[0] + 0.0).tolist(), strict=False))

    for name in "abc":
        lean = xlarg(name, convert="raw")(xlfunc(lean))
    module.lean = xlret(convert="raw")(lean)
    sys.modules[HERE] = module


def cpu(call, repeat: int, number: int = 1) -> float:
    """Best CPU seconds of ``repeat`` tries."""
    best = float("inf")
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        for _ in range(number):
            call()
        best = min(best, (time.process_time() - start) / number)
    return best


def ask(module: str, name: str, *arguments):
    return lambda: SERVER.CallUDF(module, name, arguments)


def columns(rows: int):
    generator = np.random.default_rng(7)
    units = generator.integers(0, 500, rows).astype(float)
    cost = generator.uniform(1, 90, rows)
    nrv = generator.uniform(-5, 120, rows)
    return [tuple((v,) for v in column.tolist()) for column in (units, cost, nrv)]


def ranges(rows: int, repeat: int) -> None:
    a, b, c = columns(rows)
    arrays = [np.array(x).ravel() for x in (a, b, c)]
    numpy_only = cpu(
        lambda: arrays[0] * np.maximum(arrays[1] - np.maximum(arrays[2], 0.0), 0.0), repeat * 3
    )
    ours = cpu(ask(OURS, "INV_WRITEDOWN", a, b, c), repeat)
    usual = cpu(ask(HERE, "usual", a, b, c), max(2, repeat // 3))
    raw = cpu(ask(HERE, "raw_numpy", a, b, c), repeat)
    lean = cpu(ask(HERE, "lean", a, b, c), repeat)
    print(f"{rows:>8,} rows, three ranges: INV_WRITEDOWN {ours * 1e3:9.2f} ms = 1")
    goals = ("(goal >= 10)", "(goal <= 1.3)") if rows >= 100_000 else ("", "")
    print(f"{'':>10}xlwings' usual conversion, identity {usual / ours:8.1f} x   {goals[0]}")
    print(f"{'':>10}raw conversion and np.array         {raw / ours:8.2f} x")
    print(f"{'':>10}ours over the lean floor            {ours / lean:8.2f}     {goals[1]}")
    print(f"{'':>10}ours over bare numpy                {ours / numpy_only:8.0f}")
    mixed = list(a)
    mixed[rows // 2] = (None,)
    spoiled = cpu(ask(OURS, "INV_WRITEDOWN", tuple(mixed), b, c), repeat)
    print(f"{'':>10}with one blank in a column          {spoiled / ours:8.2f} x of the clean one")


def scalar(repeat: int) -> None:
    ours = cpu(ask(OURS, "INV_NRV", 70.0, 20.0, NONE, NONE), repeat, 2000)
    usual = cpu(ask(HERE, "usual", 70.0, 20.0, 1.0), repeat, 2000)
    raw = cpu(ask(HERE, "raw", ((70.0,),), ((20.0,),), ((1.0,),)), repeat, 2000)
    with_numpy = cpu(ask(HERE, "raw_numpy", 70.0, 20.0, 1.0), repeat, 2000)
    print(f"one cell: INV_NRV {ours * 1e6:.1f} us in all of xlwings' half")
    print(f"{'':>10}over the raw path with np.array      {ours / with_numpy:8.2f}     (goal <= 2)")
    print(f"{'':>10}over a bare raw identity             {ours / raw:8.2f}")
    print(f"{'':>10}over xlwings' usual conversion       {ours / usual:8.2f}")


def start(repeat: int) -> None:
    """Process start to first answer, over importing numpy."""

    def child(code: str) -> float:
        best = float("inf")
        for _ in range(repeat):
            before = os.times()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            used = after.children_user + after.children_system
            best = min(best, used - before.children_user - before.children_system)
        return best

    numpy_only = child("import numpy")
    first = child("from invval_xl.functions.kernel.call import one; print(one('INV_NRV',70.,20.))")
    lean = child(
        "import invval_xl.hosts.com.lean_server, invval_xl.hosts.com.udfs as u;"
        "print(u.INV_NRV(70., 20.))"
    )
    whole = child("import xlwings, invval_xl.hosts.com.udfs as u; print(u.INV_NRV(70., 20.))")
    print(f"start to the first INV_NRV, over 'import numpy' ({numpy_only:.2f} s CPU):")
    print(f"{'':>10}our own code                         {first / numpy_only:8.2f}")
    print(f"{'':>10}with xlwings by our lean start       {lean / numpy_only:8.2f}")
    print(f"{'':>10}with xlwings as it comes             {whole / numpy_only:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer tries")
    repeat = 3 if parser.parse_args().quick else 9
    identity_module()
    ask(OURS, "INV_NRV", 70.0, 20.0, NONE, NONE)()
    scalar(repeat)
    for rows in (1_000, 100_000):
        ranges(rows, repeat)
    start(max(2, repeat // 2))


if __name__ == "__main__":
    main()
