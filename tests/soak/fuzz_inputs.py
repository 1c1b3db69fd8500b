"""Where the fuzz run's inputs come from: each is made from one random source, so a number makes it.

A target takes a random source and a folder, makes its input there, feeds it to the product, and
returns one word for what came of it (``read``, ``grafted``, or the code it was refused with). It
raises ``AssertionError`` where a file was harmed.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.__main__ import main
from invval_xl.findings import RefusedError
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import open_bytes
from invval_xl.hosts.file.read import read_opened
from invval_xl.hosts.file.write import author, graft
from invval_xl.runs.demo import demo_plans
from tests.hosts.file.awkward_books import BOOKS, Surgery
from tests.hosts.file.hostile import cases
from tests.hosts.file.mutation import MUTABLE, NASTY, PARTS, _mutated
from tests.hosts.file.packing import Entry, honest, pack, pack_raw
from tests.hosts.file.test_fuzz_grafting import PARTS as GRAFTED_PARTS
from tests.hosts.file.test_fuzz_grafting import mutated as one_element_changed
from tests.hosts.file.writing_plans import CREATED, binder
from tests.sources.extracts import SHOP, shop

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

__all__ = ["TARGETS", "prepare"]

FAULT = 70  # the exit code of a fault of the product
AWKWARD = ("plain.xlsx", "prefixed.xlsx", "chained.xlsx", "slicers.xlsx")
CELLS = [*NASTY, "=1+1", "00123", "1,5", "(3)", "2026-02-30", "31/12/2026", "1e400", "-0", "nan",
         "\u200b", "\u202e", "A" * 40_000,
          '"', ";", "\r", "\x00", "9" * 400, "0001-01-01"]  # fmt: skip
_LAZY = ("pandas", "pyarrow.csv", "pyarrow.parquet", "duckdb", "sqlalchemy.dialects.sqlite",
         "joblib",
         "invval_xl.hosts.file.refresh", "invval_xl.hosts.file.extracts",
         "invval_xl.hosts.terminal.import_command", "invval_xl.runs.import_extracts")  # fmt: skip
_made: dict[str, bytes] = {}


def prepare(folder: Path) -> None:
    """Make what the inputs are mutated from, and import what runs import lazily, before a fork."""
    for module in _LAZY:
        importlib.import_module(module)
    for name in AWKWARD:
        BOOKS[name](folder / name)
        graft(folder / name, binder(), folder / name, created=CREATED)
        _made[name] = (folder / name).read_bytes()
    author(demo_plans(items=10, locations=1), folder / "demo.xlsx", created=CREATED)
    _made["demo"] = (folder / "demo.xlsx").read_bytes()
    shop(folder)
    for name in ("moves.csv", "stock.csv"):
        _made[name] = (folder / name).read_bytes()
    for case in cases():
        data = case.build()
        if len(data) < 300_000:
            _made[f"hostile {case.name}"] = data


def _nasty(chance: random.Random) -> str:
    letters = "".join(chr(chance.choice((65, 233, 8232, 0x1F600, 48))) for _ in range(3))
    return chance.choice([*NASTY, letters])


def _noise(data: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled, or put in."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(out) + 1), chance.choice((1, 1, 2, 4, 30, 400))
        act = chance.randrange(4)
        if act == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif act == 1:
            del out[at : at + size]
        elif act == 2:
            out[at:at] = out[at : at + size]
        else:
            out[at:at] = chance.randbytes(min(size, 4))
    return bytes(out)


def _read(data: bytes) -> str:
    try:
        read_opened(open_bytes("book.xlsx", data, Limits()).value)
    except RefusedError as error:
        return error.findings[0].code
    return "read"


def changed_parts(chance: random.Random, _: Path) -> str:
    """A workbook with one to four spots changed in well-formed parts."""
    parts = dict(PARTS)
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(MUTABLE)
        text = parts[name].decode("utf-8", "surrogatepass")
        text = _mutated(text, chance.randrange(400), chance.randrange(10), _nasty(chance))
        parts[name] = text.encode("utf-8", "surrogatepass")
    return _read(pack(parts))


def changed_package(chance: random.Random, _: Path) -> str:
    """A zip directory that lies: sizes, methods, flags, places, names."""
    entries = [honest(name, body) for name, body in PARTS.items()]
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(entries))
        e = entries[at]
        entries[at] = Entry(
            chance.choice((e.name, e.name, e.name[::-1], e.name + b"/", b"../" + e.name, b"")),
            chance.choice((e.stored, e.stored[:-3], _noise(e.stored, chance))),
            chance.choice((e.size, 0, e.size + 1, 1 << 31, 0xFFFFFFFF)),
            chance.choice((e.crc, e.crc, 0)),
            method=chance.choice((8, 8, 8, 0, 9, 12, 99)),
            flags=chance.choice((0, 0, 1, 8, 0x800, 0xFFFF)),
            at=chance.choice((None, None, None, 0, 77, 1 << 30)),
            local_name=chance.choice((None, None, b"x")),
        )
    return _read(pack_raw(entries))


def noisy_bytes(chance: random.Random, _: Path) -> str:
    """Bytes changed in a hostile workbook, or in one of the awkward ones."""
    return _read(_noise(_made[chance.choice(sorted(_made))], chance))


def grafting(chance: random.Random, folder: Path) -> str:
    """A workbook with our papers in it, mutated, grafted into again."""
    book, out = folder / "book.xlsx", folder / "out.xlsx"
    book.write_bytes(_made[chance.choice(AWKWARD)])
    cut = Surgery(book)
    for _ in range(chance.randint(1, 3)):
        part = chance.choice([part for part in cut.parts if part.endswith(GRAFTED_PARTS)])
        with contextlib.suppress(RefusedError):  # changed twice it may be well-formed no more
            cut.parts[part] = one_element_changed(cut.parts[part], chance)
    cut.save()
    before = book.read_bytes()
    try:
        graft(book, binder(), out, created=CREATED)
        told = "grafted"
    except RefusedError as error:
        told = error.findings[0].code
        assert not out.exists(), "refused, and wrote"
    assert book.read_bytes() == before, "the input was changed"
    if told == "grafted":
        _sound(out)
    return told


def _sound(out: Path) -> None:
    with zipfile.ZipFile(out) as package:
        assert package.testzip() is None, "what was written is damaged"


def _command(*arguments: str) -> str:
    """Run the command in this process: a fault of the product is raised, a refusal is named."""
    said, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        try:
            code = main([*arguments, "--json"])
        except SystemExit as error:
            code = int(str(error.code))
    if code == FAULT:
        faults = sorted(Path(arguments[1]).parent.glob("invval-fault-*"))
        raise RuntimeError(faults[-1].read_text("utf-8") if faults else wrong.getvalue())
    if code == 1:
        answer = json.loads(said.getvalue())
        return str(next(f["code"] for f in answer["findings"] if f["severity"] == "STOP"))
    return "done" if code == 0 else f"exit {code}"


def refreshing(chance: random.Random, folder: Path) -> str:
    """A whole refresh, in place, of a fictional retailer's book with spots changed."""
    book = folder / "book.xlsx"
    book.write_bytes(_made["demo"])
    cut = Surgery(book)
    sheets = [part for part in cut.parts if "worksheets/sheet" in part and part.endswith(".xml")]
    for _ in range(chance.randint(1, 3)):
        part = chance.choice([*sheets, "xl/sharedStrings.xml", "xl/workbook.xml"])
        if part in cut.parts:
            text = cut.parts[part].decode("utf-8", "surrogatepass")
            text = _mutated(text, chance.randrange(5_000), chance.randrange(10), _nasty(chance))
            cut.parts[part] = text.encode("utf-8", "surrogatepass")
    cut.save()
    before = book.read_bytes()
    told = _command("refresh", str(book))
    if told == "done":
        _sound(book)
    else:
        assert book.read_bytes() == before, "refused, and wrote"
    return told


