"""mailrouter.yaml and the environment over it: what is taken, and every fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailrouter.core.policy.schema import Charge
from mailrouter.settings import Settings, load_settings
from mailrouter.settings.keys import ListenIn, TransportIn

SOUND = """\
domain: aplus.example
authentication: { trusted_authserv_ids: [mx.aplus.example], relays: [127.0.0.1/32] }
"""


def load(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> tuple[Settings | None, list[str]]:
    """The settings of one file, and its faults as lines."""
    config = tmp_path / "config"
    config.mkdir(exist_ok=True)
    (config / "mailrouter.yaml").write_text(text, encoding="utf-8")
    settings, _, faults = load_settings(config, env or {})
    mark = {"error": "", "warning": "warning: "}
    return settings, [f"{f.file}:{f.line}:{f.column}: {mark[f.severity]}{f.message}" for f in faults]


def sound(tmp_path: Path, text: str = SOUND, env: dict[str, str] | None = None) -> Settings:
    """The settings of a file without faults."""
    settings, faults = load(tmp_path, text, env)
    assert settings is not None and faults == []
    return settings


def test_the_sample_file() -> None:
    settings, service, faults = load_settings(Path(__file__).parents[1] / "config", {})
    root = Path(__file__).parents[1]
    assert faults == () and settings is not None
    assert settings.database == f"sqlite:///{root}/var/mailrouter.sqlite3"
    assert settings.transport == TransportIn(kind="maildir", path=root / "var/mail")
    assert settings.listen == ListenIn(smtp="127.0.0.1:2525", lmtp=None, http="127.0.0.1:8025")
    assert settings.authentication.relays == ("127.0.0.1/32",)
    assert service.domain == "aplus.example" and service.all_protected and service.carries_content
    assert service.experts[0] == Charge(
        address="nadia.benali@equipe-aplus.example",
        organisations=("CAF", "MSA"),
        source=service.experts[0].source,
    )


def test_what_is_not_written_has_a_default(tmp_path: Path) -> None:
    settings = sound(tmp_path)
    assert (settings.label, settings.terms_version, settings.operators) == ("Administration+", "1", ())
    assert settings.limits.message_bytes == 26_214_400 and settings.limits.recipients == 50
    assert settings.secrets.master_key_file == tmp_path / "var/secrets/master.key"
    assert settings.webhook is None and settings.antivirus.clamd is None


def test_relative_paths_are_relative_to_the_parent_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    text = SOUND + (
        "database: sqlite:///data/a.sqlite3\n"
        "transport: { kind: smtp, relays: [{ host: a.example, ca_file: ca.pem }, { host: b.example, ca_file: /etc/b.pem }] }\n"
        "secrets: { address_key_file: /etc/keys/a, master_key_file: keys/m }\n"
        "webhook: { password_file: w, allowed_networks: [192.0.2.0/24] }\n"
    )
    settings = sound(tmp_path, text)
    assert settings.database == f"sqlite:///{tmp_path}/data/a.sqlite3"
    assert [r.ca_file for r in settings.transport.smarthosts()] == [tmp_path / "ca.pem", Path("/etc/b.pem")]
    assert settings.secrets.address_key_file == Path("/etc/keys/a")
    assert settings.secrets.master_key_file == tmp_path / "keys/m"
    assert settings.webhook is not None and settings.webhook.password_file == tmp_path / "w"


@pytest.mark.parametrize(
    ("written", "database"),
    [
        ("sqlite:////srv/a.sqlite3", "sqlite:////srv/a.sqlite3"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgres://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_databases(tmp_path: Path, written: str, database: str) -> None:
    assert sound(tmp_path, SOUND + f"database: '{written}'\n").database == database


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    env = {
        "MAILROUTER_DOMAIN": "other.example",
        "MAILROUTER_LISTEN__SMTP": "0.0.0.0:25",
        "MAILROUTER_TRANSPORT__KIND": "postmark",
        "MAILROUTER_TRANSPORT__TOKEN": "secret-token",
        "MAILROUTER_OPERATORS": "a@x.example, b@x.example",
        "MAILROUTER_PROTECTED_DOMAINS": '["x.example"]',
        "MAILROUTER_LIMITS__RECIPIENTS": "7",
        "MAILROUTER_CONFIG": "elsewhere",
        "OTHER": "ignored",
    }
    settings = sound(tmp_path, SOUND + 'listen: { smtp: "127.0.0.1:2525", http: null }\n', env)
    assert settings.domain == "other.example"
    assert settings.listen == ListenIn(smtp="0.0.0.0:25", lmtp=None, http=None)
    assert settings.operators == ("a@x.example", "b@x.example") and settings.protected_domains == (
        "x.example",
    )
    assert settings.limits.recipients == 7 and settings.limits.connections == 200
    assert (
        settings.transport.token is not None and settings.transport.token.get_secret_value() == "secret-token"
    )
    assert "secret-token" not in repr(settings)


def test_the_environment_alone_is_enough_and_the_process_environment_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is the environment handed in."""
    monkeypatch.setenv("MAILROUTER_LABEL", "Not this")
    env = {"MAILROUTER_DOMAIN": "aplus.example", "MAILROUTER_AUTHENTICATION": '{"own_dns": true}'}
    settings = sound(tmp_path, "", env)
    assert (settings.domain, settings.label, settings.authentication.own_dns) == (
        "aplus.example",
        "Administration+",
        True,
    )


