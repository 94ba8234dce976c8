"""R1: what the command line makes is what the product takes; and what it says of what it does not."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from click.testing import CliRunner, Result
from parley_gateway.tenants.licences import DEMO_LICENCE, Licences
from parley_ops.cli import main


def run(*arguments: object, input: str | None = None) -> Result:
    return CliRunner().invoke(main, ["licence", *map(str, arguments)], input=input)


def test_R1_a_licence_is_made_with_a_new_key_and_holds_where_its_public_half_is_trusted(tmp_path: Path) -> None:
    key, file = tmp_path / "vendor.key", tmp_path / "acme.licence"
    public = run("key", "--to", key).output.strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    wanted = ("--tenant", "acme", "--customer", "Acme Ltd", "--seats", 20, "--expires", "2126-12-31T00:00:00Z")
    assert run("make", "--key", key, *wanted, "--to", file).exit_code == 0

    licence = Licences(public).check("acme", file.read_text())
    assert (licence.customer, licence.features, licence.seats) == ("Acme Ltd", ("webchat",), 20)
    shown = run("show", file, "--keys", public, "--json")
    assert shown.exit_code == 0
    assert json.loads(shown.output) == {
        "tenant": "acme",
        "customer": "Acme Ltd",
        "features": ["webchat"],
        "seats": 20,
        "issued_at": json.loads(shown.output)["issued_at"],
        "expires_at": "2126-12-31T00:00:00.000Z",
        "valid": True,
    }
    untrusted = run("show", file, "--keys", "")
    assert untrusted.exit_code == 4
    assert "PARLEY_LICENCE_KEYS" in untrusted.output
    printed = run("make", "--key", key, *wanted, "--feature", "voice", "--json")
    assert json.loads(printed.output)["features"] == ["voice"]
    piped = run("show", "-", "--keys", public, input=json.loads(printed.output)["licence"])
    assert piped.exit_code == 4
    assert "feature webchat" in piped.output


def test_R1_a_key_is_never_written_over(tmp_path: Path) -> None:
    key = tmp_path / "vendor.key"
    run("key", "--to", key)
    before = key.read_bytes()
    again = run("key", "--to", key)
    assert again.exit_code == 1
    assert "name a new file" in again.output
    assert key.read_bytes() == before


def test_R1_what_makes_no_sense_is_said(tmp_path: Path) -> None:
    key = tmp_path / "vendor.key"
    run("key", "--to", key)
    good = {"--tenant": "acme", "--customer": "A", "--seats": 1, "--expires": "2126-01-01T00:00:00Z", "--key": key}
    for wrong, status, says in (
        ({"--expires": "2020-01-01T00:00:00Z"}, 1, "never holds"),
        ({"--expires": "soon"}, 2, "no time such as"),
        ({"--tenant": "a b"}, 1, "malformed: tenant"),
        ({"--key": tmp_path / "nothing"}, 1, "No such file"),
        ({"--key": DEMO_LICENCE}, 1, "holds no Ed25519 private key"),
        ({"--seats": -1}, 2, "not in the range"),
    ):
        result = run("make", *(part for pair in {**good, **wrong}.items() for part in pair))
        assert (result.exit_code, says in result.output) == (status, True), (wrong, result.output)
    assert run("show", key).exit_code == 1
    assert run("show", DEMO_LICENCE, "--json").exit_code == 0
