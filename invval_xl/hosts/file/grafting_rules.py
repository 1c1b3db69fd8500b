"""When a graft must not happen: what is the user's is never overwritten, nor silently lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.bookpart import Name, names_of
from invval_xl.hosts.file.donor import TABLE_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from invval_xl.hosts.file.package import Relationship
    from invval_xl.hosts.file.target import Sheet, Target
    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = ["check_names", "check_sheets", "check_tables", "check_what_is_lost"]

_YES = ("1", "true", "on")
# What a user may have put on a tab of ours that a refresh would silently destroy.
_PRECIOUS = {
    "pivotTable": "a pivot table",
    "slicer": "a slicer",
    "timeline": "a timeline",
    "queryTable": "a query",
    "ctrlProp": "a form control",
    "oleObject": "an embedded object",
    "control": "an ActiveX control",
    "image": "a picture",
    "hdphoto": "a picture",
}
_REMARKS = frozenset({"comments", "threadedComment"})


def check_sheets(target: Target, plans: Sequence[SheetPlan]) -> dict[str, Sheet]:
    """The sheets of ours that plans replace, by plan name.

    Raises
    ------
    RefusedError
        WB907 where a sheet of the user's own has the name of a plan; WB915 where the workbook's
        structure is locked and a sheet would have to be added.
    """
    held = {sheet.name.casefold(): sheet for sheet in target.sheets}
    places: dict[str, Sheet] = {}
    refused: list[Finding] = []
    for plan in plans:
        sheet = held.get(plan.name.casefold())
        if sheet is None:
            continue
        if not sheet.ours or sheet.kind != "worksheet" or not plan.owned:
            refused.append(finding("WB907", sheet=sheet.name, name=sheet.name))
        else:
            places[plan.name] = sheet
    lock = target.workbook.root.child("workbookProtection")
    locked = lock is not None and lock.attributes.get("lockStructure", "0").lower() in _YES
    if locked and len(places) + len(refused) < len(plans):
        refused.append(finding("WB915"))
    if refused:
        raise RefusedError(refused)
    return places


def check_names(target: Target, names: Iterable[Name]) -> None:
    """Refuse (WB908) to take a workbook-wide name that is the user's own.

    A name is ours where it points into a sheet of ours, or nowhere since such a sheet was deleted.
    """
    held = {name.key: name for name in names_of(target.names)}
    ours = {sheet.name.casefold() for sheet in target.sheets if sheet.ours}
    refused = []
    for name in names:
        old = held.get(name.key)
        if name.sheet is not None or old is None:
            continue
        place, mark, _ = old.refers_to.rpartition("!")
        sheet = place.strip("'").replace("''", "'").casefold()
        if not (mark and (sheet in ours or "#REF" in place)):
            refused.append(finding("WB908", name=old.name, refers_to=old.refers_to[:80]))
    if refused:
        raise RefusedError(refused)


def check_tables(target: Target, plans: Sequence[SheetPlan], dropped: set[str]) -> int:
    """The first table id that is free; refuses (WB909) a table name the workbook already has."""
    wanted = {table.name.lower() for plan in plans for table in plan.tables}
    if not wanted:
        return 1
    used, highest = {name.name.lower() for name in names_of(target.names)}, 0
    for member in target.reader.members:
        if member in dropped or not target.content_type(member).endswith("spreadsheetml.table+xml"):
            continue
        given = target.part(member).root.attributes
        used.add(given.get("displayName", "").lower())
        highest = max(highest, int(given.get("id", "0")))
    taken = sorted(wanted & used)
    if taken:
        raise RefusedError([finding("WB909", name=name) for name in taken])
    return highest + 1


def check_what_is_lost(
    target: Target,
    replaced: Mapping[str, Sheet],
    dropped: set[str],
) -> list[Finding]:
    """Refuse (WB916) to destroy what a user put on a tab of ours; warn (WB917) of comments."""
    refused: list[Finding] = []
    notes: list[Finding] = []
    for part, sheet in replaced.items():
        ours = {
            name.name.lower().removeprefix(TABLE_MARK)
            for name in names_of(target.names)
            if name.sheet == sheet.index
        }
        kinds: dict[str, None] = {}
        for link in _below(target, part):
            if link.kind == "table":
                name = target.part(link.target).root.attributes.get("displayName", "")
                if name.lower() not in ours:
                    kinds.setdefault(f"the table {name}")
            elif link.kind in _PRECIOUS and target.spelled(link.target) in dropped:
                kinds.setdefault(_PRECIOUS[link.kind])
            elif link.kind in _REMARKS:
                notes.append(finding("WB917", sheet=sheet.name))
        refused += [finding("WB916", sheet=sheet.name, what=what) for what in kinds]
    if refused:
        raise RefusedError(refused)
    return list(dict.fromkeys(notes))


def _below(target: Target, part: str) -> list[Relationship]:
    found: list[Relationship] = []
    seen = {part}
    waiting = [part]
    while waiting:
        for link in target.relationships(waiting.pop()):
            if link.external or not target.has(link.target):
                continue
            found.append(link)
            if link.target not in seen:
                seen.add(link.target)
                waiting.append(link.target)
    return found