def test_faults_of_the_environment_name_the_variable(tmp_path: Path) -> None:
    env = {
        "MAILROUTER_LISTEN__SMTP": "here",
        "MAILROUTER_OPERATORS": "a@x.example,nobody",
        "MAILROUTER_LIMITS__RECIPIENT": "3",
        "MAILROUTER_DOMIAN": "x.example",
        "MAILROUTER_LABEL__X": "y",
    }
    settings, faults = load(tmp_path, SOUND, env)
    assert settings is None and faults == [
        "MAILROUTER_DOMIAN:1:1: warning: no setting has this name; did you mean MAILROUTER_DOMAIN?",
        "MAILROUTER_LABEL__X:1:1: warning: no setting has this name; remove it",
        "MAILROUTER_LIMITS__RECIPIENT:1:1: warning: no setting has this name; did you mean MAILROUTER_LIMITS__RECIPIENTS?",
        "MAILROUTER_LISTEN__SMTP:1:1: smtp: 'here' is no place to listen; write host:port, such as 127.0.0.1:2525",
        "MAILROUTER_OPERATORS:1:1: operators: 'nobody' is no mail address: an email address must have an @-sign",
    ]


@pytest.mark.parametrize("nothing", ["", "null"])
def test_the_environment_can_close_a_door(tmp_path: Path, nothing: str) -> None:
    env = {"MAILROUTER_LISTEN__HTTP": nothing}
    assert sound(tmp_path, env=env).listen == ListenIn(smtp="127.0.0.1:2525", lmtp=None, http=None)


