"""The add-in built once, xlwings' real server, and the add-in's VBA running in the interpreter."""

from __future__ import annotations

import pytest

from tests.hosts.com.standins import real_server
from tests.hosts.com.vba_host import Host


@pytest.fixture(scope="session")
def server():
    """xlwings' own ``XLPython``, unmodified."""
    return real_server()


@pytest.fixture(scope="session")
def xlam(tmp_path_factory, server):
    """The built add-in, on disk."""
    from invval_xl.hosts.com.xlam import build_xlam

    path = tmp_path_factory.mktemp("addin") / "invval.xlam"
    path.write_bytes(build_xlam())
    return path


@pytest.fixture
def excel(xlam, server):
    """Excel with the add-in loaded: our VBA as read back from the built file."""
    return Host(str(xlam), server)
