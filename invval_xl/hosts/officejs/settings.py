"""What this installation keeps for Excel: certificate, key, token, manifest, in one folder."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.hosts.com.paths import places

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DEFAULT_PORT", "Settings", "settings", "write_private"]

DEFAULT_PORT = 8790


@dataclass(frozen=True)
class Settings:
    """The folder and the port.

    Parameters
    ----------
    folder
        ``.invval/officejs`` in the user's profile; nobody else may read it.
    port
        The port on 127.0.0.1; part of the manifest, hence of the installation.
    """

    folder: Path
    port: int = DEFAULT_PORT

    @property
    def origin(self) -> str:
        """Where Excel finds the server."""
        return f"https://localhost:{self.port}"

    @property
    def certificate(self) -> Path:
        """The certificate the user trusts (or not)."""
        return self.folder / "localhost.crt"

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.folder / "localhost.key"

    @property
    def token(self) -> Path:
        """The secret between the pane and the server."""
        return self.folder / "token"

    @property
    def manifest(self) -> Path:
        """What Excel is given; it carries the token."""
        return self.folder / "manifest.xml"

    @property
    def secrets(self) -> tuple[Path, ...]:
        """Files nobody else may read."""
        return self.key, self.token, self.manifest

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything kept."""
        return self.certificate, *self.secrets


def settings(port: int = DEFAULT_PORT) -> Settings:
    """The settings of this user, from the environment."""
    return Settings(places().settings / "officejs", port)


def write_private(path: Path, content: bytes) -> None:
    """Replace ``path`` whole; it is readable by its owner only from its first moment."""
    fresh = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
