"""Run the server until Ctrl-C: 127.0.0.1 only, https only, nothing logged but faults."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from invval_xl.hosts.officejs.application import application
from invval_xl.hosts.officejs.setup import read_token

if TYPE_CHECKING:
    from invval_xl.hosts.officejs.settings import Settings

__all__ = ["serve"]

_GRACE_SECONDS = 5
_CONNECTIONS = 256


def serve(at: Settings) -> None:
    """Answer Excel until interrupted; requests under way get five seconds to end.

    No access log is kept: the pane's address carries the token.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            application(at.origin, read_token(at)),
            host="127.0.0.1",
            port=at.port,
            ssl_certfile=str(at.certificate),
            ssl_keyfile=str(at.key),
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_level="error",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    with suppress(KeyboardInterrupt):  # uvicorn ends in order, then hands Ctrl-C on
        server.run()
