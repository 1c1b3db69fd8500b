"""What stands before every request: nothing but this computer's own Excel pane gets through.

A plain loopback server can be asked by any web page (a simple cross-site POST), by a page whose
name was pointed at 127.0.0.1 (DNS rebinding) and by any other user of the computer. So: an exact
Host, an exact Origin, a token only the manifest's reader knows, JSON that forces a preflight we
never grant, a size known beforehand, and a list of paths outside which there is nothing. All is
decided on ``scope["path"]`` and the raw header bytes, never on a URL put together from them.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["Guard", "Rules"]

TOKEN_HEADER = b"x-invval-token"

# Excel on the web fetches the function list itself, from one of Microsoft's origins.
_OFFICE_HOSTS = (".officeapps.live.com", ".office.com", ".sharepoint.com", ".cloud.microsoft")
_SHARED_WITH_OFFICE = "/functions.json"
_CDN = "https://appsforoffice.microsoft.com"
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        (
            f"default-src 'none'; script-src 'self' {_CDN}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; connect-src 'self' {_CDN}; base-uri 'none'; form-action 'none'"
        ).encode(),
    ),
)


@dataclass(frozen=True)
class Rules:
    """What may be asked.

    Parameters
    ----------
    origin
        Our own, ``https://localhost:8790``.
    token
        The secret of this installation.
    readable
        Paths of public files.
    limits
        Paths that take a POST, and the most bytes each takes.
    """

    origin: str
    token: str
    readable: frozenset[str]
    limits: Mapping[str, int]

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence where the request is refused, ``None`` where it may pass."""
        path, method = scope["path"], scope["method"]
        headers = _Headers(scope["headers"])
        if headers.only(b"host") != urlsplit(self.origin).netloc.encode():
            return 421, "This server answers under its own name only."
        if scope.get("raw_path") not in (None, path.encode()):
            return 404, "There is nothing here."
        if path in self.readable:
            return self._reading(path, method, headers)
        if path in self.limits:
            return self._asking(path, method, headers)
        return 404, "There is nothing here."

    def _reading(self, path: str, method: str, headers: _Headers) -> tuple[int, str] | None:
        if method not in ("GET", "HEAD"):
            return 405, "This is read only."
        origin = headers.all(b"origin")
        if not origin or origin == [self.origin.encode()] or self.shared(path, headers):
            return None
        return 403, "Another site may not read this."

    def shared(self, path: str, headers: _Headers) -> bytes:
        """The Microsoft origin that may read ``path``, empty where none asks."""
        origin = headers.only(b"origin")
        if path != _SHARED_WITH_OFFICE or not origin.startswith(b"https://"):
            return b""
        host = origin.removeprefix(b"https://").decode("latin-1")
        plain = all(letter.isalnum() or letter in "-." for letter in host)
        return origin if plain and host.endswith(_OFFICE_HOSTS) else b""

    def _asking(self, path: str, method: str, headers: _Headers) -> tuple[int, str] | None:
        if method != "POST":
            return 405, "This takes a POST."
        same_site = headers.all(b"sec-fetch-site") in ([], [b"same-origin"])
        if headers.only(b"origin") != self.origin.encode() or not same_site:
            return 403, "Another site may not ask this."
        if not hmac.compare_digest(headers.only(TOKEN_HEADER), self.token.encode()):
            return 401, (
                "The token does not fit this server. Run: invval serve setup, and give Excel the "
                "manifest it writes."
            )
        return self._unfit(self.limits[path], headers)

    @staticmethod
    def _unfit(most: int, headers: _Headers) -> tuple[int, str] | None:
        """Whether the body is of another kind, or larger than ``most`` bytes."""
        kind = headers.only(b"content-type").split(b";")[0].strip().lower()
        if kind != b"application/json":
            return 415, "This takes JSON."
        length = headers.only(b"content-length")
        if not length.isdigit() or headers.all(b"transfer-encoding"):
            return 411, "The size must be told beforehand."
        if int(length) > most:  # the parser lets no more than twenty digits through
            return 413, f"That is more than this server takes at once ({most // 1_000_000} MB)."
        return None


class _Headers:
    """The raw headers of a request."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self._pairs = pairs

    def all(self, name: bytes) -> list[bytes]:
        """Every value of ``name``."""
        return [value for key, value in self._pairs if key.lower() == name]

    def only(self, name: bytes) -> bytes:
        """The one value of ``name``; empty where there is none, or more than one."""
        values = self.all(name)
        return values[0] if len(values) == 1 else b""


class Guard:
    """The application behind :class:`Rules`; refusals never reach it."""

    def __init__(self, application: Application, rules: Rules) -> None:
        self._application = application
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        extra = list(_HEADERS)
        shared = self._rules.shared(scope["path"], _Headers(scope["headers"]))
        if shared:
            extra.append((b"access-control-allow-origin", shared))
        extra.append((b"vary", b"origin"))

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        refused = self._rules.refusal(scope)
        if refused is None:
            await self._application(scope, receive, guarded)
            return
        status, sentence = refused
        body = json.dumps({"error": sentence}).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await guarded({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})
