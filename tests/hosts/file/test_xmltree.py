"""Elements are found where they stand, and everything between edits stays as it was."""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from invval_xl.hosts.file.xmltree import (
    Edit,
    Node,
    XmlError,
    canonical,
    parse,
    serialise,
    splice,
    with_attribute,
)

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]),
                max_size=6)  # fmt: skip
names = st.sampled_from(["a", "b", "sheet", "x:c", "y:d"])
blanks = st.sampled_from(["", " ", "\n", "\t "])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(names)
    pairs = draw(st.dictionaries(st.sampled_from(["k", "l", "x:m"]), words, max_size=3))
    inside = "".join(
        f"{draw(blanks)}{key}{draw(blanks)}={draw(blanks)}"
        + (quoteattr(value) if draw(st.booleans()) else f"'{escape(value, {chr(39): '&#39;'})}'")
        for key, value in ((f" {k}", v) for k, v in pairs.items())
    )
    if draw(st.booleans()):
        inside = inside.replace("&gt;", ">")  # which an attribute may hold as it is
    opening = f"<{name}{inside}{draw(blanks)}"
    if depth == 0 or draw(st.booleans()):
        return f"{opening}/>" if draw(st.booleans()) else f"{opening}></{name}{draw(blanks)}>"
    parts = draw(
        st.lists(
            st.one_of(
                elements(depth=depth - 1),  # type: ignore[call-arg]
                words.map(escape),
                st.sampled_from(["<!-- > <a/> -->", "<![CDATA[<a>]]>", "<?p > ?>"]),
            ),
            max_size=4,
        )
    )
    return f"{opening}>{''.join(parts)}</{name}>"


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    head = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff"]))
    return f'{head}<r xmlns:x="u:x" xmlns:y="u:y">{draw(elements())}</r>\n'.encode()


@given(documents())
@example(b"<r xmlns:x='u:x' xmlns:y='u:y'><a k='>' l=\"a'>\"><b/></a></r>")
def test_every_element_is_found_at_its_bytes(source: bytes) -> None:
    root = parse(source)
    truth = list(ET.fromstring(source).iter())
    found = list(root.walk())
    assert len(found) == len(truth)
    for node, element in zip(found, truth, strict=True):
        name = f"{{{node.uri}}}{node.local}" if node.uri else node.local
        assert name == element.tag
        spelled = f"{node.prefix}{node.local}".encode()
        assert source[node.start :].startswith(b"<" + spelled)
        assert source[node.inner - 1 : node.inner] == b">"
        assert source[node.end - 1 : node.end] == b">"
        if not node.empty_tag:
            assert source[node.close :].startswith(b"</" + spelled)
        alone = source[node.start : node.end].replace(
            b"<" + spelled, b"<" + spelled + b' xmlns:x="u:x" xmlns:y="u:y"', 1
        )
        tag = source[node.start : node.inner]
        if not node.empty_tag:
            tag += b"</" + spelled + b">"
        bound = b' xmlns:x="u:x" xmlns:y="u:y"' if node is not root else b""
        assert ET.fromstring(tag.replace(b"<" + spelled, b"<" + spelled + bound, 1)).attrib == (
            element.attrib
        )
        if node is not root:
            assert len(list(ET.fromstring(alone).iter())) == len(list(node.walk()))


@given(documents(), words)
def test_an_attribute_is_set_and_nothing_else_changes(source: bytes, value: str) -> None:
    root = parse(source)
    node = list(root.walk())[-1]
    plain = "".join(c for c in value if c.isalnum())
    tag = with_attribute(source[node.start : node.inner], node, "k", plain)
    after = parse(splice(source, [Edit(node.start, node.inner, tag)]))
    twin = list(after.walk())[-1]
    assert twin.attributes == {**node.attributes, "k": plain}
    assert [n.local for n in after.walk()] == [n.local for n in root.walk()]
    assert [n.text for n in after.walk()] == [n.text for n in root.walk()]


def test_edits_apply_in_order_and_may_not_overlap() -> None:
    edits = [Edit(4, 5, b"E"), Edit(0, 1, b""), Edit(2, 2, b"+"), Edit(2, 2, b"-")]
    assert splice(b"abcdef", edits) == b"b+-cdEf"
    with pytest.raises(ValueError, match="overlap"):
        splice(b"abcdef", [Edit(0, 3, b""), Edit(2, 4, b"")])


def test_what_is_written_reads_back_under_any_prefix() -> None:
    node = Node("u", "a", {"k": "<&\"'"}, [Node("u", "b", {}, [], "x<y")])
    for prefix, declared in (("", 'xmlns="u"'), ("x:", 'xmlns:x="u"')):
        text = serialise(node, prefix).decode()
        back = parse(f"<{prefix}r {declared}>{text}</{prefix}r>".encode()).children[0]
        assert canonical(back) == canonical(node)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b"<!DOCTYPE a><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a k="\xe9"/>',
        b"<a>\xff</a>",
        b"plain",
    ],
)
def test_what_is_not_plain_utf8_xml_is_refused(source: bytes) -> None:
    with pytest.raises(XmlError):
        parse(source)
