"""Plants faults in runs, many times, and says what became of the user's files and the ledger.

A run is brought up to a step of its own in this process and forked there, so that a turn costs
what is left of it: most turns start where writing starts, every fifth batch at a random step. A
turn lays the folder as it was, plants the fault, and looks: every file is the old one or the new
one, the chain of the ledger holds, no acknowledged entry is lost or doubled, a run that lives
answers by a finding, and the next run goes through, leaves nothing behind and gives the new state.

Usage: ``python tests/soak/faults.py [--times N] [--faults NAME ...] [--runs NAME ...] [--seed N]``.
Exit 1 where anything was harmed. ``--log FILE`` keeps the table as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from invval_xl.findings import RefusedError
from tests.soak.fault_database import AWAY, line_cut, team_ledger
from tests.soak.fault_kinds import FAULTS, Ended, Fault, forked, quiet, told, unlocked
from tests.soak.fault_scenes import SCENES, Harm, Scene, State, emptied, tree

_BATCH = 25
_DISK = "48m"
_TEAM = ("refresh", "record")  # the runs that are judged by the ledger


@dataclass
class Cell:
    """What became of one fault in one run."""

    fault: str
    run: str
    times: int = 0
    whole: int = 0
    new: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    harmed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def row(self) -> dict[str, object]:
        """As printed and kept."""
        return {
            "fault": self.fault, "run": self.run, "times": self.times, "whole": self.whole,
            "new": self.new, "harmed": len(self.harmed), "ended": dict(self.ended),
            "first harm": self.harmed[:1], "seconds": round(self.seconds, 1),
        }  # fmt: skip


class _Enough(BaseException):
    """The batch is over; the run it was forked from is given up."""


Tell = Callable[[str, str], None]


def at_step(scene: Scene, step: str, turns: list[Callable[[], Tell | None]]) -> None:
    """Bring the run up to ``step`` and give each turn a fork of it."""
    tell: list[Tell] = []

    def progress(name: str, _share: float) -> None:
        if tell or name != step:
            return
        unlocked(scene.home)
        for turn in turns:
            mine = turn()
            if mine is not None:
                tell.append(mine)
                return
        raise _Enough

    try:
        if not step:
            for turn in turns:
                mine = turn()
                if mine is not None:
                    told(lambda: scene.run(scene, quiet), mine)
            return
        told(lambda: scene.run(scene, progress), lambda *said: _tell(tell, said))
    except _Enough:
        return
    raise AssertionError(f"the run never came to {step!r}")


def _tell(tell: list[Tell], said: tuple[str, str]) -> None:
    """In the child: how it ended. In the parent the run must not have ended at all."""
    if not tell:
        raise AssertionError(f"before the fork: {said}")
    tell[0](*said)


class Bench:
    """One run, prepared once; fault after fault is planted in it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.span: dict[str, float] = {}
        self.fault, self.chance = next(iter(FAULTS.values())), random.Random(0)
        self.cell = Cell("", "")
        self.batch_over: Callable[[Cell], None] = lambda _cell: None

    def prepare(self) -> None:
        """What a turn starts from, and what the run left alone gives."""
        scene = self.scene
        if not scene.saved:
            scene.prepare(scene)
            scene.saved = tree(scene.home)
        scene.restore()
        if scene.reads_ledger:
            scene.rows["saved"] = scene.entries()
        self._left_alone()
        scene.new = tree(scene.home)
        if scene.reads_ledger:
            scene.rows["new"] = scene.entries()
        gc.collect()
        gc.freeze()  # a collection in a child would copy what it shares

    def _left_alone(self) -> None:
        """Run to the end here, which also imports everything before the first fork."""
        steps: list[tuple[str, float]] = [("", time.perf_counter())]
        self.scene.run(self.scene, lambda name, _: steps.append((name, time.perf_counter())))
        end = time.perf_counter()
        self.span = {name: end - at for name, at in reversed(steps)}

    def soak(self, fault: Fault, times: int, chance: random.Random) -> Cell:
        """``times`` turns."""
        self.fault, self.chance = fault, chance
        self.cell = Cell(fault.name, self.scene.name)
        began = time.perf_counter()
        batch = 0
        while self.cell.times < times:
            self.scene.restore()
            step = self._step(batch)
            count = min(_BATCH, times - self.cell.times)
            fresh = [lambda step=step: self._turn(step)] * count
            at_step(self.scene, step, fresh)
            batch += 1
            self.cell.seconds = time.perf_counter() - began
            self.batch_over(self.cell)
        self.cell.seconds = time.perf_counter() - began
        return self.cell

    def _step(self, batch: int) -> str:
        if self.fault.early or not self.scene.late:
            return ""
        if batch % 5 == 4:
            return self.chance.choice([name for name in self.span if name])
        return self.scene.late

    def _turn(self, step: str) -> Tell | None:
        """One turn; in the child, what tells the parent."""
        scene, cell = self.scene, self.cell
        scene.restore()
        kill = self.chance.uniform(0.0, 1.2) * self.span[step] if self.fault.kills else None
        seed = self.chance.random()
        # entered and left by hand: the child returns from here and must not end it
        self.around = self.fault.around(scene.home, self.chance)
        self.around.__enter__()
        try:
            ended, tell = forked(None, lambda: self.fault.armed(random.Random(seed)), kill)
        except BaseException:
            self.around.__exit__(None, None, None)
            raise
        if ended is None:
            return tell
        self.around.__exit__(None, None, None)
        cell.times += 1
        cell.ended[f"{ended.how} {ended.said}" if ended.how == "refused" else ended.how] += 1
        try:
            state = self._looked_at(ended)
            self.calm = self.fault.calm()
            self.calm.__enter__()
            again, tell = forked(None, lambda: None, None)
            if again is None:
                return tell
            self.calm.__exit__(None, None, None)
            self.span[step] += 0.2 * (again.seconds - self.span[step])
            self._went_on(again, state)
        except Harm as harm:
            cell.harmed.append(str(harm))
            scene.restore()
        else:
            cell.whole += 1
            cell.new += state == "new"
        return None

    def _looked_at(self, ended: Ended) -> str:
        """The state after the fault."""
        try:
            state = self.scene.judge(self.scene)
        except RefusedError as error:
            raise Harm(f"what is there is refused: {error}") from error
        if ended.how in ("fault", "hung"):
            raise Harm(f"{ended.how}: {ended.said}")
        if ended.how == "done" and state != "new":
            raise Harm(f"said done ({ended.said}), but it is not there")
        wanted = self.fault.refuses
        if wanted is not None and (ended.how == "refused") != wanted:
            raise Harm(
                f"{ended.how} {ended.said}, which should be {'refused' if wanted else 'done'}"
            )
        self.scene.restore(litter=True)
        return state

    def _went_on(self, again: Ended, state: str) -> None:
        """The next run, in what the fault left."""
        scene = self.scene
        if again.how != "done":
            raise Harm(f"the next run: {again.how} {again.said}")
        if scene.judge(scene) != "new":
            raise Harm("the next run said done, but it is not there")
        strays = scene.strays()
        if strays:
            raise Harm(f"left behind after {state}: {', '.join(strays)}")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk in memory of its own, where this user may mount one."""
    place = folder / "disk"
    place.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=755", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise PermissionError(made.stderr.decode())
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def suffer(
    faults: dict[str, int],
    runs: list[str],
    seed: int,
    folder: Path,
    batch_over: Callable[[Cell], None],
) -> Iterator[Cell]:
    """Every fault, so many times, in every run; ``batch_over`` hears of each batch."""
    folder.chmod(0o755)  # nobody must come as far as the home
    laid: dict[object, State] = {}
    for run in runs:
        scene = SCENES[run]()
        scene.home = emptied(folder / run)
        scene.saved = laid.get(scene.prepare, {})
        bench = Bench(scene)
        bench.batch_over = batch_over
        bench.prepare()
        laid[scene.prepare] = scene.saved
        for name, times in faults.items():
            chance = random.Random(f"{seed}:{run}:{name}")
            if name == AWAY:
                if run in _TEAM:
                    yield over_the_line(bench, times, chance, emptied(folder / "team"))
                continue
            fault = FAULTS[name]
            with contextlib.ExitStack() as held:
                place = held.enter_context(small_disk(folder)) if fault.disk else folder
                scene.home = emptied(place / run)
                yield bench.soak(fault, times, chance)


def over_the_line(beside: Bench, times: int, chance: random.Random, home: Path) -> Cell:
    """The run with its ledger in a PostgreSQL that goes away; it starts from the same entries."""
    with team_ledger() as team:
        scene = SCENES[beside.scene.name]()
        scene.home, scene.truth = home, team.direct
        scene.saved = {n: v for n, v in beside.scene.saved.items() if "ledger" not in n}
        team.fill(beside.scene.rows["saved"])
        scene.ledger, scene.lay_ledger = team.url, team.lay
        bench = Bench(scene)
        bench.batch_over = beside.batch_over
        bench.prepare()
        return bench.soak(line_cut(team), times, chance)


def printed(cell: Cell) -> str:
    """One line of the table."""
    ended = ", ".join(f"{how} {n:,}" for how, n in cell.ended.most_common(4))
    return (
        f"{cell.fault:<22}{cell.run:<9}{cell.times:>6,}{cell.whole:>7,}{cell.new:>7,}"
        f"{len(cell.harmed):>8,}{cell.seconds:>8.0f}  {ended}"
    )


def main() -> int:
    """Run and print the table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--times", type=int, default=50)
    given.add_argument("--faults", nargs="+", default=[*FAULTS, AWAY], metavar="NAME[:TIMES]")
    given.add_argument("--runs", nargs="+", default=list(SCENES), choices=list(SCENES))
    given.add_argument("--seed", type=int, default=11)
    given.add_argument("--log", type=Path)
    asked = given.parse_args()
    wanted = {
        name: int(n or asked.times) for name, _, n in (f.partition(":") for f in asked.faults)
    }
    if unknown := set(wanted) - {*FAULTS, AWAY}:
        given.error(f"no such fault: {', '.join(sorted(unknown))}")
    head = f"{'fault':<22}{'run':<9}{'times':>6}{'whole':>7}{'new':>7}{'harmed':>8}{'s':>8}  ended"
    print(head, flush=True)
    cells: list[Cell] = []

    def keep(cell: Cell | None = None) -> None:
        if asked.log:
            rows = [c.row() for c in (*cells, *([cell] if cell else []))]
            asked.log.write_text(json.dumps(rows, indent=1))

    with tempfile.TemporaryDirectory(prefix="invval-faults-") as folder:
        place = Path(folder)
        for cell in suffer(wanted, asked.runs, asked.seed, place, keep):
            cells.append(cell)
            print(printed(cell), flush=True)
            for harm in list(dict.fromkeys(cell.harmed))[:3]:
                print(f"    {harm[-1_500:]}", flush=True)
            keep()
    return int(any(c.harmed for c in cells))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
