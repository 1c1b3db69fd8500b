"""Headless Chromium: Microsoft's office.js with the served functions.js; the pane's refresh."""

from __future__ import annotations

import base64
import json
import os

import pytest

from invval_xl.__main__ import main
from invval_xl.functions.registry import functions
from tests.hosts.officejs.conftest import start, stop
from tests.hosts.officejs.outside import HERE, as_excel_hands_over, browser, needs_chromium
from tests.hosts.officejs.test_cells import EXAMPLES, same, wanted

# Microsoft's own Excel-on-the-web runtime, found by office.js from what Excel puts in the address.
WEB = "Excel$Web$16.01$en-US$telltale$$0"

ASK = """(async () => {
  const calls = %s;
  for (let wait = 0; !CustomFunctions.ErrorCode && wait < 200; wait += 1)
    await new Promise((then) => setTimeout(then, 50));
  const known = CustomFunctions._association.mappings;
  const shown = (cell) => cell instanceof CustomFunctions.Error
    ? { error: cell.code, why: cell.message } : cell;
  const ask = async (name, args) => {
    const given = Array.from({ length: known[name].length }, (_, at) => args[at] ?? undefined);
    try { return (await known[name](...given, { address: "S!A1" })).map((row) => row.map(shown)); }
    catch (trouble) { return [[shown(trouble)]]; }
  };
  window.ask = ask;
  const answers = await Promise.all(calls.map(([name, args]) => ask(name, args)));
  const before = INVVAL.requests;
  const many = await Promise.all(Array.from({ length: 5000 },
    (_, row) => ask("INV_NRV", [[[100 + row]], [[20]]])));
  return { answers, names: Object.keys(known), requests: INVVAL.requests - before,
    right: many.filter((rows, row) => rows[0][0] === 80 + row).length };
})()"""

STEPS = """
  const first = await page.evaluate(task.ask);
  process.kill(task.pid, "SIGINT");
  await new Promise((then) => setTimeout(then, 2500));
  const down = await page.evaluate(() => window.ask("INV_NRV", [[[70]]]));
  await page.evaluate(() => showStatus()); // the pane's own start waits for Excel to greet it
  return { ...first, down, pane: await page.innerText("#status") };
"""


@needs_chromium
def test_microsofts_runtime_runs_the_served_functions_against_the_real_server(tmp_path):
    served = start(tmp_path)
    told = None
    try:
        calls = [as_excel_hands_over(example.formula) for _, example in EXAMPLES]
        told = browser(
            tmp_path,
            origin=served.origin,
            token=served.token,
            host=WEB,
            pid=served.process.pid,
            ask=ASK % json.dumps(calls),
            steps=STEPS,
        )
    finally:
        code, said = stop(served, asked=told is not None)
    answer = told["answer"]
    assert {"office.js", "excel-web-16.00.js"} <= set(told["fetched"])
    assert told["outside"] == []  # nothing but our server and Microsoft's office.js was asked for
    assert [e for e in told["errors"] if "Content Security Policy" in e] == []
    assert answer["names"] == list(functions())
    for (_, example), rows in zip(EXAMPLES, answer["answers"], strict=True):
        assert same(rows, wanted(example)), example.formula
    assert (answer["right"], answer["requests"] <= 20) == (5000, True)
    print("5,000 cells in Chromium:", answer["requests"], "requests")
    down = answer["down"][0][0]
    assert down["error"] == "#N/A"
    assert "invval serve" in down["why"]
    assert "invval serve" in answer["pane"]
    assert (code, "Stopped." in said) == (0, True)


REFRESH = """
  await page.waitForSelector("#refresh:enabled");
  await page.click("#refresh");
  await page.waitForFunction(() => document.getElementById("stop").hidden === true &&
    document.getElementById("progress").textContent !== "", null, { timeout: 240000 });
  const told = { progress: await page.innerText("#progress") };
  told.findings = await page.locator("#findings li").count();
  if (await page.isVisible("#outcome")) {
    told.reserve = await page.innerText("#reserve");
    await page.click("#open");
    await page.click("#insert");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    await file.saveAs(task.copy);
    told.name = file.suggestedFilename();
  }
  told.asked = await page.evaluate(() => window.asked);
  return told;
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    assert main(["demo", str(folder), "--items", "12", "--locations", "1", "--json"]) == 0
    return folder / "worked_example.xlsx"


def pane(served, folder, content, **task):
    office = (HERE / "excel_in_browser.js").read_text(encoding="utf-8")
    return browser(
        folder,
        origin=served.origin,
        token=served.token,
        office=office.replace("@BOOK@", base64.b64encode(content).decode()),
        steps=REFRESH,
        copy=str(folder / "copy.xlsx"),
        **task,
    )


@needs_chromium
def test_the_pane_refreshes_a_copy_that_is_what_the_command_writes(served, tmp_path, book):
    shot = os.environ.get("INVVAL_SHOW_PANE")  # a PNG to look at
    told = pane(served, tmp_path, book.read_bytes(), **({"shot": shot} if shot else {}))
    answer = told["answer"]
    assert told["errors"] == []
    assert told["outside"] == []
    assert answer["name"] == "Quarter end refreshed.xlsx"
    assert "Total" in answer["reserve"]
    assert answer["findings"] > 0
    asked = answer["asked"]
    assert asked["slices"] == list(range(len(asked["slices"])))
    assert len(asked["slices"]) > 1
    assert (asked["sliceSize"], asked["closed"]) == (4194304, 1)
    assert asked["created"] > 0
    assert "C-1 Lead" in asked["inserted"]["sheetNamesToInsert"]
    same_book = tmp_path / "Quarter end.xlsx"  # the papers name the workbook they came from
    same_book.write_bytes(book.read_bytes())
    assert main(["refresh", str(same_book), "--out", str(tmp_path / "cli.xlsx"), "--json"]) == 0
    assert (tmp_path / "copy.xlsx").read_bytes() == (tmp_path / "cli.xlsx").read_bytes()


@needs_chromium
def test_the_pane_says_why_a_file_is_refused(served, tmp_path):
    told = pane(served, tmp_path, b"PK\x03\x04 no workbook" * 3000)
    answer = told["answer"]
    assert "reserve" not in answer
    assert answer["findings"] > 0 or "." in answer["progress"]
    assert "Traceback" not in answer["progress"]
