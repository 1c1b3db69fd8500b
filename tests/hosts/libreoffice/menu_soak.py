"""Soak: the menu's Refresh again and again in one Calc, an unsaved edit before each; then the rest.

Run as ``python tests/hosts/libreoffice/menu_soak.py [TIMES]`` (20). The office must stay the one
that was started, every edit must be there at the end, and the papers must be those of the first
time. Then the document is saved and every entry of the menu does its run, its answer printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPO))

from tests.hosts.libreoffice.calc import Calc, installed_office, office_python  # noqa: E402


def main(times: int) -> None:
    with tempfile.TemporaryDirectory(prefix="invval-soak-") as folder:
        demo = ["demo", folder, "--items", "14", "--locations", "2"]
        subprocess.run(
            [sys.executable, "-m", "invval_xl", *demo], cwd=REPO, check=True, capture_output=True
        )
        facts = installed_office(Path(folder) / "profile")
        calc = Calc(facts.profile, office_python())
        try:
            refresh(calc, Path(folder) / "worked_example.xlsx", times)
            every_entry(calc)
        finally:
            calc.quit()


def refresh(calc: Calc, book: Path, times: int) -> None:
    inputs = calc.open(str(book))
    first, papers = None, []
    for number in range(1, times + 1):
        calc.put({f"H{60 + number}": f"note {number}"}, sheet="Guide")
        state, text = calc.dispatch("vnd.invval.calc:refresh")
        assert state == 1, (number, text)
        papers = calc.sheets()[len(inputs) :]
        told = [calc.data(name) for name in papers if name.startswith("C-1 ")]
        first = first or told
        assert told == first, number
        print(f"{number} refreshed", file=sys.stderr, flush=True)
    place = f"H61:H{60 + times}"
    notes = [row[0] for row in calc.data_at(place, sheet="Guide")]
    assert notes == [f"note {n}" for n in range(1, times + 1)]
    assert calc.modified()
    print(
        f"{times} of {times} menu refreshes in one Calc (process {calc.office}), {len(papers)}"
        f" papers each; {len(notes)} unsaved edits kept",
        flush=True,
    )


def every_entry(calc: Calc) -> None:
    """Every run of the menu on the saved document, in the order a close takes them."""
    calc.save()
    assert calc.cell('=INV_NRV("abc")')["shown"] == "#VALUE!"
    calc.put({"Z1": None})
    for name in ("last_error", "train", "refresh", "record", "verify", "export",
                 "function_reference"):  # fmt: skip
        if name == "record":
            calc.save()
        state, text = calc.dispatch(f"vnd.invval.calc:{name}")
        print(
            f"{name}: {'done' if state == 1 else 'REFUSED'}: {' / '.join(text.splitlines())[:240]}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
