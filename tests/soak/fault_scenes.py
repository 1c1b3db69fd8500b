"""The five runs a fault is planted in: what each starts from, what it writes, what must hold after.

A scene lies in a folder of its own, ``home``. ``saved`` is that folder before a turn; ``new`` what
it is after the run was left alone. After a fault the folder is one or the other, and a run that
said it was done left ``new``.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from invval_xl.hosts.file.export import export_file
from invval_xl.hosts.file.ledger import ledger_of
from invval_xl.hosts.file.model_store import model_folder, put_in_service, seal_key
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.record import record_file
from invval_xl.hosts.file.refresh import refresh_file
from invval_xl.ledger.entries import Entry
from invval_xl.models.registry import load_estimators, load_model, read_manifest
from invval_xl.runs.refresh_reserve import RefreshRequest
from invval_xl.runs.train_model import Trained, train_model
from tests.review_books import lines_of, modify, small_book, type_in
from tests.soak.fault_import import imported, shop_with_config
from tests.soak.fault_kinds import quiet

__all__ = ["NOW", "SCENES", "Harm", "Progress", "Scene", "State", "tree"]

NOW = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
_TWO_HOURS = 7_200_000_000_000
Progress = Callable[[str, float], None]
State = dict[str, tuple[bytes, int]]
"""Files by their path in the home: bytes and time of change."""


class Harm(AssertionError):  # noqa: N818 - what was done, not what is raised
    """A fault did what no fault may."""


def tree(home: Path) -> State:
    """Every file below ``home``."""
    return {
        path.relative_to(home).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def same(one: State, other: State, names: set[str]) -> bool:
    """Whether the named files are there, or are not, with the same bytes in both."""
    return all(one.get(n, (None,))[0] == other.get(n, (None,))[0] for n in names)


@dataclass
class Scene:
    """One run in its folder.

    Parameters
    ----------
    name
        The command's.
    prepare
        Lays the files a turn starts from.
    run
        The run itself; answers what it acknowledged.
    judge
        ``old`` or ``new``; raises :class:`Harm`.
    late
        Step before which nothing is written; empty where the run writes all along.
    inputs
        Files the next run starts from again.
    """

    name: str
    prepare: Callable[[Scene], None]
    run: Callable[[Scene, Progress], str]
    judge: Callable[[Scene], str]
    late: str = ""
    inputs: tuple[str, ...] = ()
    home: Path = Path()
    ledger: str = ""
    truth: str = ""  # the ledger itself, where ``ledger`` may be out of reach
    lay_ledger: Callable[[], None] = lambda: None
    now: dt.datetime = NOW
    saved: State = field(default_factory=dict)
    new: State = field(default_factory=dict)
    rows: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    trained: Trained | None = None

    @property
    def reads_ledger(self) -> bool:
        """Whether the ledger's rows are judged."""
        return self.name in ("refresh", "record")

    @property
    def book(self) -> Path:
        """The workbook of the scene."""
        return self.home / "book.xlsx"

    def restore(self, *, litter: bool = False) -> None:
        """Lay the folder as it was; with ``litter`` only the inputs, two hours after the fault."""
        if litter:
            for path in self.home.rglob("*"):
                name = path.relative_to(self.home).as_posix()
                if name not in self.saved and (path.is_file() or path.name.startswith(".")):
                    os.utime(path, ns=(0, path.stat().st_mtime_ns - _TWO_HOURS))
        else:
            self.lay_ledger()
            self._cleared()
        for name in self.inputs if litter else self.saved:
            data, changed = self.saved[name]
            path = self.home / name
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            os.utime(path, ns=(changed, changed))

    def _cleared(self) -> None:
        """Take out what was not there."""
        for path in sorted(self.home.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self.home).as_posix() not in self.saved:
                path.unlink()

    def entries(self) -> tuple[Entry, ...]:
        """The ledger's rows; its chain must hold."""
        ledger = ledger_of(self.book, self.truth)
        broken = ledger.verify_chain()
        if broken:
            raise Harm(f"the chain is broken: {broken[0].message}")
        return ledger.read()

    def strays(self) -> list[str]:
        """Files that neither state holds and that are no lock or log of a database."""
        ours = (".invval-lock", "-wal", "-shm", ".invval-backup.xlsx")
        known = {**self.saved, **self.new}
        return [n for n in tree(self.home) if n not in known and not n.endswith(ours)]


def _reviewed(scene: Scene) -> None:
    """A refreshed book with a decision in its ledger and another typed, not yet recorded."""

    book = small_book(scene.book)
    asked = RefreshRequest()
    refresh_file(book, None, asked, quiet, scene.ledger)
    open_lines = [str(r["SKU"]) for r in lines_of(book) if r["Status"] == "must decide"]
    type_in(book, {open_lines[0]: modify(11.0)})
    record_file(book, scene.ledger, asked, quiet, user="x", now=NOW)
    refresh_file(book, None, asked, quiet, scene.ledger)
    other = next(str(r["SKU"]) for r in lines_of(book) if r["Status"] != "decided")
    type_in(book, {other: modify(22.0)})
    book.with_name("book.invval-backup.xlsx").unlink(missing_ok=True)


def _refresh(scene: Scene, progress: Progress) -> str:
    done = refresh_file(scene.book, None, RefreshRequest(), progress, scene.ledger)
    return f"{len(done.plans)} papers"


