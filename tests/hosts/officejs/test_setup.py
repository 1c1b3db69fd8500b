"""Setup, doctor and remove: nothing trusted silently, every fault named with its mend."""

from __future__ import annotations

import datetime as dt
import json
import stat

import pytest
from cryptography import x509

from invval_xl.__main__ import main
from invval_xl.findings import RefusedError
from invval_xl.hosts.officejs import setup, trust
from invval_xl.hosts.officejs.certificate import VALID_DAYS, make_certificate
from invval_xl.hosts.officejs.settings import Settings, write_private

NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)


@pytest.fixture
def at(tmp_path):
    made = Settings(tmp_path / "officejs", 1)  # nothing of ours listens on port 1
    setup.set_up(made, NOW)
    return made


def codes(at, now=NOW):
    return {finding.code for finding in setup.doctor(at, now)}


def test_a_fresh_set_up_is_in_order_but_for_the_server(at, monkeypatch):
    assert codes(at) == {"AD407", "AD410", "AD412"}
    monkeypatch.setattr(setup, "trusted", lambda _certificate: False)
    assert codes(at) == {"AD406", "AD410", "AD412"}
    monkeypatch.setattr(setup, "trusted", lambda _certificate: True)
    assert codes(at) == {"AD410", "AD412"}


def test_nothing_set_up_is_named_and_serving_refused(tmp_path):
    nothing = Settings(tmp_path / "none", 1)
    assert codes(nothing) == {"AD401"}
    with pytest.raises(RefusedError) as refused:
        setup.refuse_unready(nothing, NOW)
    assert [finding.code for finding in refused.value.findings] == ["AD401"]


def test_set_up_again_keeps_what_is_good(at):
    before = {path: path.read_bytes() for path in at.files}
    setup.set_up(at, NOW + dt.timedelta(days=30))
    assert {path: path.read_bytes() for path in at.files} == before


def test_a_certificate_near_its_end_is_renewed_and_the_token_stays(at):
    token, old = at.token.read_bytes(), at.certificate.read_bytes()
    later = NOW + dt.timedelta(days=VALID_DAYS - 10)
    assert "AD403" in codes(at, later)
    assert "AD402" in codes(at, NOW + dt.timedelta(days=VALID_DAYS + 1))
    setup.set_up(at, later)
    assert at.certificate.read_bytes() != old
    assert at.token.read_bytes() == token
    assert "AD403" not in codes(at, later)


@pytest.mark.parametrize("spoil", ["another key", "no certificate in it", "cut key"])
def test_a_certificate_that_does_not_do_is_named(at, spoil):
    if spoil == "another key":
        at.key.write_bytes(make_certificate(NOW)[1])
    elif spoil == "cut key":
        at.key.write_bytes(at.key.read_bytes()[:60])
    else:
        at.certificate.write_text("nothing")
    assert "AD402" in codes(at)
    setup.set_up(at, NOW)
    assert "AD402" not in codes(at)


def test_a_secret_others_may_read_stops_the_server(at):
    for path in at.secrets:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    at.token.chmod(0o644)
    assert "AD405" in codes(at)
    with pytest.raises(RefusedError):
        setup.refuse_unready(at, NOW)


def test_a_private_file_is_never_open_to_others_not_even_while_written(tmp_path):
    place = tmp_path / "secret"
    place.write_text("old")
    place.chmod(0o666)
    write_private(place, b"new")
    assert (place.read_bytes(), stat.S_IMODE(place.stat().st_mode)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [place]


def test_a_manifest_of_another_port_is_stale(at):
    assert "AD411" in codes(Settings(at.folder, 2))


def test_the_certificate_is_for_localhost_as_a_server_and_signs_nothing(at):
    read = x509.load_pem_x509_certificate(at.certificate.read_bytes())
    found = read.extensions
    assert not found.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not found.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert (read.not_valid_after_utc - read.not_valid_before_utc).days < 398


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_the_steps_name_the_files_and_leave_trust_to_the_user(at, platform):
    steps = setup.trust_steps(at, platform)
    text = " ".join(steps)
    assert str(at.certificate) in text
    assert str(at.manifest) in text
    assert steps[-1].endswith("invval serve")


def test_trust_is_only_looked_at(at, monkeypatch):
    asked = []

    def run(command, **_options):
        asked.append(command)
        return type("Done", (), {"returncode": 1})

    monkeypatch.setattr(trust.sys, "platform", "darwin")
    monkeypatch.setattr(trust.subprocess, "run", run)
    assert trust.trusted(at.certificate) is False
    assert [command[1] for command in asked] == ["verify-cert"]
    assert trust._in_windows_store(at.certificate) is False
    monkeypatch.setattr(trust.sys, "platform", "linux")
    assert trust.trusted(at.certificate) is None


def test_the_command_sets_up_says_what_to_do_and_takes_it_away(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert main(["serve", "doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "AD401"
    assert main(["serve", "setup"]) == 0
    said = capsys.readouterr().out
    token = (tmp_path / ".invval" / "officejs" / "token").read_text()
    assert "manifest.xml" in said
    assert token not in said
    assert main(["serve", "remove"]) == 0
    assert not (tmp_path / ".invval" / "officejs").exists()


@pytest.mark.parametrize("port", ["80", "x", "70000"])
def test_a_port_nobody_may_have_is_misuse(port, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", port])
    assert ended.value.code == 2


def test_the_missing_extra_is_named(monkeypatch, capsys):
    from invval_xl.hosts.terminal import serve_command

    monkeypatch.setattr(serve_command, "find_spec", lambda name: None if "fast" in name else 1)
    assert main(["serve", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["findings"][0]
    assert told["code"] == "AD408"
    assert "invval-xl[officejs]" in told["remedy"]
