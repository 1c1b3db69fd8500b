"""Whether this computer trusts our certificate; only looked at, never changed."""

from __future__ import annotations

import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["trusted"]

_SECURITY = "/usr/bin/security"
_SECONDS = 20.0


def trusted(certificate: Path) -> bool | None:
    """Whether the system trusts it; ``None`` where the browser alone decides (Linux)."""
    if sys.platform == "darwin":
        return _in_keychain(certificate)
    if sys.platform == "win32":
        return _in_windows_store(certificate)
    return None


def _in_keychain(certificate: Path) -> bool:
    command = [_SECURITY, "verify-cert", "-c", str(certificate), "-p", "ssl", "-s", "localhost"]
    done = subprocess.run(  # noqa: S603 - Apple's own program by its full path
        command, capture_output=True, timeout=_SECONDS, check=False
    )
    return done.returncode == 0


def _in_windows_store(certificate: Path) -> bool:
    ours = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return ours in context.get_ca_certs(binary_form=True)
