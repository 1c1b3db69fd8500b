"""What lies beside a workbook and bears on its papers: one place every host asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from invval_xl.hosts.file.kept_store import kept_beside
from invval_xl.hosts.file.ledger import with_memory
from invval_xl.hosts.file.lookback_store import lookback_of
from invval_xl.hosts.file.model_store import model_folder, model_of, seal_key

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.runs.refresh_reserve import RefreshRequest
    from invval_xl.tables.grid import RawBook

__all__ = ["answer_cells", "with_all_beside", "with_model"]


def answer_cells(book: Path) -> None:
    """Let the model trained on ``book``, where there is one, answer the predictive cells."""
    from invval_xl.functions.kernel.model_door import use_models

    if model_of(book) is not None:
        use_models(model_folder(book), seal_key())


def with_model(request: RefreshRequest, book: Path) -> RefreshRequest:
    """The request with the model trained on ``book``, its lookback and what its import kept.

    Where neither lies beside it, what the request brought stands.

    Raises
    ------
    RefusedError
        Where a file is not what its seal vouches for (MD101 to MD105, MD309).
    """
    served = model_of(book)
    return replace(
        request,
        model=served.model if served else request.model,
        lookback=request.lookback or lookback_of(book),
        beside=request.beside or kept_beside(book),
    )


def with_all_beside(
    request: RefreshRequest, book: Path, raw: RawBook, ledger_url: str = ""
) -> RefreshRequest:
    """The request with model, lookback, what the ledger remembers and what stands typed on C-7.

    Every run that lays or judges the papers of a workbook on disk asks so.
    """
    return with_model(with_memory(request, book, raw, ledger_url), book)
