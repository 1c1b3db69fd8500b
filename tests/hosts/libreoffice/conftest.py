"""One Calc for all tests of a process, the extension put into its profile by our installer."""

from __future__ import annotations

import pytest

from tests.hosts.libreoffice.calc import Calc, installed_office, office_python
from tests.tools import find_libreoffice

PYTHON = office_python() if find_libreoffice() else None


def pytest_collection_modifyitems(items):
    for item in items:
        if PYTHON is None and "office" in getattr(item, "fixturenames", ()):
            item.add_marker(
                pytest.mark.skip(reason="needs LibreOffice with its Python (soffice, python3-uno)")
            )


@pytest.fixture
def book(calc):
    """Opens workbooks in the shared Calc; afterwards an empty document is open again."""
    calc.close()
    opened = []

    def open_book(path):
        if opened:
            calc.close()
        opened.append(path)
        return calc.open(str(path))

    yield open_book
    if opened:
        calc.close()
    calc.open()


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """The machine's LibreOffice with a fresh profile into which the extension was installed."""
    return installed_office(tmp_path_factory.mktemp("lo") / "profile")


@pytest.fixture(scope="session")
def calc(office):
    """A running Calc with an empty document open; tests that open another put it back."""
    running = Calc(office.profile, PYTHON)
    running.open()
    yield running
    running.quit()
