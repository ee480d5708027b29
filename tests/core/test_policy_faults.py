"""Every fault an operator can make: where it is said to be, and what it says to write instead."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailrouter.configuration import shipped_tables
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import Charge, Service

SERVICE = Service(domain="aplus.example", operators=("op@equipe.example",))
SHIPPED = shipped_tables()
TODAY = date(2026, 3, 2)

# A sound service in three files; the cases below replace or add files.
LOT = """\
territory: lot
default: ask
groups:
  caf-lot:
    organisation: CAF
    members: [claire.martin@caf46.example]
  fs-lot:
    organisation: FS
    network: fs
    members: [zoe.durand@cahors.example]
"""
PEOPLE = """\
people:
  - address: claire.martin@caf46.example
    name: Claire Martin
  - address: zoe.durand@cahors.example
    name: Zoé Durand
    aliases: [zd@cahors.example]
  - address: op@equipe.example
"""
UNCOVERED = (
    "lot.yaml:1:12: warning: nobody answers in 'lot' for ANTS/Préf, CARSAT/CNAV, CDAD, CPAM/CRAM/CNAM, "
    "DDFIP/DRFIP, La Poste, MSA or France Travail"
)


def said(files: dict[str, str], service: Service = SERVICE) -> list[str]:
    """The faults of the sound files with `files` over them, but for the uncovered organisations."""
    faults = load({"lot.yaml": LOT, "people.yaml": PEOPLE, **files}, service, SHIPPED, TODAY).faults
    lines = [
        f"{f.file}:{f.line}:{f.column}: {'warning: ' if f.severity == 'warning' else ''}{f.message}"
        for f in faults
    ]
    return [line for line in lines if line != UNCOVERED]


def test_the_sound_files_have_no_fault_but_what_nobody_answers() -> None:
    result = load({"lot.yaml": LOT, "people.yaml": PEOPLE}, SERVICE, SHIPPED, TODAY)
    assert [f"{f.file}:{f.line}:{f.column}: warning: {f.message}" for f in result.faults] == [UNCOVERED]
    assert result.policy is not None and result.errors == ()


def one(text: str, expected: str | list[str], name: str = "x.yaml") -> object:
    """A file of one table row."""
    return pytest.param({name: text}, [expected] if isinstance(expected, str) else expected)


def lot(old: str, new: str, expected: str | list[str]) -> object:
    """The sound territory with one change."""
    assert old in LOT
    return pytest.param(
        {"lot.yaml": LOT.replace(old, new)}, [expected] if isinstance(expected, str) else expected
    )


def people(old: str, new: str, expected: str | list[str]) -> object:
    """The sound people with one change."""
    assert old in PEOPLE
    changed = {"people.yaml": PEOPLE.replace(old, new)}
    return pytest.param(changed, [expected] if isinstance(expected, str) else expected)


YAML_ITSELF = [
    one(
        "timing: { remind: 3 days }\ntiming: { remind: 4 days }\n",
        "x.yaml:2:1: 'timing' is already given in line 1; keep one of them",
    ),
    one(
        "timing:\n  remind: 1 day\n  remind: 2 days\n",
        "x.yaml:3:3: 'remind' is already given in line 2; keep one of them",
    ),
    one(
        "rules: [\n",
        "x.yaml:2:1: not YAML: expected the node content, but found '<stream end>'; check indentation, "
        "colons, brackets and quotes",
    ),
    one(
        "a: b: c\n",
        "x.yaml:1:5: not YAML: mapping values are not allowed here; check indentation, colons, brackets "
        "and quotes",
    ),
    one(
        "timing: &t { remind: 3 days }\n",
        "x.yaml:1:9: anchors and aliases (& and *) are not used here; write the value out",
    ),
    one("timing: !x { remind: 3 days }\n", "x.yaml:1:9: the tag !x is not used here; leave it out"),
    one(
        "timing: { remind: 3 days }\n---\nrules: []\n",
        "x.yaml:3:1: a second document (---); put it into a file of its own",
    ),
    one("timing:\n  [a]: b\n", "x.yaml:2:3: a key must be one word or text; write `key: value`"),
    one("timing: \x07\n", "x.yaml:1:1: not readable as YAML: special characters are not allowed"),
    one("[" * 3000, "x.yaml:1:1: nested too deeply; lists and keys need no more than six levels"),
    one("- a\n", "x.yaml:1:1: keys are expected; write `key: value` lines below it"),
    one("hello\n", "x.yaml:1:1: 'hello': keys are expected; write `key: value` lines below it"),
    one("", []),
    one("# nothing yet\n", []),
]

ONE_VALUE = [
    one("rule: []\n", "x.yaml:1:1: unknown key 'rule'; did you mean 'rules'?"),
    one("colour: red\n", "x.yaml:1:1: unknown key 'colour'; known here: aliases, caps, closed, code, default, "
        "free_mail_domains, groups, holidays, letters, name, neighbours, of, organisations, people, postcodes, retention, rules, "
        "same_person_domains, subdivision, territories, territory, time_zone, timing, working_days, working_hours"),
    one("timing: { remnd: 3 days }\n", "x.yaml:1:11: unknown key 'remnd'; did you mean 'remind'?"),
    one("timing: { organisations: { CAF: { escalat: 3 days } } }\n",
        "x.yaml:1:35: unknown key 'escalat'; did you mean 'escalate'?"),
    one("timing: 3\n", "x.yaml:1:9: timing: '3': keys are expected; write `key: value` lines below it"),
    one("timing: { remind: soon }\n",
        "x.yaml:1:19: remind: 'soon' is no duration; write a number and minutes, hours, working hours, days, business "
        "days, weeks, months or years, such as '3 business days'"),
    one("timing: { remind: 0 days }\n", "x.yaml:1:19: remind: '0 days' is no time at all; write at least '1 day'"),
    one("timing: { remind: 200 years }\n", "x.yaml:1:19: remind: '200 years' is too long; write at most '100 years'"),
    one("timing: { digest: sunday 25 }\n",
        "x.yaml:1:19: digest: 'sunday 25' is no day and hour; write it as 'monday 8'"),
    one("timing: { operators_digest: often 8 }\n",
        "x.yaml:1:29: operators_digest: 'often 8' is no day and hour; write it as 'daily 8' or 'monday 8'"),
    one("caps: { neutral_per_day: many }\n", "x.yaml:1:26: neutral_per_day: 'many': a whole number is expected"),
    one("caps: { neutral_per_day: -1 }\n",
        "x.yaml:1:26: neutral_per_day: '-1': input should be greater than or equal to 0"),
    one("free_mail_domains: [a@b.example]\n",
        "x.yaml:1:21: free_mail_domains: 'a@b.example' is an address; write the domain alone: b.example"),
    one("free_mail_domains: [bexample]\n",
        "x.yaml:1:21: free_mail_domains: 'bexample' is no domain; write it as caf46.example"),
    lot("default: ask", "default: ask\naliases: [Cahors]",
        "lot.yaml:3:11: aliases: 'Cahors' cannot stand in an address; write 'cahors'"),
    lot("default: ask", "default: ask\naliases: cahors",
        "lot.yaml:3:10: aliases: 'cahors': a list is expected; write [first, second]"),
    lot("default: ask", "default: ask\naliases:",
        "lot.yaml:3:1: aliases: nothing is written here; write a value or remove the line"),
    lot("default: ask", "default: ask\nworking_hours: [9-17, 17:00-09:00]", [
        "lot.yaml:3:17: working_hours: '9-17' is no opening time; write from-to, such as 09:00-12:30",
        "lot.yaml:3:23: working_hours: '17:00-09:00' does not end after it begins, on one day; write 09:00-17:00"]),
    lot("default: ask", "default: ask\nworking_days: [lundi]", "lot.yaml:3:16: working_days: 'lundi' is no day; write "
        "monday, tuesday, wednesday, thursday, friday, saturday or sunday"),
    lot("default: ask", "default: ask\nclosed: [2026-02-30, demain]", [
        "lot.yaml:3:10: closed: '2026-02-30' is not in the calendar; write a date that exists",
        "lot.yaml:3:22: closed: 'demain' is no date; write year-month-day, such as 2026-01-15"]),
    lot("default: ask", "default: ask\ntime_zone: Europe/Cahors",
        "lot.yaml:3:12: time_zone: 'Europe/Cahors' is no time zone; write its IANA name, such as Europe/Paris"),
    lot("default: ask", "default: ask\npostcodes: [lot]",
        "lot.yaml:3:13: postcodes: 'lot' is no beginning of a postcode; write digits in quotes, such as \"46\""),
    lot("    organisation: CAF\n", "", "lot.yaml:4:3: 'organisation' is missing; add `organisation: …`"),
    lot("organisation: CAF", "organistion: CAF",
        "lot.yaml:5:5: unknown key 'organistion'; did you mean 'organisation'?"),
    lot("network: fs", "disclosure: no", "lot.yaml:9:17: disclosure: 'no' is not known; write full, redacted or notice"),
    lot("network: fs", "urgent_phone: call",
        "lot.yaml:9:19: urgent_phone: 'call' is no telephone number; write digits and spaces, such as 05 65 00 00 00"),
    lot("network: fs", "mailbox: BAL <b@c.example>", "lot.yaml:9:14: mailbox: 'BAL <b@c.example>' is no mail "
        "address: a display name and angle brackets around the email address are not permitted here"),
    lot("network: fs", 'name: "FS\\nBcc: x@y.example"',
        "lot.yaml:9:11: name: 'FS\\nBcc: x@y.example' holds a line break or control character; write one line"),
    people("address: op@equipe.example", "address: op@equipe",
           "people.yaml:7:14: address: 'op@equipe' is no mail address: the part after the @-sign is not valid. It should "
           "have a period"),
    people("  - address: op@equipe.example", "  - name: Op",
           "people.yaml:7:5: 'address' is missing; add `address: …`"),
    people("name: Zoé Durand", "language: de", "people.yaml:5:15: language: 'de' is not known; write fr or en"),
]  # fmt: skip

PLACES = [
    lot("default: ask\n", "", "lot.yaml:1:1: 'default' is missing; add `default: ask`, or the id of the group that triages"),
    lot("default: ask", "default: no", "lot.yaml:2:10: there is no group 'no'; write ask, caf-lot or fs-lot"),
    lot("default: ask", "default: caf-lto",
        "lot.yaml:2:10: there is no group 'caf-lto'; did you mean 'caf-lot'?"),
    lot("default: ask", "default: fs-lot",
        "lot.yaml:2:10: 'fs-lot' is a group of helpers; write `ask` or a group that answers"),
    one("territory: gers\ndefault: caf-lot\n", [
        "x.yaml:1:12: warning: nobody answers in 'gers' for ANTS/Préf, CAF, CARSAT/CNAV, CDAD, CPAM/CRAM/CNAM, "
        "DDFIP/DRFIP, La Poste, MSA or France Travail",
        "x.yaml:2:10: the group 'caf-lot' does not serve 'gers'; write `ask` or one that does"]),
    lot("territory: lot", "territory: atlantide", [
        "lot.yaml:1:12: no department is called 'atlantide'; add `name:`",
        "lot.yaml:1:12: warning: nobody answers in 'atlantide' for ANTS/Préf, CARSAT/CNAV, CDAD, CPAM/CRAM/CNAM, "
        "DDFIP/DRFIP, La Poste, MSA or France Travail"]),
    lot("territory: lot\n", "", [
        "lot.yaml:1:1: no territory is open; write `territory: lot` and `default: ask` in a file of routing/",
        "lot.yaml:1:10: 'default' belongs to a territory; add `territory:` to this file",
        "lot.yaml:3:3: no territory; add `territories: [lot]`, or `territory:` to the file",
        "lot.yaml:6:3: no territory; add `territories: [lot]`, or `territory:` to the file"]),
    lot("default: ask", "default: ask\naliases: [aide, cas-lot, caf, figeac, allocations-familiales]", [
        "lot.yaml:3:11: 'aide' is an address of the service itself; choose another",
        "lot.yaml:3:17: 'cas-lot' begins as the addresses of cases do; choose another",
        "lot.yaml:3:26: 'caf' is also the organisation CAF; choose another",
        "lot.yaml:3:39: 'allocations-familiales' is also the organisation CAF; choose another"]),
    one("territories:\n  - { territory: lot-et-garonne, aliases: [lot], default: ask, code: '46' }\n", [
        "x.yaml:2:18: warning: nobody answers in 'lot-et-garonne' for ANTS/Préf, CAF, CARSAT/CNAV, CDAD, CPAM/CRAM/CNAM, "
        "DDFIP/DRFIP, La Poste, MSA or France Travail",
        "x.yaml:2:44: 'lot' already stands for 'lot' (lot.yaml:1); choose another",
        "x.yaml:2:70: '46' already stands for 'lot' (lot.yaml:1); choose another"]),
    lot("default: ask", "default: ask\nneighbours: [lot, gers, geers]", [
        "lot.yaml:3:14: 'lot' is this territory itself; remove it",
        "lot.yaml:3:19: warning: 'gers' is not open yet",
        "lot.yaml:3:25: there is no territory 'geers'; did you mean 'gers'?"]),
    lot("default: ask", "default: ask\nholidays: XX", "lot.yaml:3:11: no public holidays are known for 'XX'; write a "
        "country such as FR"),
    lot("default: ask", 'default: ask\nsubdivision: "46"',
        "lot.yaml:3:14: FR has no part '46'; write one of 57, 6AE, 971, 972, 973, 974, 976, BL, MF, NC, PF, PM, TF, WF, "
        "Zone A, Zone B, Zone C"),
    lot("default: ask", "default: ask\nworking_days: []\nworking_hours: [13:00-17:00, 09:00-12:00]", [
        "lot.yaml:3:15: nobody would ever work; write at least one day",
        "lot.yaml:4:16: opening times overlap or are out of order; write them in order"]),
    lot("default: ask", "default: ask\nworking_hours: []",
        "lot.yaml:3:16: nobody would ever work; write at least one opening time"),
]  # fmt: skip

GROUPS = [
    lot("organisation: CAF", "organisation: CFA", [
        "lot.yaml:5:19: there is no organisation 'CFA'; did you mean 'CAF'?"]),
    lot("network: fs", "shares_with: [CAFF]",
        "lot.yaml:9:19: there is no organisation 'CAFF'; did you mean 'CAF'?"),
    lot("  caf-lot:", "  Caf_Lot:", "lot.yaml:4:3: 'Caf_Lot' cannot be a group's id; write 'caf-lot'"),
    lot("  caf-lot:", "  ask:", "lot.yaml:4:3: 'ask' cannot be a group's id; write 'ask-1'"),
    one("groups:\n  caf-lot: { organisation: CAF, territories: [lot], members: [zd@cahors.example] }\n",
        "x.yaml:2:3: the group 'caf-lot' already stands at lot.yaml:4; rename one"),
    one("groups:\n  cpam: { organisation: CPAM, territories: [lott], members: [zd@cahors.example] }\n",
        "x.yaml:2:45: there is no territory 'lott'; did you mean 'lot'?"),
    lot("network: fs", "accepts_from: [dordogne, dordgne]",
        "lot.yaml:9:30: there is no territory 'dordgne'; write lot"),
    lot("organisation: CAF", "organisation: CAF\n    network: ccas",
        "lot.yaml:6:14: there is no network of helpers 'ccas'; write fs"),
    lot("    network: fs\n    members: [zoe.durand@cahors.example]\n", "    members: []\n", [
        "lot.yaml:7:3: warning: nobody is in this group; add `members:` or a mailbox",
        "people.yaml:4:5: warning: 'zoe.durand@cahors.example' is in no group; add it to `members:` or remove it"]),
    lot("    network: fs\n    members: [zoe.durand@cahors.example]\n",
        "    mailbox: bal@cahors.example\n    managers: [zoe.durand@cahors.example]\n", [
        "lot.yaml:7:3: warning: only the mailbox reads this group's mail; add `members:` who answer",
        "lot.yaml:9:14: warning: the group 'fs-lot' gets notices: without `readers_agreed` its mailbox is told the "
        "number only; there is no secure page yet to read the rest"]),
    lot("network: fs", "disclosure: notice",
        "lot.yaml:9:17: warning: the group 'fs-lot' gets notices: its mails hold the number only; there is no secure page "
        "yet to read the rest"),
    lot("network: fs", "readers_agreed: 2026-01-01",
        "lot.yaml:9:21: warning: there is no mailbox whose readers could agree; remove it"),
    lot("network: fs", "readers_agreed: 2026-03-03\n    mailbox: bal@cahors.example",
        "lot.yaml:9:21: 2026-03-03 has not come yet; write the day the readers agreed"),
    lot("network: fs", "mailbox: lot@aplus.example\n    readers_agreed: 2026-01-01",
        "lot.yaml:9:14: the mailbox is an address of the service itself; write the group's own"),
    lot("network: fs", "domains: [cahors.example, orange.fr]",
        "lot.yaml:9:31: 'orange.fr' is free-mail, open to anybody; register its people address by address"),
]  # fmt: skip

PEOPLE_FAULTS = [
    lot("[claire.martin@caf46.example]", "[claire.martin@caf46.example, claire.martin2@caf46.example]",
        "lot.yaml:6:44: warning: 'claire.martin2@caf46.example' is not in people.yaml; add it there, with a name"),
    lot("[zoe.durand@cahors.example]", "[zoe.durand@cahors.example, ze@cahors.example]",
        "lot.yaml:10:42: warning: 'ze@cahors.example' is not in people.yaml; add it there, with a name"),

    lot("[zoe.durand@cahors.example]", "[zoe.durant@cahors.example]", [
        "lot.yaml:10:15: 'zoe.durant@cahors.example' is not in people.yaml; did you mean 'zoe.durand@cahors.example'? If "
        "not, add it there",
        "people.yaml:4:5: warning: 'zoe.durand@cahors.example' is in no group; add it to `members:` or remove it"]),
    lot("[zoe.durand@cahors.example]", "[zoe.durand@cahors.example, karim@figeac.example]",
        "lot.yaml:10:42: warning: 'karim@figeac.example' is not in people.yaml; add it there, with a name"),
    lot("[zoe.durand@cahors.example]", "[zoe.durand@cahors.example, Zoe.Durand@Cahors.example]",
        "lot.yaml:10:42: warning: 'zoe.durand@cahors.example' is listed twice; remove one"),
    lot("[zoe.durand@cahors.example]", "[zd@cahors.example]", []),
    people("aliases: [zd@cahors.example]", "aliases: [claire.martin@caf46.example]",
           "people.yaml:6:15: 'claire.martin@caf46.example' already belongs to the person at people.yaml:2; keep one of "
           "them"),
    one("address,name\nzd@cahors.example,Z\n",
        ["x.csv:2:1: 'zd@cahors.example' already belongs to the person at people.yaml:4; keep one of them",
         "x.csv:2:1: warning: 'zd@cahors.example' is in no group; add it to `members:` or remove it"], "x.csv"),
    people("aliases: [zd@cahors.example]", "aliases: [lot@aplus.example]",
           "people.yaml:6:15: 'lot@aplus.example' is an address of the service itself; write the person's own"),
    lot("network: fs", "mailbox: zd@cahors.example\n    readers_agreed: 2026-01-01",
        "people.yaml:6:15: 'zd@cahors.example' is the mailbox of 'fs-lot'; a person needs an own address"),
    one("same_person_domains: [[a.example], [b.example, gmail.com]]\n", [
        "x.yaml:1:23: one domain alone; write [old.example, new.example]",
        "x.yaml:1:48: 'gmail.com' is free-mail: there equal names are different people; remove it"]),
    one("organisations: { CAF: { domains: [gmail.com] } }\n",
        "x.yaml:1:35: 'gmail.com' is free-mail, open to anybody; register its people address by address"),
]  # fmt: skip

TABLES = [
    one("adress,name\na@b.example,A\n", [
        "x.csv:1:1: unknown column 'adress'; did you mean 'address'?",
        "x.csv:2:1: 'address' is missing; add `address: …`"], "x.csv"),
    one("address;name;aliases\nclaire@b.example;A;nobody\n", [
        "x.csv:2:1: warning: 'claire@b.example' is in no group; add it to `members:` or remove it",
        "x.csv:2:20: aliases: 'nobody' is no mail address: an email address must have an @-sign"], "x.csv"),
    one("address,name,name\n", "x.csv:1:14: the column 'name' is given twice; keep one of them", "x.csv"),
    one("address,name\nnew@b.example,A,B\n", [
        "x.csv:2:1: warning: 'new@b.example' is in no group; add it to `members:` or remove it",
        "x.csv:2:17: more cells than the header has; quote cells with commas"], "x.csv"),
    one('address,name\nnew@b.example,"A\n', "x.csv:2:1: not a table: unexpected end of data; check the quotes", "x.csv"),
    one("", "x.csv:1:1: no header; write the columns: address, name, aliases, language, phone, digest", "x.csv"),
]  # fmt: skip

RULES = [
    one("rules:\n  - { name: a, when: { words: [apl] }, propose: [CFA] }\n",
        "x.yaml:2:50: there is no organisation 'CFA'; did you mean 'CAF'?"),
    one("rules:\n  - { name: a, when: { words: [apl] }, propose: [FS] }\n",
        "x.yaml:2:50: 'FS' is on the helpers' side; write one that answers"),
    one("rules:\n  - { name: a, when: { words: [apl] }, propose: [CNAV] }\n",
        "x.yaml:2:50: warning: 'CNAV' has no group anywhere; the aidant will be told so"),
    one("rules:\n  - { name: a, when: { words: [apl] } }\n",
        "x.yaml:2:13: write either `propose: [CAF]` or `route: [CAF]`, one of the two"),
    one("rules:\n  - { name: a, when: { words: [apl] }, propose: [CAF], route: [CAF] }\n",
        "x.yaml:2:13: write either `propose: [CAF]` or `route: [CAF]`, one of the two"),
    one("rules:\n  - { name: a, when: {}, route: [CAF] }\n",
        "x.yaml:2:22: no condition: this would be every mail; add `words: […]`"),
    one("rules:\n  - { name: a, when: { words: ['?!'] }, route: [CAF] }\n",
        "x.yaml:2:32: '?!' holds no letter or digit; write a word"),
    one("rules:\n  - { name: a, when: { words: [apl] }, propose: [CAF] }\n"
        "  - { name: a, when: { words: [rsa] }, propose: [CAF] }\n",
        "x.yaml:3:13: a rule 'a' already stands at x.yaml:2; rename one"),
    one("rules:\n  - { name: a, when: { territory: [lott], organisation: [FSS], sender_group: [fs-lto], network: [fss],\n"
        "      field_present: [nirr] }, propose: [CAF] }\n", [
        "x.yaml:2:36: there is no territory 'lott'; did you mean 'lot'?",
        "x.yaml:2:58: there is no organisation 'FSS'; did you mean 'FS'?",
        "x.yaml:2:79: there is no group 'fs-lto'; did you mean 'fs-lot'?",
        "x.yaml:2:98: there is no network 'fss'; did you mean 'fs'?",
        "x.yaml:3:23: there is no field 'nirr'; did you mean 'nir'?"]),
]  # fmt: skip

FIGURES = [
    one("timing: { remind: 1 day }\n", [], "a.yaml"),
    pytest.param({"a.yaml": "timing: { remind: 1 day }\n", "b.yaml": "timing: { remind: 2 days }\n"},
                 ["b.yaml:1:19: 'remind' is already set at a.yaml:1; keep one of them"]),
    pytest.param({"a.yaml": "timing: { organisations: { CAF: { remind: 1 day } } }\n",
                  "b.yaml": "timing: { organisations: { CAF: { remind: 2 days } } }\n"},
                 ["b.yaml:1:33: 'CAF' is already set at a.yaml:1; keep one"]),
    one("timing: { remind: 6 business days }\n",
        "x.yaml:1:19: warning: escalate (5 business days) does not come after remind (6 business days)"),
    one("timing: { remind: 1 week, escalate: 5 business days }\n",
        "x.yaml:1:37: warning: escalate (5 business days) does not come after remind (1 week)"),
    one("timing: { organisations: { CAF: { urgent_remind: 1 business day } } }\n",
        "x.yaml:1:50: warning: urgent_escalate (4 working hours) does not come after urgent_remind (1 business day)"),
    one("timing: { organisations: { CAFF: { remind: 1 day } } }\n",
        "x.yaml:1:34: there is no organisation 'CAFF'; did you mean 'CAF'?"),
]  # fmt: skip

ORGANISATIONS = [
    one("organisations: { New: { name: Nouvelle } }\n", "x.yaml:1:18: 'New' is new: 'side' is missing; add `side: …`"),
    one("organisations: { New: { name: Nouvelle, side: operator, aliases: [la caf, CAF, impôt, Nouvelle] } }\n", [
        "x.yaml:1:75: 'CAF' also names CAF; choose another",
        "x.yaml:1:80: 'impôt' also names DDFIP; choose another"]),
    one("organisations: { CAF: { aliases: [allocations familiales] } }\n", []),
    one("organisations: { CAF: { fields: [nir, nri] } }\n",
        "x.yaml:1:39: there is no usager field 'nri'; did you mean 'nir'?"),
    one("organisations: { CAF: { side: agent } }\n", "x.yaml:1:31: side: 'agent' is not known; write helper or operator"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"),
    [*YAML_ITSELF, *ONE_VALUE, *PLACES, *GROUPS, *PEOPLE_FAULTS, *TABLES, *RULES, *FIGURES, *ORGANISATIONS],
)
def test_each_fault_has_its_place_and_says_what_to_write(files: dict[str, str], expected: list[str]) -> None:
    assert said(files) == expected


@pytest.mark.parametrize(
    ("earlier", "later", "dead"),
    [
        ("words: [apl]", "words: [mon apl]", True),
        ("words: [apl]", "words: [APL]", True),
        ("words: [apl]", "subject: [apl]", True),
        ("words: [apl, rsa]", "words: [rsa], territory: [lot]", True),
        ("territory: [lot]", "words: [apl], territory: [lot]", True),
        ("words: [mon apl]", "words: [apl]", False),
        ("subject: [apl]", "words: [apl]", False),
        ("words: [apl], territory: [lot]", "words: [apl]", False),
        ("words: [apl]", "words: [rsa]", False),
        ("words: [apl]", "words: [apl, rsa]", False),
        ("network: [fs]", "sender_group: [fs-lot]", False),
    ],
)
def test_a_rule_that_never_speaks_is_named(earlier: str, later: str, dead: bool) -> None:
    """Shadowed: whenever the later rule would match, the earlier one has routed the mail already."""
    rules = f"rules:\n  - {{ name: first, when: {{ {earlier} }}, route: [CAF] }}\n"
    rules += f"  - {{ name: second, when: {{ {later} }}, propose: [CAF] }}\n"
    message = "x.yaml:3:13: never speaks: 'first' (x.yaml:2) always speaks first; put this one before it"
    assert said({"x.yaml": rules}) == ([message] if dead else [])


@pytest.mark.parametrize(
    ("earlier", "later", "dead"),
    [
        ("propose: [CAF]", "propose: [CAF]", True),
        ("propose: [CAF]", "propose: [CAF, CNAV]", False),
        ("propose: [CAF]", "route: [CAF]", False),
        ("route: [CAF]", "propose: [CNAV]", True),
    ],
)
def test_a_proposal_shadows_only_what_it_says_already(earlier: str, later: str, dead: bool) -> None:
    rules = f"rules:\n  - {{ name: first, when: {{ words: [apl] }}, {earlier} }}\n"
    rules += f"  - {{ name: second, when: {{ words: [apl] }}, {later} }}\n"
    shadowed = [line for line in said({"x.yaml": rules}) if "never speaks" in line]
    assert bool(shadowed) is dead


def test_everything_is_listed_at_once_in_the_order_of_files_and_lines() -> None:
    """One run tells all: syntax of one file, wrong values of another, and what does not fit between them."""
    files = {
        "a.yaml": "rules: [\n",
        "lot.yaml": LOT.replace("organisation: CAF", "organisation: CFA").replace(
            "default: ask", "defalt: ask"
        ),
        "z.yaml": "timing: { remind: soon }\nretention: { case: never }\n",
    }
    places = [line.split(": ", 1)[0] for line in said(files)]
    assert places == [
        "a.yaml:2:1",
        "lot.yaml:2:1",
        "lot.yaml:5:19",
        "z.yaml:1:19",
        "z.yaml:2:20",
    ]


def test_the_static_files_people_are_checked_too() -> None:
    charge = Charge(
        address="op@equipe.example",
        territories=("lott",),
        organisations=("CFA",),
        source="mailrouter.yaml:9:5",
    )
    service = Service(domain="aplus.example", experts=(charge,))
    assert said({}, service) == [
        "mailrouter.yaml:1:1: warning: no operator handles held mail; add `operators: [address]`",
        "mailrouter.yaml:9:5: there is no organisation 'CFA'; did you mean 'CAF'?",
        "mailrouter.yaml:9:5: there is no territory 'lott'; did you mean 'lot'?",
    ]


def test_destinations_that_are_not_protected_get_notices_and_check_says_so() -> None:
    """Mail that leaves the machine holds the number only where nobody verified the way."""
    service = Service(
        domain="aplus.example",
        operators=("op@equipe.example",),
        all_protected=False,
        protected_domains=("cahors.example",),
    )
    assert said({}, service) == [
        "lot.yaml:4:3: warning: the group 'caf-lot' gets notices: mail to caf46.example may travel unencrypted; add to "
        "`protected_domains` once verified; there is no secure page yet to read the rest"
    ]


def test_a_provider_that_keeps_mail_gets_notices_and_check_says_so() -> None:
    service = Service(domain="aplus.example", operators=("op@equipe.example",), carries_content=False)
    told = "the transport's provider keeps mail, so they hold the number only; there is no secure page yet to read the rest"
    assert said({}, service) == [
        f"lot.yaml:4:3: warning: the group 'caf-lot' gets notices: {told}",
        f"lot.yaml:7:3: warning: the group 'fs-lot' gets notices: {told}",
    ]


broken = st.text(alphabet=st.sampled_from("abé:-[]{}'\"#&*!?|>@,\n \t0"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LOT)), st.integers(0, 30), broken)
def test_no_text_makes_the_loader_fail(start: int, cut: int, put: str) -> None:
    """Whatever an editor leaves in a file: faults inside that file, or a policy; never an exception."""
    text = LOT[:start] + put + LOT[start + cut :]
    result = load({"lot.yaml": text, "p.csv": put}, SERVICE, SHIPPED, TODAY)
    assert (result.policy is None) == bool(result.errors)
    for f in result.faults:
        lines = {"lot.yaml": text, "p.csv": put}.get(f.file, "").count("\n") + 2
        assert 1 <= f.line <= lines and f.column >= 1 and f.message


def test_with_a_secure_page_nobody_is_warned_of_notices() -> None:
    """What their mails have not is read there."""
    page = "https://lire.aplus.example"
    for more in ({"carries_content": False}, {"all_protected": False}):
        service = Service(domain="aplus.example", operators=("op@equipe.example",), page_url=page, **more)
        assert said({}, service) == []
