"""The add-in only manifest: what the user gives Excel, with this installation's own token."""

from __future__ import annotations

from xml.sax.saxutils import escape

from invval_xl import __version__
from invval_xl.hosts.officejs.parts import part

__all__ = ["manifest_xml"]


def manifest_xml(origin: str, token: str) -> str:
    """The manifest; it has no namespace, so ``=INV_NRV`` is ``=INV_NRV``.

    Parameters
    ----------
    origin
        Where our server is, ``https://localhost:8790``.
    token
        The secret of this installation. The pane's address carries it and nothing that is served
        does, so whoever cannot read the manifest cannot ask the server.
    """
    numbers = [word for word in __version__.split(".")[:3] if word.isdigit()]
    version = ".".join([*numbers, *["0"] * (4 - len(numbers))])
    text = part("manifest.xml")
    for mark, value in (("@VERSION@", version), ("@ORIGIN@", origin), ("@TOKEN@", token)):
        text = text.replace(mark, escape(value, {'"': "&quot;"}))
    return text
