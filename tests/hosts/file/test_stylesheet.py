"""Formats are appended; what stands in the user's style sheet keeps its place and its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.hosts.file.stylesheet import EMPTY_STYLES, MAIN, StyleSheet, TooManyStylesError
from invval_xl.hosts.file.xmltree import Node, canonical, parse
from invval_xl.workpapers.sheet_plan import Style

colours = st.sampled_from(["", "FF0000", "00ff00"])
lines = st.sampled_from(["", "thin", "medium", "double"])
styles = st.builds(
    Style,
    number_format=st.sampled_from(["General", "0.00", '#,##0;[Red]"x"&', "@", "yyyy"]),
    bold=st.booleans(),
    size=st.sampled_from([8, 10, 10.5]),
    color=colours,
    fill=colours,
    top=lines,
    bottom=lines,
    align=st.sampled_from(["", "left", "center", "right"]),
    valign=st.sampled_from(["top", "middle", "bottom", ""]),
    indent=st.integers(0, 3),
    wrap=st.booleans(),
    locked=st.booleans(),
)

PREFIXED = (
    f'<x:styleSheet xmlns:x="{MAIN}"><x:fonts count="1"><x:font><x:sz val="9"/></x:font>'
    '</x:fonts><x:fills count="1"><x:fill/></x:fills><x:borders/><x:cellXfs count="1">'
    '<x:xf fontId="0"/></x:cellXfs><!-- mine --></x:styleSheet>'
).encode()
NOTHING = f'<styleSheet xmlns="{MAIN}"/>'.encode()


def look(source: bytes, index: int) -> dict[str, object]:
    """What cell format ``index`` means, its parts looked up."""
    root = parse(source)

    def item(container: str, number: str) -> object:
        node = root.child(container)
        assert node is not None
        return canonical(node.children[int(number)])

    formats = root.child("cellXfs")
    assert formats is not None
    xf = formats.children[index]
    codes = root.child("numFmts")
    custom = {n.attributes["numFmtId"]: n.attributes["formatCode"]
              for n in (codes.children if codes else [])}  # fmt: skip
    return {
        "format": custom.get(xf.attributes["numFmtId"], xf.attributes["numFmtId"]),
        "font": item("fonts", xf.attributes["fontId"]),
        "fill": item("fills", xf.attributes["fillId"]),
        "border": item("borders", xf.attributes["borderId"]),
        "inside": [canonical(child) for child in xf.children],
    }


@pytest.mark.parametrize("source", [EMPTY_STYLES, PREFIXED, NOTHING], ids=["own", "x:", "nothing"])
@given(wanted=st.lists(styles, min_size=1, max_size=8))
def test_alike_formats_are_one_and_different_ones_stay_apart(
    source: bytes, wanted: list[Style]
) -> None:
    sheet = StyleSheet(source)
    ids = [sheet.add(style) for style in wanted]
    out = sheet.to_bytes()
    assert all(number > 0 for number in ids)  # index 0 is what the user's plain cells show
    looks = [look(out, number) for number in ids]
    for one, style in zip(looks, wanted, strict=True):
        for other, another in zip(looks, wanted, strict=True):
            assert (one == other) or style != another
    again = StyleSheet(out)
    assert [again.add(style) for style in wanted] == ids
    assert again.to_bytes() == out
    for container in parse(out).children:
        assert container.attributes.get("count") in (None, str(len(container.children)))


def test_what_stood_there_keeps_its_place() -> None:
    sheet = StyleSheet(PREFIXED)
    sheet.add(Style(bold=True, fill="AA00BB", number_format="0.000"))
    out = sheet.to_bytes()
    assert b"<!-- mine -->" in out
    old, new = parse(PREFIXED), parse(out)
    for container in old.children:
        twin = new.child(container.local)
        assert twin is not None
        kept = twin.children[: len(container.children)]
        assert [canonical(c) for c in kept] == [canonical(c) for c in container.children]
    order = [child.local for child in new.children]
    assert order == ["numFmts", "fonts", "fills", "borders", "cellXfs"]
    assert all(node.prefix == "x:" for node in new.walk())


def test_excels_two_reserved_fills_are_never_ours() -> None:
    for source in (PREFIXED, NOTHING):
        sheet = StyleSheet(source)
        number = sheet.add(Style(fill="AA00BB"))
        formats = parse(sheet.to_bytes()).child("cellXfs")
        assert formats is not None
        assert int(formats.children[number].attributes["fillId"]) >= 2


def test_a_differential_format_takes_the_workbooks_own_number_format_id() -> None:
    source = EMPTY_STYLES.replace(
        b"<fonts",
        b'<numFmts count="1"><numFmt numFmtId="164" formatCode="0.0"/></numFmts><fonts',
        1,
    )
    sheet = StyleSheet(source)
    code = Node(MAIN, "numFmt", {"numFmtId": "164", "formatCode": "0.000"})
    assert sheet.add_differential(Node(MAIN, "dxf", {}, [code])) == 0
    assert code.attributes["numFmtId"] == "165"


def test_a_workbook_full_of_formats_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invval_xl.hosts.file.stylesheet._MOST_FORMATS", 2)
    sheet = StyleSheet(EMPTY_STYLES)
    sheet.add(Style())
    with pytest.raises(TooManyStylesError):
        sheet.add(Style(bold=True))
