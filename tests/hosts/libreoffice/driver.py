"""Drives a real Calc from LibreOffice's own Python: JSON commands in, JSON answers out.

Run by the tests as ``python3 driver.py SOFFICE PROFILE_URL [soffice arguments]``; uses nothing but
the standard library and uno.
"""

import contextlib
import json
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "addin" / "libreoffice"))
import register_extension as office
import uno
from com.sun.star.beans import PropertyValue

XLSX = "Calc MS Excel 2007 XML"
FILTERS = {"xlsx": XLSX, "ods": "calc8", "pdf": "calc_pdf_Export"}


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


class Calc:
    def __init__(self, context, process):
        self.context, self.process = context, process
        create = context.ServiceManager.createInstanceWithContext
        self.create = lambda name: create(name, context)
        self.desktop = self.create("com.sun.star.frame.Desktop")
        self.doc = None

    def open(self, path="", hidden=True):
        url = uno.systemPathToFileUrl(path) if path else "private:factory/scalc"
        self.doc = self.desktop.loadComponentFromURL(url, "_blank", 0, (prop("Hidden", hidden),))
        return list(self.doc.Sheets.ElementNames)

    def close(self):
        self.doc.close(True)
        self.doc = None

    def save_as(self, path):
        name = FILTERS[path.rpartition(".")[2]]
        self.doc.storeToURL(uno.systemPathToFileUrl(path), (prop("FilterName", name),))

    def save(self):
        self.doc.store()

    def sheets(self):
        return list(self.doc.Sheets.ElementNames)

    def _sheet(self, sheet):
        return self.doc.Sheets.getByName(sheet) if sheet else self.doc.Sheets.getByIndex(0)

    def put(self, cells, sheet=""):
        for address, content in cells.items():
            place = self._sheet(sheet).getCellRangeByName(address)
            if isinstance(content, str) and content.startswith("{="):
                place.setArrayFormula(content[1:-1])
            elif isinstance(content, str):
                cell = place.getCellByPosition(0, 0)
                if content.startswith("="):
                    cell.setFormula(content)
                else:
                    cell.setString(content)
            elif content is None:
                place.clearContents(1 | 2 | 4 | 16)
            else:
                place.getCellByPosition(0, 0).setValue(content)

    def fill(self, address, rows, sheet="", formulas=False):
        place = self._sheet(sheet).getCellRangeByName(address)
        rows = tuple(map(tuple, rows))
        place.setFormulaArray(rows) if formulas else place.setDataArray(rows)

    def get(self, addresses, sheet=""):
        """Value, or the error's text as the cell shows it."""
        out = {}
        for address in addresses:
            place = self._sheet(sheet).getCellRangeByName(address)
            out[address] = [
                [self._value(place.getCellByPosition(c, r)) for c in range(place.Columns.Count)]
                for r in range(place.Rows.Count)
            ]
        return out

    @staticmethod
    def _value(cell):
        if cell.getError():
            return {"error": cell.getError(), "shown": cell.String}
        kind = cell.FormulaResultType2 if cell.Type.value == "FORMULA" else 0
        if cell.Type.value == "EMPTY":
            return None
        if cell.Type.value == "TEXT" or kind == 2:
            return cell.String
        return cell.Value

    def formulas(self, sheet):
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(True)
        return [list(row) for row in cursor.getFormulaArray()]

    def data(self, sheet):
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoStartOfUsedArea(False)
        cursor.gotoEndOfUsedArea(True)
        return [list(row) for row in cursor.getDataArray()]

    def data_at(self, address, sheet=""):
        """Values of a range in one go; an error is None."""
        return [list(r) for r in self._sheet(sheet).getCellRangeByName(address).getDataArray()]

    def recalculate(self):
        before = time.perf_counter()
        self.doc.calculateAll()
        return time.perf_counter() - before

    def names(self):
        return {
            n: self.doc.NamedRanges.getByName(n).Content for n in self.doc.NamedRanges.ElementNames
        }

    def dispatch(self, url):
        helper = self.create("com.sun.star.frame.DispatchHelper")
        frame = self.doc.CurrentController.Frame
        event = helper.executeDispatch(frame, url, "", 0, ())
        return [event.State, event.Result] if event is not None else None

    def modified(self, value=None):
        if value is not None:
            self.doc.setModified(value)
        return self.doc.isModified()

    def described(self):
        """The function wizard's own list, of our functions."""
        listed = self.create("com.sun.star.sheet.FunctionDescriptions")
        out = {}
        for i in range(listed.Count):
            told = {p.Name: p.Value for p in listed.getByIndex(i)}
            if str(told["Name"]).startswith("INV_"):
                out[told["Name"]] = {
                    "category": told["Category"],
                    "description": told["Description"],
                    "arguments": [[a.Name, a.Description, a.IsOptional] for a in told["Arguments"]],
                }
        return out

    def select(self, address):
        self.doc.CurrentController.select(self._sheet("").getCellRangeByName(address))

    def dress(self):
        """Headers bold, columns wide enough, two decimals: for a picture."""
        sheet = self._sheet("")
        sheet.getCellRangeByName("A1:H1").CharWeight = 150.0
        sheet.getCellRangeByName("A1:H1").IsTextWrapped = True
        for index in range(8):
            sheet.Columns.getByIndex(index).Width = 2600
        formats = self.doc.NumberFormats
        locale = uno.createUnoStruct("com.sun.star.lang.Locale")
        key = formats.queryKey("#,##0.00", locale, False)
        sheet.getCellRangeByName("C2:H40").NumberFormat = key

    def office_pid(self):
        return self.process.pid


def main(soffice, profile, *extra):
    process, context = office.start(soffice, profile, extra or ("--headless", "--invisible"))
    calc = Calc(context, process)
    answer = sys.stdout
    sys.stdout = sys.stderr
    print(json.dumps({"ready": process.pid}), file=answer, flush=True)
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                told = {"ok": getattr(calc, asked["do"])(*asked["args"], **asked["with"])}
            except Exception:  # noqa: BLE001 - the test shows it
                told = {"fault": traceback.format_exc()}
            print(json.dumps(told), file=answer, flush=True)
    finally:
        with contextlib.suppress(Exception):
            office.stop(process, context)


if __name__ == "__main__":
    main(*sys.argv[1:])