def test_charges_may_be_an_address_alone(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    text = SOUND + "experts: [A@x.example, { address: b@x.example, territories: [lot] }]\n"
    (config / "mailrouter.yaml").write_text(text, encoding="utf-8")
    _, service, faults = load_settings(config, {})
    assert faults == () and service.experts == (
        Charge(address="a@x.example", source="mailrouter.yaml:3:11"),
        Charge(address="b@x.example", territories=("lot",), source="mailrouter.yaml:3:24"),
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("lsten: {}\n", ["mailrouter.yaml:3:1: unknown key 'lsten'; did you mean 'listen'?"]),
        ("limits: { recipient: 3 }\n", ["mailrouter.yaml:3:11: unknown key 'recipient'; did you mean 'recipients'?"]),
        ('listen: { smtp: "[::1]:25", lmtp: "unix:/run/x", http: "systemd:http" }\n', []),
        ("listen: { smtp: 2525 }\n",
         ["mailrouter.yaml:3:17: smtp: '2525' is no place to listen; write host:port, such as 127.0.0.1:2525"]),
        ("database: mysql://h/d\n",
         ["mailrouter.yaml:3:11: database: 'mysql' is no known database; write sqlite:///path or postgresql://…"]),
        ("transport: { kind: smtp }\n", ["mailrouter.yaml:3:1: smtp needs a smarthost; add `host:`"]),
        ("transport: { kind: postmark }\n", ["mailrouter.yaml:3:1: postmark needs a token; add `token_file:`"]),
        ("transport: { kind: maildir, host: a.example }\n",
         ["mailrouter.yaml:3:29: warning: 'host' is for smtp, but kind is maildir; it has no effect"]),
        ("transport: { kind: smtp, host: a.example, relays: [{ host: b.example }] }\n",
         ["mailrouter.yaml:3:43: both `host` and `relays`; write the first host as first of `relays`"]),
        ("transport: { kind: smtp, host: a.example, starttls: false }\n",
         ["mailrouter.yaml:3:53: mail to a.example would travel in the clear; write `starttls: required`"]),
        ("transport: { kind: smtp, host: 127.0.0.1, starttls: none }\n", []),
        ("transport: { kind: smtp, host: localhost, port: 465, starttls: implicit }\n", []),
        ("transport: { kind: smtp, host: a.example, user: me }\n",
         ["mailrouter.yaml:3:49: a user without a password; add `password_file:`"]),
        ("transport: { kind: smtp, host: a.example, user: me, password: hunter2 }\n",
         ["mailrouter.yaml:3:63: a secret in the file; write `password_file:`, or set MAILROUTER_TRANSPORT__PASSWORD"]),
        ("webhook: { allowed_networks: [192.0.2.0/24] }\n",
         ["mailrouter.yaml:3:1: webhooks need a password; add `password_file:`"]),
        ("listen: { http: null }\nwebhook: { password_file: x }\n", [
            "mailrouter.yaml:4:1: warning: no network may call; add `allowed_networks:`",
            "mailrouter.yaml:4:1: webhooks need the HTTP door; set `listen: { http: … }`"]),
        ("protected_domains: [a@caf46.example]\n",
         ["mailrouter.yaml:3:21: protected_domains: 'a@caf46.example' is an address; write the domain alone: caf46.example"]),
        ("experts: [{ territories: [lot] }]\n", ["mailrouter.yaml:3:11: 'address' is missing; add `address: …`"]),
        ('page: { url: "https://lire.aplus.example/" }\n', []),
        ('page: { url: "http://127.0.0.1:8025" }\n', []),
        ('page: { url: "http://lire.aplus.example" }\n', [
            "mailrouter.yaml:3:14: url: 'http://lire.aplus.example' is no protected address; write https://…"]),
        ('page: { url: "https://aplus.example/lire" }\n', [
            "mailrouter.yaml:3:14: url: 'https://aplus.example/lire' is more than a host; write https://name alone"]),
        ('listen: { http: null }\npage: { url: "https://lire.aplus.example" }\n',
         ["mailrouter.yaml:4:1: the secure page needs the HTTP door; set `listen: { http: … }`"]),
        ("time_zone: Paris\n",
         ["mailrouter.yaml:3:12: time_zone: 'Paris' is no time zone; write its IANA name, such as Europe/Paris"]),
    ],
)  # fmt: skip
def test_faults_of_the_file(tmp_path: Path, lines: str, expected: list[str]) -> None:
    settings, faults = load(tmp_path, SOUND + lines)
    assert faults == expected
    assert (settings is None) is any("warning: " not in line for line in expected)


