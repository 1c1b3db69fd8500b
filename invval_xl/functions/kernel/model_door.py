"""Where the cells of this process find the model that answers them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from invval_xl.findings import RefusedError
from invval_xl.functions.errors import CellError, Mark

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.models.cell_money import CellPolicy
    from invval_xl.models.trained import TrainedModel

__all__ = ["cell_policy", "model_in_service", "use_models"]


class _Door:
    """The folder of the model's manifest and the key of its seal; none: the shipped table."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.key: bytes | None = None


_door = _Door()


def use_models(folder: Path | None, key: bytes | None) -> None:
    """Let the cells of this process be answered by the model in service in ``folder``.

    Costs nothing: the model is loaded by the first predictive cell, and looked for again by every
    one, so that a retrained model answers at the next calculation.

    Parameters
    ----------
    folder, key
        Where the manifest lies and the key of its seal, from the host. ``None``: the shipped
        ageing table answers, and ``INV_MODEL`` says so.
    """
    _door.folder, _door.key = folder, key


def model_in_service() -> TrainedModel:
    """The model that answers now.

    Raises
    ------
    CellError
        ``#N/A`` where a file of the model is not what its manifest vouches for: no answer is
        better than one by a model nobody can name.
    """
    from invval_xl.models.serving import served_model

    try:
        return served_model(_door.folder, _door.key).model
    except RefusedError as refusal:
        said = f"{refusal}".removesuffix(".")
        raise CellError(Mark.NA, f"the trained model is refused: {said}") from refusal


@cache
def cell_policy() -> CellPolicy:
    """Policy values a typed item is judged by: the defaults of ``policy/default.toml``."""
    from invval_xl.models.cell_money import CellPolicy
    from invval_xl.policy.parameters import parameters

    return CellPolicy.from_values({name: p.default for name, p in parameters().items()})