def _refreshed(scene: Scene) -> str:
    now = tree(scene.home)
    if now["book.xlsx"][0] not in (scene.saved["book.xlsx"][0], scene.new["book.xlsx"][0]):
        raise Harm("the book is neither the old one nor the new one")
    backup = now.get("book.invval-backup.xlsx")
    if backup is not None and backup[0] != scene.saved["book.xlsx"][0]:
        raise Harm("the backup is not the old book")
    if scene.entries() != scene.rows["saved"]:
        raise Harm("a refresh changed the ledger")
    return "new" if now["book.xlsx"][0] == scene.new["book.xlsx"][0] else "old"


def _record(scene: Scene, progress: Progress) -> str:
    done, _ = record_file(
        scene.book, scene.ledger, RefreshRequest(), progress, user="x", now=scene.now
    )
    return f"{len(done.decisions)} decisions"


def facts(rows: tuple[Entry, ...]) -> list[tuple[int, str, str]]:
    """What rows say but for the moment they were written."""
    return [(r.seq, r.key, r.payload) for r in rows]


def _recorded(scene: Scene) -> str:
    if scene.book.read_bytes() != scene.saved["book.xlsx"][0]:
        raise Harm("a record changed the book")
    rows = facts(scene.entries())
    if rows == facts(scene.rows["saved"]):
        return "old"
    if rows != facts(scene.rows["new"]):
        raise Harm(f"{len(rows)} entries: lost or doubled")
    return "new"


def _learned(scene: Scene) -> None:
    """A book, a model in service and the next one trained; the seal's key in the home."""
    os.environ["XDG_DATA_HOME"] = str(scene.home / "keys")
    if scene.trained is None:
        import dataclasses

        from invval_xl.hosts.file.write import author
        from invval_xl.runs.demo import retailer_plans
        from invval_xl.sources.demo import generate
        from tests.review_books import CREATED

        plans = retailer_plans(generate(items=24, seed=3, future_weeks=0, keep_events=False))
        author(plans, scene.book, created=CREATED)
        scene.trained = train_model(read_book(scene.book).value, quiet)
        sealed = scene.trained.model
        other = dataclasses.replace(sealed, typical=sealed.typical + 1.0)
        put_in_service(dataclasses.replace(scene.trained, model=other), scene.book, NOW)


def _train(scene: Scene, progress: Progress) -> str:
    """All that ``train_file`` does after the fit, which only reads."""
    assert scene.trained is not None
    os.environ["XDG_DATA_HOME"] = str(scene.home / "keys")
    done, _ = put_in_service(scene.trained, scene.book, NOW, scene.ledger)
    return done.model.model_id


def _in_service(scene: Scene) -> str:
    os.environ["XDG_DATA_HOME"] = str(scene.home / "keys")
    key, folder = seal_key(), model_folder(scene.book)
    count = len(read_manifest(folder, key).entries)
    model = load_model(folder, key)
    if model is None or count not in (1, 2):
        raise Harm(f"{count} models are vouched for")
    load_estimators(model, folder, key)
    return "old" if count == 1 else "new"


def _exported_before(scene: Scene) -> None:
    """A refreshed book, and the export of another beside it, to be replaced."""

    small_book(scene.book, seed=6)
    refresh_file(scene.book, None, RefreshRequest(), quiet)
    export_file(scene.book, scene.home / "out", RefreshRequest(), quiet, pdf=False)
    for path in scene.home.glob("book*"):
        path.unlink()
    small_book(scene.book)
    refresh_file(scene.book, None, RefreshRequest(), quiet)


def _export(scene: Scene, progress: Progress) -> str:
    done = export_file(
        scene.book, scene.home / "out", RefreshRequest(), progress, pdf=False, force=True,
        ledger_url=scene.ledger,
    )  # fmt: skip
    return f"{len(done.files)} files"


def _exported(scene: Scene) -> str:
    now = tree(scene.home)
    if now["book.xlsx"] != scene.saved["book.xlsx"]:
        raise Harm("an export changed the book")
    names = {n for n in {**now, **scene.saved, **scene.new} if n.startswith("out/")}
    if same(now, scene.new, names):
        return "new"
    if not any(n.startswith("out/") for n in now):  # between two renames: the old one lies beside
        old = next(iter(scene.home.glob(".out.invval-replaced-*")), None)
        if old is None:
            raise Harm("the old export is gone and the new one is not there")
        now = {f"out/{n}": v for n, v in tree(old).items()}
    if not same(now, scene.saved, names):
        raise Harm("the export is neither the old one nor the new one")
    return "old"


def _import(scene: Scene, progress: Progress) -> str:
    return imported(scene.home, progress)


def _imported(scene: Scene) -> str:
    now = tree(scene.home)
    given = {n for n in scene.saved if n.endswith((".csv", ".toml"))}
    if not same(now, scene.saved, given):
        raise Harm("an import changed what it was given")
    book = now.get("book.xlsx", (None,))[0]
    old = scene.saved.get("book.xlsx", (None,))[0]
    if book == scene.new["book.xlsx"][0]:
        wanted = {n for n in scene.new if n.startswith("book-history/")}
        if not same(now, scene.new, wanted):
            raise Harm("the new book stands beside another history")
        return "new"
    if book != old:
        raise Harm("the book is neither the old one nor the new one")
    return "old"


SCENES: dict[str, Callable[[], Scene]] = {
    "refresh": lambda: Scene("refresh", _reviewed, _refresh, _refreshed, "write", ("book.xlsx",)),
    "record": lambda: Scene("record", _reviewed, _record, _recorded, "done"),
    "train": lambda: Scene("train", _learned, _train, _in_service),
    "export": lambda: Scene("export", _exported_before, _export, _exported, "done"),
    "import": lambda: Scene("import", lambda s: shop_with_config(s.home), _import, _imported),
}


def emptied(home: Path) -> Path:
    """A fresh folder at ``home``."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home
