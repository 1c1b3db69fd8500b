"""``invval serve setup | doctor | remove``: what Excel needs before it can ask us."""

from __future__ import annotations

import secrets
import socket
import stat
import sys
from typing import TYPE_CHECKING

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.officejs.certificate import certificate_faults, make_certificate
from invval_xl.hosts.officejs.manifest import manifest_xml
from invval_xl.hosts.officejs.settings import write_private
from invval_xl.hosts.officejs.trust import trusted

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from invval_xl.findings import Finding
    from invval_xl.hosts.officejs.settings import Settings

__all__ = ["doctor", "read_token", "remove", "set_up", "trust_steps"]

_LISTENS_SECONDS = 0.5


def set_up(at: Settings, now: dt.datetime) -> tuple[Path, ...]:
    """Make what is missing: certificate and key (anew where they no longer do), token, manifest.

    The token stays, so that a manifest Excel has keeps its worth. Nothing is put among the
    system's trusted certificates: that is the user's own act (:func:`trust_steps`).
    """
    at.folder.mkdir(parents=True, exist_ok=True)
    at.folder.chmod(0o700)
    if not at.certificate.is_file() or certificate_faults(at.certificate, at.key, now):
        certificate, key = make_certificate(now)
        write_private(at.key, key)
        write_private(at.certificate, certificate)
    if not at.token.is_file():
        write_private(at.token, secrets.token_urlsafe(32).encode())
    write_private(at.manifest, manifest_xml(at.origin, read_token(at)).encode())
    return at.files


def read_token(at: Settings) -> str:
    """The secret of this installation."""
    return at.token.read_text(encoding="ascii").strip()


def remove(at: Settings) -> tuple[Path, ...]:
    """Remove every file kept; what was removed. Trust given to the certificate is the user's."""
    removed = []
    for path in at.files:
        if path.is_file():
            path.unlink()
            removed.append(path)
    if at.folder.is_dir() and not any(at.folder.iterdir()):
        at.folder.rmdir()
        removed.append(at.folder)
    return tuple(removed)


def trust_steps(at: Settings, platform: str = sys.platform) -> tuple[str, ...]:
    """How the user puts the certificate among the trusted ones, and gives Excel the manifest."""
    if platform == "darwin":
        trust = (
            f"Trust the certificate: open {at.certificate} (Keychain Access opens), choose the "
            "login keychain, then double-click 'invval on this computer', Trust, 'When using this "
            "certificate: Always Trust'."
        )
        give = (
            f"Excel on the Mac: copy {at.manifest} into ~/Library/Containers/com.microsoft.Excel/"
            "Data/Documents/wef (make the folder where there is none), start Excel anew, then "
            "Insert or Home, Add-ins, 'Inventory valuation'."
        )
    elif platform == "win32":
        trust = (
            f"Trust the certificate: open {at.certificate}, Install Certificate, Current User, "
            "'Place all certificates in the following store', Trusted Root Certification "
            "Authorities."
        )
        give = "Excel on Windows: the add-in of 'invval addin install' is the better way."
    else:
        trust = (
            f"Trust the certificate in the browser Excel on the web runs in: its settings, "
            f"certificates, import {at.certificate} as trusted for websites."
        )
        give = "Excel on this system runs on the web only."
    web = (
        "Excel on the web, in a browser on this same computer: Home, Add-ins, More Add-ins, My "
        f"Add-ins, Upload My Add-in, {at.manifest}. The browser may ask whether the page may reach "
        "this computer: allow it."
    )
    return trust, give, web, "Then leave this running while Excel is open: invval serve"


def doctor(at: Settings, now: dt.datetime) -> list[Finding]:
    """Every fault of the set-up with its mend; AD412 where there is none."""
    missing = [path for path in at.files if not path.is_file()]
    if missing:
        return [finding("AD401", path=str(missing[0]))]
    faults = certificate_faults(at.certificate, at.key, now)
    faults += _open_secrets(at)
    if at.manifest.read_text(encoding="utf-8") != manifest_xml(at.origin, read_token(at)):
        faults.append(finding("AD411", path=str(at.manifest), port=at.port))
    known = trusted(at.certificate)
    if known is None:
        faults.append(finding("AD407", path=str(at.certificate)))
    elif not known:
        faults.append(finding("AD406", path=str(at.certificate)))
    faults.append(finding("AD409" if listening(at) else "AD410", origin=at.origin))
    if not any(fault.severity.value == "STOP" for fault in faults):
        faults.append(finding("AD412", path=str(at.manifest)))
    return sorted(faults, key=lambda fault: fault.order)


def _open_secrets(at: Settings) -> list[Finding]:
    """Secrets that others may read, where the system has such modes."""
    if sys.platform == "win32":
        return []
    others = stat.S_IRWXG | stat.S_IRWXO
    return [finding("AD405", path=str(path)) for path in at.secrets if path.stat().st_mode & others]


def listening(at: Settings) -> bool:
    """Whether anything listens on our port."""
    try:
        with socket.create_connection(("127.0.0.1", at.port), timeout=_LISTENS_SECONDS):
            return True
    except OSError:
        return False


def refuse_unready(at: Settings, now: dt.datetime) -> None:
    """Refuse to serve where Excel could not be answered.

    Raises
    ------
    RefusedError
        With every STOP finding; also where the port is held already.
    """
    faults = [fault for fault in doctor(at, now) if fault.severity.value == "STOP"]
    if listening(at):
        faults.append(finding("AD413", port=at.port))
    if faults:
        raise RefusedError(faults)
