"""A hundred panes at once against one ``invval serve``, as ratios within one run.

``python tests/bench/officejs_load.py [--clients 100] [--requests 5] [--cells 50]``. Every client is
a thread with its own kept connection over https; every answer is checked. Compared with: one client
sending the same requests one after the other, and the same calls made in this process.
"""

from __future__ import annotations

import argparse
import http.client
import json
import ssl
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from invval_xl.functions.kernel.call import spill
from tests.hosts.officejs.conftest import Served, start, stop


def client(served: Served, number: int, requests: int, cells: int) -> tuple[list[float], int]:
    """Seconds of each request, and how many answers were wrong."""
    context = ssl.create_default_context(cafile=str(served.folder / "localhost.crt"))
    line = http.client.HTTPSConnection("localhost", served.port, timeout=120, context=context)
    headers = {
        "Origin": served.origin,
        "X-Invval-Token": served.token,
        "Content-Type": "application/json",
    }
    calls = [["INV_NRV", [[[1000.0 + number + cell]], [[float(cell)]]]] for cell in range(cells)]
    body = json.dumps({"calls": calls})
    seconds, wrong = [], 0
    for _ in range(requests):
        began = time.perf_counter()
        line.request("POST", "/batch", body, headers)
        told: dict[str, Any] = json.loads(line.getresponse().read())
        seconds.append(time.perf_counter() - began)
        rows = [answer["rows"] for answer in told.get("answers", ())]
        wrong += rows != [[[1000.0 + number]]] * cells
    line.close()
    return seconds, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--requests", type=int, default=5)
    parser.add_argument("--cells", type=int, default=50)
    options = parser.parse_args()
    clients = min(options.clients, 200)
    total = clients * options.requests
    with tempfile.TemporaryDirectory() as home:
        served = start(Path(home))
        try:
            client(served, 0, 3, options.cells)
            began = time.perf_counter()
            alone, wrong = client(served, 0, total, options.cells)
            one = time.perf_counter() - began
            began = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                told = list(
                    pool.map(
                        lambda n: client(served, n, options.requests, options.cells),
                        range(clients),
                    )
                )
            many = time.perf_counter() - began
        finally:
            stop(served)
    began = time.perf_counter()
    for cell in range(options.cells * total):
        spill("INV_NRV", 1000.0 + cell, float(cell))
    here = time.perf_counter() - began
    waits = sorted(second for seconds, _ in told for second in seconds)
    wrong += sum(bad for _, bad in told)
    middle = sorted(alone)[len(alone) // 2]
    print(f"{clients} clients, {total} requests of {options.cells} cells: {wrong} wrong answers")
    print(f"time of all together / the same from one client: {many / one:.2f}")
    print(f"median wait / one client's median: {waits[len(waits) // 2] / middle:.1f}")
    late = waits[len(waits) * 95 // 100]
    print(f"95th of a hundred waits / one client's median: {late / middle:.1f}")
    print(f"one client over the wire / the calls in this process: {one / here:.1f}")
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
