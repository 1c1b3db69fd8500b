"""Papers into the open document, so that nothing of the user's own is lost.

The worker values a *file* and writes a second one that holds the papers; the user's file on disk
is not touched, and neither is what is unsaved in the document. From that second file each paper is
taken over as a whole sheet, with its formats, charts and formulas. New sheets come in under
temporary names first; only when all are in, old papers go and the new take their names. Formulas
and names of the user that point at a paper are written down before and entered again after. Where
anything fails before the exchange, what came in is taken out again.
"""

import os

import uno
from com.sun.star.beans import PropertyValue

_MARK = "_invval_paper"
_COMING = "~invval {}"
_FORMULA = 16  # CellFlags.FORMULA


def _property(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def as_file(document, folder):
    """The document as an .xlsx for the worker: the saved file itself where it says the same."""
    saved = uno.fileUrlToSystemPath(document.getURL()) if document.getURL() else ""
    # Under its own name, which the papers print.
    name = os.path.basename(saved) or f"{document.getTitle()}.xlsx"
    if not name.lower().endswith((".xlsx", ".xlsm")):
        name = os.path.splitext(name)[0] + ".xlsx"
    book = os.path.join(folder, name)
    if saved.lower().endswith((".xlsx", ".xlsm")) and not document.isModified():
        with open(saved, "rb") as source, open(book, "wb") as copy:
            copy.write(source.read())
    else:
        document.storeToURL(
            uno.systemPathToFileUrl(book), (_property("FilterName", "Calc MS Excel 2007 XML"),)
        )
    return {
        "book": book,
        "saved": saved,
        "unsaved": bool(document.isModified()),
        "out": os.path.join(folder, "invval-refreshed.xlsx"),
    }


def open_read_only(desktop, path):
    """Show a file beside the document."""
    desktop.loadComponentFromURL(
        uno.systemPathToFileUrl(path), "_blank", 0, (_property("ReadOnly", True),)
    )


def bring_in(desktop, document, path, names):
    """Take the sheets ``names`` of the file ``path`` over; a remark for the user, or nothing."""
    url = uno.systemPathToFileUrl(path)
    made = desktop.loadComponentFromURL(url, "_blank", 0, (_property("Hidden", True),))
    document.lockControllers()
    document.addActionLock()
    automatic = document.isAutomaticCalculationEnabled()
    document.enableAutomaticCalculation(False)
    undo = document.getUndoManager()
    undo.lock()
    try:
        kept = _pointing_at(document, names)
        coming = _came_in(document, made, names)
        _exchange(document, names, coming)
        _own_links(document, url, names)
        _names(document, made, names)
        lost = _entered_again(document, kept)
    finally:
        undo.unlock()
        undo.clear()  # what it held was about cells that are no longer there
        document.enableAutomaticCalculation(automatic)
        document.removeActionLock()
        document.unlockControllers()
        made.close(True)
    document.setModified(True)
    if automatic:
        document.calculate()
    return f"Enter again by hand: {', '.join(lost)}." if lost else ""


def _came_in(document, made, names):
    """The sheets at the end of the document under temporary names; all of them or none."""
    sheets = document.Sheets
    coming = {}
    try:
        for name in names:
            there = made.Sheets.getByName(name)
            passing = _COMING.format(len(coming))
            there.setName(passing)
            sheets.importSheet(made, passing, sheets.Count)
            coming[name] = passing
            if not sheets.hasByName(passing):
                raise RuntimeError(f"the office did not take {name} over")
            there.setName(name)
    except Exception:
        for passing in coming.values():
            if sheets.hasByName(passing):
                sheets.removeByName(passing)
        raise
    return coming


def _exchange(document, names, coming):
    """The new sheets in the places and under the names of the old."""
    sheets = document.Sheets
    for name in names:
        place = None
        if sheets.hasByName(name):
            place = list(sheets.ElementNames).index(name)
            sheets.removeByName(name)
        sheets.getByName(coming[name]).setName(name)
        if place is not None:
            sheets.moveByName(name, place)


def _own_links(document, url, names):
    """Formulas that came in speak of the file they came from; they mean this document."""
    foreign = f"'{url}'#"
    for name in names:
        sheet = document.Sheets.getByName(name)
        swap = sheet.createReplaceDescriptor()
        swap.SearchString, swap.ReplaceString = foreign, ""
        swap.SearchType = 0  # in formulas
        if not sheet.replaceAll(swap):
            continue
        for corners, formula, array in _formulas(sheet):
            if foreign in formula:  # what replacing does not reach
                _enter(sheet, corners, formula.replace(foreign, ""), array)


def _formulas(sheet):
    """Every formula of a sheet: its range, its text, and whether it is an array formula."""
    found = sheet.queryContentCells(_FORMULA)
    seen = set()
    for area in found.getRangeAddresses():
        block = sheet.getCellRangeByPosition(
            area.StartColumn, area.StartRow, area.EndColumn, area.EndRow
        )
        for r, row in enumerate(block.getFormulaArray()):
            for c, formula in enumerate(row):
                place = (area.StartColumn + c, area.StartRow + r)
                if place in seen:
                    continue
                if not formula.startswith("{"):
                    yield (*place, *place), formula, False
                    continue
                cursor = sheet.createCursorByRange(sheet.getCellByPosition(*place))
                cursor.collapseToCurrentArray()
                whole = cursor.getRangeAddress()
                seen.update(
                    (x, y)
                    for x in range(whole.StartColumn, whole.EndColumn + 1)
                    for y in range(whole.StartRow, whole.EndRow + 1)
                )
                corners = (whole.StartColumn, whole.StartRow, whole.EndColumn, whole.EndRow)
                yield corners, formula[1:-1], True


def _enter(sheet, corners, formula, array):
    place = sheet.getCellRangeByPosition(*corners)
    if array:
        place.setArrayFormula(formula)
    else:
        place.getCellByPosition(0, 0).setFormula(formula)


def _pointing_at(document, names):
    """The user's own formulas that name one of the papers."""
    held = document.Sheets
    there = [name for name in names if held.hasByName(name)]
    kept = []
    if there:
        for title in held.ElementNames:
            if title in names:
                continue
            sheet = held.getByName(title)
            for corners, formula, array in _formulas(sheet):
                if any(name in formula for name in there):
                    kept.append((title, corners, formula, array))
    return kept


def _entered_again(document, kept):
    """Enter those formulas once more; the addresses of any the office does not take."""
    lost = []
    for title, corners, formula, array in kept:
        sheet = document.Sheets.getByName(title)
        try:
            _enter(sheet, corners, formula, array)
        except Exception:
            cell = sheet.getCellByPosition(corners[0], corners[1])
            lost.append(cell.AbsoluteName)
    return lost


def _names(document, made, names):
    """Workbook-wide names that point into the papers, and the marks that know them again."""
    held = document.NamedRanges
    origin = made.Sheets.getByIndex(0).getCellByPosition(0, 0).getCellAddress()
    for name in made.NamedRanges.ElementNames:
        content = made.NamedRanges.getByName(name).Content
        if not any(f"'{paper}'" in content or f"${paper}." in content for paper in names):
            continue
        if held.hasByName(name):
            held.removeByName(name)
        held.addNewByName(name, content, origin, 0)
    for paper in names:
        local = document.Sheets.getByName(paper).NamedRanges
        source = made.Sheets.getByName(paper).NamedRanges
        for name in source.ElementNames:
            if not local.hasByName(name):
                local.addNewByName(name, source.getByName(name).Content, origin, 0)
