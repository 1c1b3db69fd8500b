"""A certificate for ``localhost``, made on this computer and trusted by nobody until the user does.

Excel loads add-ins over https only. No authority signs ``localhost``, so the user makes a
certificate here, and puts it among the trusted ones himself: nothing is trusted silently.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from invval_xl.guidance.register import finding

if TYPE_CHECKING:
    from pathlib import Path

    from invval_xl.findings import Finding

__all__ = ["VALID_DAYS", "certificate_faults", "make_certificate"]

VALID_DAYS = 397  # what browsers accept at most of a server's certificate
_RENEW_DAYS = 30
_NAME = "localhost"


def make_certificate(now: dt.datetime) -> tuple[bytes, bytes]:
    """Certificate and private key as PEM; good for ``localhost`` as a server and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invval on this computer")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName(_NAME), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS - 1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def certificate_faults(certificate: Path, key: Path, now: dt.datetime) -> list[Finding]:
    """What is wrong with the pair: unreadable, of another name, of another key, out of date."""
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return [finding("AD402", path=str(certificate), why="it or its key cannot be read")]
    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = _NAME in names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        named = False
    if not named:
        return [finding("AD402", path=str(certificate), why="it is not for localhost")]
    if read.public_key() != secret.public_key():
        return [finding("AD402", path=str(certificate), why="its key is another one")]
    until = read.not_valid_after_utc
    if not read.not_valid_before_utc <= now <= until:
        return [finding("AD402", path=str(certificate), why=f"it was good until {until:%Y-%m-%d}")]
    left = (until - now).days
    return [finding("AD403", path=str(certificate), days=left)] if left < _RENEW_DAYS else []
