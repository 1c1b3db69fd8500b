"""Named styles of the binder: one typography, accountants' formats, colour that prints grey."""

from __future__ import annotations

from dataclasses import replace

from invval_xl.workpapers.sheet_plan import Style

__all__ = ["PALETTE", "STYLES", "TIER_COLORS"]

PALETTE = {
    "ink": "1F2933",
    "quiet": "61707F",
    "rule": "9AA5B1",
    "band": "EEF2F6",
    "header": "24405E",
    "input": "FFF8E1",
    "accent": "1F6F8B",
    "good": "2E7D32",
    "warn": "B26A00",
    "stop": "B3261E",
}

# Each darker than the one before, so that they stay apart where colour is not printed.
TIER_COLORS = {"green": "CFE8CC", "yellow": "F2D16B", "orange": "E08A3C", "red": "A3302A"}

_MONEY = '_(#,##0.00_);_((#,##0.00);_("-"??_);_(@_)'
_MONEY0 = '_(#,##0_);_((#,##0);_("-"??_);_(@_)'
_UNIT_PRICE = '_(#,##0.00##_);_((#,##0.00##);_("-"??_);_(@_)'
_KPI = '[>=100000000]#,##0.0,,"m";#,##0'
_UNITS = '_(#,##0.###_);_((#,##0.###);_("-"??_);_(@_)'

_base = Style(color=PALETTE["ink"])
_number = replace(_base, align="right")

STYLES: dict[str, Style] = {
    "text": _base,
    "circumstance": _base,
    "wrap": replace(_base, wrap=True),
    "center": replace(_base, align="center"),
    "quiet": replace(_base, color=PALETTE["quiet"]),
    "quiet_wrap": replace(_base, color=PALETTE["quiet"], wrap=True),
    "title": replace(_base, bold=True, size=16, color=PALETTE["header"]),
    "subtitle": replace(_base, size=11, color=PALETTE["quiet"]),
    "section": replace(_base, bold=True, size=11, color=PALETTE["header"], bottom="thin"),
    "label": replace(_base, color=PALETTE["quiet"]),
    "value": replace(_base, bold=True),
    "link": replace(_base, color=PALETTE["accent"], underline=True),
    "header": replace(
        _base,
        bold=True,
        color="FFFFFF",
        fill=PALETTE["header"],
        wrap=True,
        valign="center",
        align="center",
    ),
    "header_left": replace(
        _base,
        bold=True,
        color="FFFFFF",
        fill=PALETTE["header"],
        wrap=True,
        valign="center",
    ),
    "money": replace(_number, number_format=_MONEY),
    "money0": replace(_number, number_format=_MONEY0),
    "money_total": replace(_number, number_format=_MONEY, bold=True, top="thin", bottom="double"),
    "unit_price": replace(_number, number_format=_UNIT_PRICE),
    "units": replace(_number, number_format=_UNITS),
    "units_total": replace(_number, number_format=_UNITS, bold=True, top="thin", bottom="double"),
    "count": replace(_number, number_format="#,##0"),
    "count_total": replace(_number, number_format="#,##0", bold=True, top="thin", bottom="double"),
    "rate": replace(_number, number_format="0.0%"),
    "rate_precise": replace(_number, number_format="0.00%"),
    "ratio": replace(_number, number_format="0.00"),
    "ratio_precise": replace(_number, number_format="0.000"),
    "per_day": replace(_number, number_format="0.0000"),
    "days": replace(_number, number_format="#,##0"),
    "date": replace(_base, number_format="yyyy-mm-dd", align="left"),
    "total_label": replace(_base, bold=True, top="thin", bottom="double"),
    "input_rate": replace(_number, number_format="0.00%", fill=PALETTE["input"], locked=False),
    "input_number": replace(
        _number, number_format="#,##0.####", fill=PALETTE["input"], locked=False
    ),
    "input_text": replace(_base, fill=PALETTE["input"], locked=False),
    "input_money": replace(_number, number_format=_MONEY, fill=PALETTE["input"], locked=False),
    "input_date": replace(
        _base, number_format="yyyy-mm-dd", align="left", fill=PALETTE["input"], locked=False
    ),
    "sign_off": replace(_base, fill=PALETTE["input"], bottom="thin", locked=False),
    "tick": replace(_base, color=PALETTE["accent"], bold=True, size=8, align="right"),
    "tick_legend": replace(_base, color=PALETTE["accent"], bold=True, align="center"),
    "tick_fails": replace(_base, color=PALETTE["stop"], bold=True),
    "value_wrap": replace(_base, bold=True, wrap=True),
    "good": replace(_base, color=PALETTE["good"], bold=True),
    "warn": replace(_base, color=PALETTE["warn"], bold=True),
    "stop": replace(_base, color=PALETTE["stop"], bold=True),
    "stop_center": replace(_base, color=PALETTE["stop"], bold=True, align="center"),
    "choice": replace(
        _base,
        bold=True,
        size=12,
        fill=PALETTE["input"],
        bottom="thin",
        locked=False,
        valign="center",
    ),
    "kpi_label": replace(_base, color=PALETTE["quiet"], size=9),
    "kpi_money": replace(
        _base,
        bold=True,
        size=14,
        color=PALETTE["header"],
        number_format=_KPI,
        align="left",
    ),
    "kpi_rate": replace(
        _base,
        bold=True,
        size=14,
        color=PALETTE["header"],
        number_format="0.0%",
        align="left",
    ),
    "kpi_count": replace(
        _base,
        bold=True,
        size=14,
        color=PALETTE["header"],
        number_format="#,##0",
        align="left",
    ),
    "kpi_text": replace(_base, bold=True, size=14, color=PALETTE["header"]),
    **{
        f"tier_{tier}": replace(
            _base,
            fill=color,
            align="center",
            bold=tier in {"red", "orange"},
            color="FFFFFF" if tier == "red" else PALETTE["ink"],
        )
        for tier, color in TIER_COLORS.items()
    },
}
