"""What a message never says: the password inside a URL or a connection string.

The rooms below hide it where they speak of a database themselves. This is the last door: a driver's
own words, a mistyped URL and the traceback of a fault pass through it too.
"""

from __future__ import annotations

import re

__all__ = ["unsaid"]

_IN_URL = re.compile(r"(?P<before>//[^\s:/@'\"]*:)[^\s'\"]*(?=@)")
_NAMED = re.compile(
    r"(?P<before>\b(?:password|passwd|pwd)=)(?P<quote>['\"]?)[^\s'\",;&)]+", re.IGNORECASE
)


def unsaid(text: str) -> str:
    """``text`` with every password in it as ``***``.

    Examples
    --------
    >>> unsaid("no route to postgresql://bea:p@ss:w0rd@db.example/close for 5 s")
    'no route to postgresql://bea:***@db.example/close for 5 s'
    >>> unsaid("'postgresql//bea:hunter2@db' is no ledger URL")
    "'postgresql//bea:***@db' is no ledger URL"
    >>> unsaid("host=db user=bea password=hunter2 dbname=close")
    'host=db user=bea password=*** dbname=close'
    >>> unsaid("SKU 00123 at S1: write to bea@example.com by 10:30")
    'SKU 00123 at S1: write to bea@example.com by 10:30'
    """
    text = _IN_URL.sub(r"\g<before>***", text)
    return _NAMED.sub(r"\g<before>\g<quote>***", text)
