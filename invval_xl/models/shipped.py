"""What answers where nobody trained a model: an ageing table counted on two public retailers.

Counted by ``tests/bench/count_shipped_table.py`` on AdventureWorks DW and UCI Online Retail; the
numbers stand in ``shipped_table.json``. It is an ageing table and says so: no model is shipped,
because a model of other people's items would look like knowledge of yours.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files

import numpy as np

from invval_xl.models.features import FEATURES, Encoding
from invval_xl.models.interval import Calibration
from invval_xl.models.markdown import Carried
from invval_xl.models.opponents import AgeingTable
from invval_xl.models.paths import PathBook
from invval_xl.models.sellability import Sellability
from invval_xl.models.targets import TargetPolicy
from invval_xl.models.trained import Answering, TrainedModel
from invval_xl.models.withhold import PATTERNS

__all__ = ["SHIPPED_NAME", "shipped_model"]

SHIPPED_NAME = "ageing table counted on two public retailers"


@cache
def shipped_model() -> TrainedModel:
    """The shipped default; every horizon is answered by its table."""
    text = (files("invval_xl.models") / "shipped_table.json").read_bytes()
    data = json.loads(text)
    book = PathBook(np.array(data["states"], np.int8), np.array(data["path_share"]))
    table = AgeingTable(book, np.array(data["share"]), np.array(data["rows"]), SHIPPED_NAME)
    none = np.zeros(0)
    carried = Carried(
        "mean",
        np.array(data["rate_mean"]),
        none,
        np.zeros((0, 3)),
        np.array(data["rate_band"]),
        np.array(data["rate_atoms"]),
    )
    # Without a trained model nothing a cell knows narrows the interval: one for all facts.
    calibration = Calibration(low=0.05, high=0.95, high_alone=0.90)
    three = (calibration, calibration, calibration)
    part = Answering(
        sellability=Sellability(book, None, table, (table,)),
        markdown=None,
        carried=carried,
        calibration=three,
        answered_by=("table", "table", "table"),
        markdown_answered_by=("mean", "mean", "mean"),
        patterns=tuple((c,) * len(PATTERNS) for c in three),
    )
    return TrainedModel(
        model_id="shipped-" + hashlib.sha256(text).hexdigest()[:6],
        full=part,
        cell=part,
        encoding=Encoding(),
        target_policy=TargetPolicy(),
        typical=np.full(len(FEATURES), np.nan),
        training=None,
    )