@pytest.mark.parametrize(
    ("authentication", "expected"),
    [
        ("{ own_dns: true }", []),
        ("{ own_dns: no }", [
            "mailrouter.yaml:2:1: warning: no sender can ever be proven; add `trusted_authserv_ids:` and `relays:`, or "
            "`own_dns: true`",
            "mailrouter.yaml:2:28: own_dns: 'no' is neither true nor false; write true or false"]),
        ("{ trusted_authserv_ids: [a.example] }", [
            "mailrouter.yaml:2:1: warning: trusted_authserv_ids count only from a peer in `relays`; add the relay's network"]),
        ("{ relays: [10.0.0.1] }", [
            "mailrouter.yaml:2:1: warning: no sender can ever be proven; add `trusted_authserv_ids:` and `relays:`, or "
            "`own_dns: true`",
            "mailrouter.yaml:2:1: warning: relays whose results are not trusted; add `trusted_authserv_ids:` or `own_dns: "
            "true`"]),
        ("{ own_dns: true, relays: [10.0.0.0/8], trusted_networks: [10.1.0.0/16, 192.0.2.0/24] }", [
            "mailrouter.yaml:2:75: 10.1.0.0/16 overlaps the relay 10.0.0.0/8; every sender there would count as aligned"]),
        ("{ own_dns: true, relays: [10.0.0.1/8] }",
         ["mailrouter.yaml:2:43: relays: '10.0.0.1/8' has bits beyond its prefix; write 10.0.0.0/8"]),
        ("{ own_dns: true, relays: [relay] }",
         ["mailrouter.yaml:2:43: relays: 'relay' is no network; write it as 192.0.2.0/24"]),
        ("{ own_dns: true, trusted_networks: ['::/0'] }",
         ["mailrouter.yaml:2:53: ::/0 is everybody; write the networks that vouch for their users"]),
        ("{ own_dns: true, relays: [0.0.0.0/0] }", [
            "mailrouter.yaml:2:43: 0.0.0.0/0 is everybody, and anybody could forge results; write the relays' own addresses"]),
        ("{ own_dns: true, relays: ['::1'], trusted_networks: [127.0.0.0/8] }", []),
    ],
)  # fmt: skip
def test_whose_word_counts(tmp_path: Path, authentication: str, expected: list[str]) -> None:
    """An overlap of relays and trusted networks is an error: a relay carries strangers' mail."""
    assert load(tmp_path, f"domain: aplus.example\nauthentication: {authentication}\n")[1] == expected


def test_without_a_domain_the_rest_is_checked_all_the_same(tmp_path: Path) -> None:
    settings, faults = load(tmp_path, SOUND.replace("domain:", "domian:") + "transport: { kind: smtp }\n")
    assert settings is None and faults == [
        "mailrouter.yaml:1:1: unknown key 'domian'; did you mean 'domain'?",
        "mailrouter.yaml:3:1: smtp needs a smarthost; add `host:`",
    ]
    _, faults = load(tmp_path, SOUND.partition("\n")[2])
    assert faults == ["mailrouter.yaml:1:1: 'domain' is missing; add `domain: …`"]
    _, faults = load(tmp_path, SOUND.replace("aplus.example\n", "gmail.com\n", 1))
    assert faults == ["mailrouter.yaml:1:9: 'gmail.com' is a provider's domain; write the service's own"]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    config = tmp_path / "config"
    missing = "'domain' is missing; add `domain: …`"
    nobody = (
        "warning: no sender can ever be proven; add `trusted_authserv_ids:` and `relays:`, or `own_dns: true`"
    )
    assert [f.message for f in load_settings(config, {})[2]] == [
        missing, "cannot be read: No such file or directory", nobody.removeprefix("warning: ")]  # fmt: skip
    config.mkdir()
    (config / "mailrouter.yaml").write_bytes(b"domain: \xe9\n")
    assert "is not UTF-8; save it as UTF-8" in [f.message for f in load_settings(config, {})[2]]


def test_what_decisions_take_from_the_transport(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    told = {}
    for kind in (
        "maildir",
        "memory",
        "smtp, host: a.example",
        "postmark, token_file: t",
        "postmark, token_file: t, content: true",
    ):
        (config / "mailrouter.yaml").write_text(f"{SOUND}transport: {{ kind: {kind} }}\n", encoding="utf-8")
        _, service, faults = load_settings(config, {})
        assert faults == ()
        told[kind] = (service.all_protected, service.carries_content)
    assert list(told.values()) == [(True, True), (True, True), (False, True), (False, False), (False, True)]
