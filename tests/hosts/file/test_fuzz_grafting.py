"""Well-formed nonsense in a workbook is refused or grafted, never a crash, never a change."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.file.write import graft
from invval_xl.hosts.file.xmltree import Edit, parse, splice, with_attribute
from tests.hosts.file.awkward_books import BOOKS, Surgery
from tests.hosts.file.writing_plans import CREATED, binder

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("[Content_Types].xml", "_rels/.rels", "workbook.xml", "workbook.xml.rels", "styles.xml",
         "sheet1.xml.rels", "calcChain.xml")  # fmt: skip
VALUES = ("", "0", "-1", "x", "99999999", "../../x", "/", "rId1", "C-3 LCNRV", "1e9", "true")


def mutated(source: bytes, chance: random.Random) -> bytes:
    """One element dropped, doubled, or one attribute or text of it changed; still well-formed."""
    nodes = list(parse(source).walk())
    node = chance.choice(nodes)
    whole = source[node.start : node.end]
    act = chance.choice(("drop", "double", "attribute", "attribute", "attribute", "remove"))
    if node is nodes[0] or (act in ("attribute", "remove") and not node.attributes):
        act = "attribute"
    if act == "drop":
        return splice(source, [Edit(node.start, node.end, b"")])
    if act == "double":
        return splice(source, [Edit(node.end, node.end, whole)])
    plain = [key for key in node.attributes if " " not in key] or ["count"]
    key = chance.choice(plain)
    tag = source[node.start : node.inner]
    if act == "remove" and key in node.attributes:
        renamed = tag.replace(f" {key}=".encode(), f" zz{key}=".encode(), 1)
        return splice(source, [Edit(node.start, node.inner, renamed)])
    new = with_attribute(tag, node, key, chance.choice(VALUES))
    return splice(source, [Edit(node.start, node.inner, new)])


@pytest.mark.parametrize("name", ["plain.xlsx", "prefixed.xlsx", "chained.xlsx", "slicers.xlsx"])
def test_mutated_workbooks_are_refused_or_grafted_and_never_crash(
    name: str, tmp_path: Path
) -> None:
    first = tmp_path / name
    BOOKS[name](first)
    graft(first, binder(), first, created=CREATED)
    parts = [part for part in Surgery(first).parts if part.endswith(PARTS)]
    assert len(parts) > 4
    chance = random.Random(f"seed {name}")
    book, out = tmp_path / "mutant.xlsx", tmp_path / "out.xlsx"
    refused = []
    for _ in range(60):
        book.write_bytes(first.read_bytes())
        cut = Surgery(book)
        part = chance.choice(parts)
        cut.parts[part] = mutated(cut.parts[part], chance)
        cut.save()
        before = book.read_bytes()
        out.unlink(missing_ok=True)
        try:
            graft(book, binder(), out, created=CREATED)
        except RefusedError as error:
            refused += error.findings
            assert not out.exists()
        else:
            Surgery(out)
        assert book.read_bytes() == before
    assert 0 < len(refused) < 60
    assert all(finding.remedy for finding in refused)
