"""The real server refuses what reliability.md names, and answers nobody but its own pane."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import ssl
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from invval_xl.__main__ import main
from invval_xl.functions.kernel.call import spill
from invval_xl.functions.registry import functions
from invval_xl.hosts.officejs.application import LIMITS
from invval_xl.hosts.officejs.refresh_copy import safe_name
from tests.hosts.officejs.conftest import start, stop
from tests.hosts.officejs.outside import as_excel_hands_over

HEAVY = ("pandas", "sklearn", "scipy", "joblib", "pyarrow", "openpyxl", "xlsxwriter", "fastexcel",
         "xlwings", "polars")  # fmt: skip
NRV = json.dumps({"calls": [["INV_NRV", [[[70]], [[20]]]]]}).encode()


def call(served, *calls):
    body = json.dumps({"calls": list(calls)}).encode()
    status, _, told = served.ask("/batch", body)
    assert status == 200, told
    return json.loads(told)["answers"]


def test_our_own_pane_is_answered(served):
    status, headers, body = served.ask("/batch", NRV)
    assert (status, json.loads(body)) == (200, {"answers": [{"rows": [[50.0]]}]})
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


PROBES = {
    "a simple cross-site POST": (
        403, {"origin": "https://evil.example", "content_type": "text/plain"}),
    "DNS rebinding by Host": (421, {"host": "evil.example:{port}"}),
    "another port's Host": (421, {"host": "localhost:1"}),
    "Host by address": (421, {"host": "127.0.0.1:{port}"}),
    "no Host (the parser refuses it)": (None, {"host": None}),
    "another Origin": (403, {"origin": "https://localhost.evil.example:{port}"}),
    "the Origin over http": (403, {"origin": "http://localhost:{port}"}),
    "a null Origin": (403, {"origin": "null"}),
    "no Origin (another local program)": (403, {"origin": None}),
    "a cross-site fetch": (403, {"sec_fetch_site": "cross-site"}),
    "no token": (401, {"x_invval_token": None}),
    "an empty token": (401, {"x_invval_token": ""}),
    "a wrong token": (401, {"x_invval_token": "A" * 43}),
    "the token as a bearer": (401, {"x_invval_token": None, "authorization": "Bearer {token}"}),
    "a form": (415, {"content_type": "application/x-www-form-urlencoded"}),
    "plain text": (415, {"content_type": "text/plain;charset=utf-8"}),
    "no content type": (415, {"content_type": None}),
    "too much": (413, {"content_length": str(LIMITS["/batch"] + 1)}),
    "absurdly much (the parser refuses it)": (None, {"content_length": "9" * 30}),
    "no length": (411, {"content_length": None}),
    "chunks": (411, {"content_length": None, "transfer_encoding": "chunked"}),
}  # fmt: skip


@pytest.mark.parametrize("probe", PROBES)
def test_probe_is_refused(served, probe):
    wanted, headers = PROBES[probe]
    filled = {
        key: value and value.format(port=served.port, token=served.token)
        for key, value in headers.items()
    }
    status, told, body = served.ask("/batch", NRV, **filled)
    assert status == wanted or (wanted is None and status == 400)
    assert b"rows" not in body
    assert served.token.encode() not in body
    assert "access-control-allow-origin" not in told


@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/", "/batch/", "//batch", "/./batch", "/x/../batch",
     "/%62atch", "/batch%2f", "/batch;a", "/functions.js/", "/..%2f..%2fetc/passwd", "/token",
     "/localhost.key", "/manifest.xml", "/.invval/officejs/token", "https://evil.example/batch",
     "/batch\\", "/BATCH"],
)  # fmt: skip
def test_there_is_nothing_at_any_other_path(served, path):
    for method in ("GET", "POST"):
        status, _, body = served.ask(path, NRV, method)
        assert status in (400, 404), (method, path)
        assert b"rows" not in body
        assert served.token.encode() not in body


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "GET", "HEAD"])
def test_a_preflight_or_another_method_gets_no_leave(served, method):
    asked = {"access_control_request_method": "POST", "origin": "https://evil.example"}
    status, headers, _ = served.ask("/batch", b"", method, **asked)
    assert status == 405
    assert not [name for name in headers if name.startswith("access-control")]


def test_a_repeated_header_counts_as_none(served):
    head = (
        f"POST /batch HTTP/1.1\r\nhost: localhost:{served.port}\r\norigin: {served.origin}\r\n"
        f"x-invval-token: {'A' * 43}\r\nx-invval-token: {served.token}\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(NRV)}\r\n\r\n"
    )
    assert served.raw(head.encode() + NRV)[0] == 401


def test_public_files_carry_no_secret_and_one_only_is_shared_with_office(served):
    office = "https://euc-excel.officeapps.live.com"
    for path in ("/functions.js", "/taskpane.html", "/taskpane.js", "/functions.json"):
        status, headers, body = served.ask(path, b"", "GET")
        assert status == 200
        assert served.token.encode() not in body
        assert "frame-ancestors" not in headers["content-security-policy"]  # Excel frames the pane
        shared, told, _ = served.ask(path, b"", "GET", origin=office)
        if path == "/functions.json":
            assert (shared, told["access-control-allow-origin"]) == (200, office)
        else:
            assert shared == 403
        for other in ("https://evil.example", "https://officeapps.live.com.evil.example",
                      "https://eviloffice.com", "http://a.office.com", "https://a@b.office.com",
                      "null"):  # fmt: skip
            refused, told, _ = served.ask(path, b"", "GET", origin=other)
            assert refused == 403, other
            assert "access-control-allow-origin" not in told


def test_it_listens_on_this_computer_only(served):
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex(("127.0.0.2", served.port)) != 0
    else:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((other, served.port)) != 0


def test_secrets_are_the_owners_alone(served):
    for name in ("token", "localhost.key", "manifest.xml"):
        assert stat.S_IMODE((served.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(served.folder.stat().st_mode) == 0o700


MALFORMED = [
    b"", b"[]", b"null", b"{", b'{"calls": 3}', b'{"calls": [["INV_NOPE", []]]}',
    b'{"calls": [["INV_NRV", [3]]]}', b'{"calls": [["INV_NRV", [[1, 2]]]]}',
    b'{"calls": [["INV_NRV", [[[1], [1, 2]]]]]}', b'{"calls": [["INV_NRV", [[[{}]]]]]}',
    b'{"calls": [["INV_NRV", [[[NaN]]]]]}', b'{"calls": [["INV_NRV", [[[Infinity]]]]]}',
    b'{"calls": [["INV_NRV", [[[1]],[[1]],[[1]],[[1]],[[1]]]]]}', b'{"calls": [[["INV_NRV"], []]]}',
    b"[" * 100_000, b"\xff\xfe{}", b'{"calls": [["__import__", [[["os"]]]]]}',
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=[b[:40].decode("latin-1") for b in MALFORMED])
def test_what_no_script_of_ours_sends_is_refused_in_a_sentence(served, body):
    status, _, told = served.ask("/batch", body)
    assert status == 400
    sentence = json.loads(told)["error"]
    assert sentence.endswith(".")
    assert "Traceback" not in sentence


@pytest.mark.parametrize(
    "body", [{}, {"name": "a.csv", "data": ""}, {"name": "a.xlsx", "data": "%%"}, {"name": 1}]
)
def test_refresh_refuses_what_is_no_workbook(served, body):
    status, _, told = served.ask("/refresh", json.dumps(body).encode())
    assert (status, "error" in json.loads(told)) == (400, True)


@pytest.mark.parametrize("name", functions())
def test_every_example_is_answered_as_in_process(served, name):
    formulas = [example.formula for example in functions()[name].examples]
    answers = call(served, *(as_excel_hands_over(formula) for formula in formulas))
    for formula, answer in zip(formulas, answers, strict=True):
        handed = as_excel_hands_over(formula)[1]
        raw = [a if a is None or len(a) > 1 or len(a[0]) > 1 else a[0][0] for a in handed]
        expected = [list(row) for row in spill(name, *raw)]
        got = [[SPELLED(c) if isinstance(c, dict) else c for c in row] for row in answer["rows"]]
        assert got == expected, formula
        assert ("why" in answer) == any(isinstance(c, int) for row in expected for c in row)


def SPELLED(cell):  # noqa: N802
    from invval_xl.functions.errors import SPELLINGS

    return SPELLINGS[cell["error"]]


def test_numbers_beyond_a_double_and_error_cells_stay_errors(served):
    huge = b'{"calls": [["INV_NRV", [[[1' + b"0" * 400 + b"]]]]]}"
    told = json.loads(served.ask("/batch", huge)[2])["answers"][0]
    assert told["rows"] == [[{"error": "#NUM!"}]]
    rows = call(served, ["INV_NRV", [[["#REF!"], ["#CALC!"], [None], [""], [True], [70]]]])
    assert [row[0] for row in rows[0]["rows"]] == [
        {"error": "#REF!"}, {"error": "#CALC!"}, {"error": "#N/A"}, {"error": "#N/A"},
        {"error": "#VALUE!"}, 70.0,
    ]  # fmt: skip


def test_status_tells_the_last_error(served):
    call(served, ["INV_AUC", [[[100]], [[0]]]])
    told = json.loads(served.ask("/status")[2])
    assert told["functions"] == len(functions())
    assert "INV_AUC answered #DIV/0!" in told["last_error"]


def test_answers_do_not_mix_between_many_clients(served):
    def client(number):
        return call(served, ["INV_NRV", [[[1000.0 + number]], [[number]]]], ["INV_AUC", [[[1]]]])

    with ThreadPoolExecutor(16) as pool:
        for answers in pool.map(client, range(48)):
            assert answers[0] == {"rows": [[1000.0]]}
            assert "INV_AUC" in answers[1]["why"]


def test_the_server_is_light():
    code = (
        "import sys\n"
        "from invval_xl.hosts.officejs.application import application\n"
        "from invval_xl.hosts.officejs.calls import answered\n"
        "application('https://localhost:8790', 'x')\n"
        "answered({'calls': [['INV_NRV', [[[70.0]]]]]})\n"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert not loaded & set(HEAVY)
    assert "fastapi" in loaded


def test_a_second_server_is_refused_and_ctrl_c_ends_the_first_in_order(tmp_path):
    first = start(tmp_path)
    second = subprocess.run(
        [sys.executable, "-m", "invval_xl", "serve", "--port", str(first.port)],
        env={**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "AD413" in second.stdout
    first.ask("/batch", NRV, x_invval_token="wrong")
    first.ask(f"/taskpane.html?token={first.token}", b"", "GET")
    code, said = stop(first)
    assert code == 0
    assert re.search(r"Stopped\.\s*$", said)
    assert first.token not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "name",
    ["../../etc/x.xlsx", "..\\..\\x.xlsx", "/tmp/x.xlsx", "C:\\x.xlsx", "~$x.xlsx", ".xlsx",
     "nul.xlsx", "a\x00b.xlsm", "-out.xlsx",
     "é" * 400 + ".xlsx", "\U0001f4d7" * 90 + ".xlsx", "\ud800.xlsx", "...xlsx", "a:b.xlsx"],
)  # fmt: skip
def test_a_workbook_s_name_never_leaves_our_folder(tmp_path, name):
    safe = safe_name(name)
    assert (tmp_path / safe).parent == tmp_path
    assert safe.endswith((".xlsx", ".xlsm"))
    assert not safe.startswith((".", "~", "-", "nul"))
    (tmp_path / safe).write_bytes(b"")


def children(pid):
    return (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see processes")
def test_whoever_leaves_ends_the_refresh_and_nothing_stays(served, tmp_path):
    assert main(["demo", str(tmp_path), "--items", "12", "--locations", "1", "--json"]) == 0
    book = base64.b64encode((tmp_path / "worked_example.xlsx").read_bytes()).decode()
    body = json.dumps({"name": "book.xlsx", "data": book}).encode()
    context = ssl.create_default_context(cafile=str(served.folder / "localhost.crt"))
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as stream,
    ):
        stream.sendall(
            (
                f"POST /refresh HTTP/1.1\r\nhost: localhost:{served.port}\r\n"
                f"origin: {served.origin}\r\nx-invval-token: {served.token}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            ).encode()
            + body
        )
        until = time.monotonic() + 60
        while not (running := children(served.process.pid)):
            assert time.monotonic() < until
            time.sleep(0.02)
        command = (Path("/proc") / running[0] / "cmdline").read_bytes().split(b"\0")
        folder = Path(command[command.index(b"--out") + 1].decode()).parent.parent
        assert folder.name.startswith("invval-pane-")
        assert folder.is_dir()
        assert call(served, ["INV_NRV", [[[70]], [[20]]]]) == [{"rows": [[50.0]]}]  # meanwhile
    until = time.monotonic() + 60
    while children(served.process.pid) or folder.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert json.loads(served.ask("/status")[2])["functions"] == len(functions())