def importing(chance: random.Random, folder: Path) -> str:
    """A whole import of extracts or a config with cells, bytes or words changed."""
    texts = {"moves.csv": _made["moves.csv"], "stock.csv": _made["stock.csv"],
             "import.toml": SHOP.encode()}  # fmt: skip
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(sorted(texts))
        if chance.random() < 0.3:
            texts[name] = _noise(texts[name], chance)
            continue
        lines = texts[name].decode("utf-8", "replace").split("\n")
        at = chance.randrange(len(lines))
        mark = " " if name.endswith(".toml") else ","
        cells = lines[at].split(mark)
        cells[chance.randrange(len(cells))] = chance.choice([*CELLS, _nasty(chance)])
        lines[at] = mark.join(cells)
        texts[name] = "\n".join(lines).encode("utf-8", "surrogatepass")
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    told = _command("import", str(folder / "import.toml"), "--force")
    for name, data in texts.items():
        assert (folder / name).read_bytes() == data, f"{name} was changed"
    return told


def parquet(chance: random.Random, folder: Path) -> str:
    """An import whose stock comes from a Parquet file with bytes changed."""
    import pandas as pd

    shop(folder)
    pd.read_csv(folder / "stock.csv").to_parquet(folder / "stock.parquet")
    (folder / "stock.csv").unlink()
    data = _noise((folder / "stock.parquet").read_bytes(), chance)
    (folder / "stock.parquet").write_bytes(data)
    config = SHOP.replace("stock.csv", "stock.parquet")
    (folder / "import.toml").write_text(config, encoding="utf-8")
    return _command("import", str(folder / "import.toml"), "--force")


TARGETS: dict[str, tuple[int, Callable[[random.Random, Path], str]]] = {
    "reader": (50, changed_parts),
    "package": (12, changed_package),
    "bytes": (8, noisy_bytes),
    "graft": (14, grafting),
    "import": (8, importing),
    "parquet": (3, parquet),
    "refresh": (5, refreshing),
}
"""Each target with its share of a hundred inputs."""
