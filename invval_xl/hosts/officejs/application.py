"""The local application: public files, batches of calls, status, and refresh of a copy."""

from __future__ import annotations

import asyncio
import json
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from invval_xl import __version__
from invval_xl.functions.errors import last_error
from invval_xl.functions.kernel.call import one
from invval_xl.functions.registry import functions
from invval_xl.hosts.officejs.calls import MalformedError, answered, read_json
from invval_xl.hosts.officejs.guard import Guard, Rules
from invval_xl.hosts.officejs.help_page import help_html
from invval_xl.hosts.officejs.icons import SIZES, icon
from invval_xl.hosts.officejs.metadata import functions_json
from invval_xl.hosts.officejs.parts import part
from invval_xl.hosts.officejs.refresh_copy import refresh_copy
from invval_xl.hosts.officejs.script import functions_js

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LIMITS", "application", "public_files"]

LIMITS: dict[str, int] = {"/batch": 16_000_000, "/status": 1_000, "/refresh": 128_000_000}


def public_files(origin: str) -> dict[str, tuple[str, bytes]]:
    """Media type and bytes of everything that may be read; no secret is in any of it."""
    texts = {
        "/taskpane.html": ("text/html", part("taskpane.html")),
        "/taskpane.css": ("text/css", part("taskpane.css")),
        "/taskpane.js": ("text/javascript", part("taskpane.js")),
        "/functions.js": ("text/javascript", functions_js(origin)),
        "/functions.json": ("application/json", functions_json(origin)),
        "/help.html": ("text/html", help_html()),
    }
    files = {
        path: (f"{kind}; charset=utf-8", text.encode()) for path, (kind, text) in texts.items()
    }
    return {**files, **{f"/icon-{size}.png": ("image/png", icon(size)) for size in SIZES}}


def application(origin: str, token: str) -> Guard:
    """The application with its guard.

    Parameters
    ----------
    origin
        Where it will be served, ``https://localhost:8790``.
    token
        The secret of this installation.
    """
    files = public_files(origin)
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for path, (kind, content) in files.items():
        inner.add_api_route(path, _file(content, kind), methods=["GET", "HEAD"])
    # One thread computes: the sentence behind the last error belongs to the call just made.
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="invval-cells")

    async def computed(ask: Callable[[], Any]) -> Response:
        content = await asyncio.get_running_loop().run_in_executor(worker, ask)
        return Response(content, media_type="application/json")

    @inner.post("/batch")
    async def batch(request: Request) -> Response:
        body = await request.body()
        return await computed(lambda: json.dumps(answered(read_json(body)), allow_nan=False))

    @inner.post("/status")
    async def status(_request: Request) -> Response:
        return await computed(lambda: json.dumps(_status()))

    @inner.post("/refresh")
    async def refresh(request: Request) -> Response:
        told = await asyncio.to_thread(read_json, await request.body())
        answer = await refresh_copy(told, request.is_disconnected)
        content = await asyncio.to_thread(json.dumps, answer)
        return Response(content, media_type="application/json")

    @inner.exception_handler(MalformedError)
    async def malformed(_request: Request, error: MalformedError) -> Response:
        return _refused(400, str(error))

    @inner.exception_handler(Exception)
    async def fault(_request: Request, error: Exception) -> Response:
        return _refused(500, f"A fault of the product: {type(error).__name__}.")

    return Guard(inner, Rules(origin, token, frozenset(files), LIMITS))


def _refused(status: int, sentence: str) -> Response:
    return Response(json.dumps({"error": sentence}), status, media_type="application/json")


def _file(content: bytes, kind: str) -> Callable[[], Any]:
    async def file() -> Response:
        return Response(content, media_type=kind)

    return file


def _status() -> dict[str, Any]:
    return {
        "version": __version__,
        "python": platform.python_version(),
        "functions": len(functions()),
        "model": str(one("INV_MODEL", "answers")),
        "last_error": last_error.text(),
    }
