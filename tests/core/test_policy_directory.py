"""Looking things up: addresses of the service, people and their roles, groups, disclosure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from mailrouter.configuration import load_configuration, shipped_tables
from mailrouter.core.decide.words.stated import USAGER_FIELDS as STATED
from mailrouter.core.policy.directory import Directory
from mailrouter.core.policy.load import load
from mailrouter.core.policy.schema import USAGER_FIELDS, Calendar, Charge, Duration, Policy, Service

SAMPLE = load_configuration(Path(__file__).parents[2] / "config", {})
assert SAMPLE.policy is not None
DIRECTORY = Directory.of(SAMPLE.policy)

SERVICE = Service(domain="aplus.example", operators=("op@equipe.example",))


def policy(text: str, service: Service = SERVICE) -> Policy:
    """The policy of one file."""
    result = load({"x.yaml": text}, service, shipped_tables(), date(2026, 3, 2))
    assert result.policy is not None, result.errors
    return result.policy


def directory(text: str, service: Service = SERVICE) -> Directory:
    """The directory of one file."""
    return Directory.of(policy(text, service))


@pytest.mark.parametrize(
    ("address", "kind", "territory", "organisation", "service"),
    [
        ("lot@aplus.example", "territory", "lot", "", ""),
        ("LOT@APLUS.EXAMPLE", "territory", "lot", "", ""),
        ("46@aplus.example", "territory", "lot", "", ""),
        ("cahors@aplus.example", "territory", "lot", "", ""),
        ("lot+caf@aplus.example", "territory", "lot", "CAF", ""),
        ("caf.lot@aplus.example", "territory", "lot", "CAF", ""),
        ("46+allocations-familiales", "territory", "lot", "CAF", ""),
        ("pole-emploi.95", "territory", "val-d-oise", "France Travail", ""),
        ("liste@aplus.example", "service", "", "", "liste"),
        ("postmaster", "service", "", "", "postmaster"),
        ("Aide", "service", "", "", "aide"),
        ("lot+cfa@aplus.example", "unknown", "", "", ""),
        ("caf.lott", "unknown", "", "", ""),
        ("gers@aplus.example", "unknown", "", "", ""),
        ("cas-0000", "unknown", "", "", ""),
        ("", "unknown", "", "", ""),
    ],
)
def test_our_addresses(address: str, kind: str, territory: str, organisation: str, service: str) -> None:
    target = DIRECTORY.target_of(address)
    assert (target.address, target.kind) == (address, kind)
    assert (target.territory, target.organisation, target.service) == (territory, organisation, service)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("lott@aplus.example", "lot@aplus.example"),
        ("cahros@aplus.example", "cahors@aplus.example"),
        ("val-doise", "val-d-oise@aplus.example"),
        ("aidee", "aide@aplus.example"),
        ("cahrs+cfa", "cahors+caf@aplus.example"),
        ("cpma.lot", "lot+cpam@aplus.example"),
        ("lot+zzzzzz", "lot@aplus.example"),
        ("zzzzzz", None),
        ("47", None),
        ("cas-0123456789abcdefghijklmnopqrst", None),
        ("CAS-lot", None),
        ("r-lot", None),
        ("gers", None),
    ],
)
def test_hints_cover_territories_and_service_words_but_never_tokens(address: str, hint: str | None) -> None:
    """Situations 17: the nearest known address, never one of a case or a reverse-path."""
    assert DIRECTORY.nearest(address) == hint


def test_places_that_are_not_open_are_known() -> None:
    assert {
        w: p.name if (p := DIRECTORY.unopened(w)) else None for w in ("gers", "32", "caf.gers", "lot", "xx")
    } == {
        "gers": "Gers",
        "32": "Gers",
        "caf.gers": "Gers",
        "lot": None,
        "xx": None,
    }


def test_people_by_any_of_their_addresses() -> None:
    zoe = DIRECTORY.person_of("ZDurand@Cahors.example")
    assert zoe is not None and (zoe.name, zoe.address) == ("Zoé Durand", "zoe.durand@cahors.example")
    assert DIRECTORY.canonical("zdurand@cahors.example") == "zoe.durand@cahors.example"
    assert DIRECTORY.canonical("Nobody@X.example") == "nobody@x.example"
    assert (
        DIRECTORY.person_of("nobody@x.example") is None and DIRECTORY.person_of("aplus@caf46.example") is None
    )
    assert [g.id for g in DIRECTORY.groups_of("zdurand@cahors.example")] == ["fs-cahors"]
    assert [g.id for g in DIRECTORY.mailbox_groups("APLUS@caf46.example")] == ["caf-lot"]
    assert [p.name for p in DIRECTORY.members("caf-lot")] == ["Claire Martin", "Julien Roques"]
    assert DIRECTORY.members("nothing") == ()


@pytest.mark.parametrize(
    ("address", "roles"),
    [
        ("zoe.durand@cahors.example", {"aidant"}),
        ("sylvie.fabre@cahors.example", {"manager"}),
        ("claire.martin@caf46.example", {"agent"}),
        ("aplus@caf46.example", {"agent"}),
        ("amina.toure@cpam95.example", {"agent", "manager"}),
        ("nadia.benali@equipe-aplus.example", {"expert"}),
        ("helene.costes@prefecture46.example", {"territory-manager"}),
        ("support@equipe-aplus.example", {"operator"}),
        ("statistiques@equipe-aplus.example", {"observer"}),
        ("stranger@x.example", set()),
    ],
)
def test_roles_are_computed_in_one_place(address: str, roles: set[str]) -> None:
    assert DIRECTORY.roles(address) == roles


def test_roles_add_up() -> None:
    both = directory(
        "territory: lot\ndefault: ask\ngroups:\n"
        "  a: { organisation: CAF, members: [op@equipe.example], managers: [op@equipe.example] }\n"
        "  b: { organisation: FS, members: [op@equipe.example] }\n"
    )
    assert both.roles("op@equipe.example") == {"agent", "aidant", "manager", "operator"}


def test_experts_and_territory_managers_are_for_where_they_are_named() -> None:
    nadia, paul = "nadia.benali@equipe-aplus.example", "paul.renard@equipe-aplus.example"
    assert DIRECTORY.experts_for("lot", "CAF") == (nadia,)
    assert DIRECTORY.experts_for("val-d-oise", "CAF") == (nadia, paul)
    assert DIRECTORY.experts_for("val-d-oise", "CPAM") == (paul,)
    assert DIRECTORY.experts_for("lot", "CPAM") == ()
    assert DIRECTORY.territory_managers_for("lot", "CPAM") == ("helene.costes@prefecture46.example",)
    assert DIRECTORY.territory_managers_for("gers", "CPAM") == ()


def test_groups_of_a_place() -> None:
    assert [g.id for g in DIRECTORY.groups_for("lot", "CAF")] == ["caf-lot"]
    assert DIRECTORY.groups_for("lot", "CARSAT") == () == DIRECTORY.groups_for("gers", "CAF")
    names = {g.id: g.name for g in DIRECTORY.policy.groups}
    assert names["caf-lot"] == "CAF du Lot" and names["caf-val-d-oise"] == "CAF du Val-d'Oise"


REACH = """\
territories:
  - territory: lot
    default: ask
    neighbours: [cantal]
    groups:
      open: { organisation: CAF, members: [op@equipe.example] }
      closed: { organisation: CAF, network: emmaus, members: [op@equipe.example] }
      wide: { organisation: CPAM, accepts_from: [gers], members: [op@equipe.example] }
      fs: { organisation: FS, members: [op@equipe.example] }
      emmaus: { organisation: Association, network: [emmaus, secours], members: [op@equipe.example] }
  - { territory: gers, default: ask, groups: { fs-gers: { organisation: FS, members: [op@equipe.example] } } }
  - { territory: cantal, default: ask, groups: { fs-cantal: { organisation: FS, members: [op@equipe.example] } } }
"""


@pytest.mark.parametrize(
    ("sender", "reached"),
    [
        ("fs", {"open", "wide"}),
        ("emmaus", {"open", "closed", "wide"}),
        ("fs-gers", {"wide"}),
        ("fs-cantal", {"open", "wide"}),
    ],
)
def test_who_may_write_to_a_group(sender: str, reached: set[str]) -> None:
    """An own territory, a neighbour's, or one accepted from; and the network where a group asks for one."""
    built = directory(REACH)
    groups = [built.groups[name] for name in ("open", "closed", "wide")]
    assert {g.id for g in groups if built.reachable(g, [built.groups[sender]])} == reached
    assert not any(built.reachable(g, []) for g in groups)


def test_equal_local_parts_are_one_person_under_same_person_domains() -> None:
    """Situations 14: an organisation that changed its domain."""
    built = directory(
        "territory: lot\ndefault: ask\nsame_person_domains: [[equipe.example, equipe-old.example]]\n"
        "people: [{ address: op@equipe.example, name: Op, aliases: [o.p@equipe.example] }]\n"
    )
    assert built.canonical("OP@equipe-old.example") == "op@equipe.example"
    assert built.canonical("o.p@equipe-old.example") == "op@equipe.example"
    assert built.person_of("op@other.example") is None and built.person_of("x@equipe-old.example") is None


def test_members_named_by_an_alias_are_the_person() -> None:
    built = directory(
        "territory: lot\ndefault: ask\ngroups: { caf: { organisation: CAF, members: [o.p@equipe.example] } }\n"
        "people: [{ address: op@equipe.example, name: Op, aliases: [o.p@equipe.example] }]\n",
        Service(
            domain="aplus.example",
            operators=("o.p@equipe.example",),
            experts=(Charge(address="o.p@equipe.example"),),
        ),
    )
    assert built.groups["caf"].members == ("op@equipe.example",)
    assert built.roles("o.p@equipe.example") == {"agent", "operator", "expert"}
    assert [p.address for p in built.policy.people] == ["op@equipe.example"]


def test_members_without_an_entry_get_a_name_from_their_address() -> None:
    people = directory(
        "territory: lot\ndefault: ask\ngroups: { caf: { organisation: CAF, members: [anne-marie.le_goff@caf46.example] } }\n"
    ).policy.people
    assert {p.address: p.name for p in people} == {
        "anne-marie.le_goff@caf46.example": "Anne-marie Le Goff",
        "op@equipe.example": "Op",
    }


def test_entitlement_to_usager_fields() -> None:
    """DOMAIN.md: NIR to the social-security organisations, allocataire to CAF, numéro fiscal to the tax offices."""
    organisations = DIRECTORY.organisations
    told = {
        f: {c for c in organisations if DIRECTORY.entitled(c, f)}
        for f in ("nir", "allocataire", "fiscal", "nom")
    }
    assert told == {
        "nir": {"CAF", "CARSAT", "CPAM", "CNAM", "CNAV", "CRAM", "MSA"},
        "allocataire": {"CAF"},
        "fiscal": {"DDFIP", "DRFIP"},
        "nom": set(organisations),
    }
    assert not DIRECTORY.entitled("unknown", "nir") and DIRECTORY.entitled("unknown", "nom")
    assert set(STATED) == set(USAGER_FIELDS)


def test_disclosure_is_narrowed_never_widened() -> None:
    """A shared mailbox whose readers did not agree, an unprotected way, a provider that keeps mail: `notice`."""
    text = (
        "territory: lot\ndefault: ask\ngroups:\n"
        "  a: { organisation: CAF, mailbox: bal@x.example, members: [m@x.example], disclosure: full }\n"
        "  b: { organisation: CPAM, mailbox: bal@y.example, readers_agreed: 2026-01-01, members: [m@y.example] }\n"
        "  c: { organisation: MSA, members: [m@z.example], disclosure: notice }\n"
    )

    def shown(service: Service) -> list[str]:
        built = directory(text, service)
        pairs = [("a", "m@x.example"), ("a", "BAL@x.example"), ("b", "bal@y.example"), ("c", "m@z.example")]
        return [built.disclosure(built.groups[g], address) for g, address in pairs]

    assert shown(SERVICE) == ["full", "notice", "redacted", "notice"]
    sent = msgspec.structs.replace(SERVICE, all_protected=False, protected_domains=("x.example",))
    assert shown(sent) == ["full", "notice", "notice", "notice"]
    assert shown(msgspec.structs.replace(SERVICE, carries_content=False)) == ["notice"] * 4


def test_domains_of_a_group_are_its_employers_never_free_mail() -> None:
    built = directory(
        "territory: lot\ndefault: ask\nfree_mail_domains: [messagerie.example]\n"
        "organisations: { CAF: { domains: [cnaf.example] } }\n"
        "groups: { caf: { organisation: CAF, domains: [caf-lot.example], mailbox: bal@caf46.example,\n"
        "  members: [a@gmail.com, b@messagerie.example, c@caf46.example], managers: [d@caf.example] } }\n"
    )
    assert built.domains_of(built.groups["caf"]) == {
        "cnaf.example",
        "caf-lot.example",
        "caf46.example",
        "caf.example",
    }


def test_timing_and_calendar_by_organisation_and_territory() -> None:
    assert str(DIRECTORY.timing("CAF").remind) == "3 business days"
    assert str(DIRECTORY.timing("DDFIP").remind) == "4 business days"
    assert DIRECTORY.timing("DDFIP").silence == Duration(count=15, unit="days") == DIRECTORY.timing().silence
    assert DIRECTORY.calendar("nowhere") == Calendar() == DIRECTORY.calendar("lot")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("territory: moselle", Calendar(subdivision="57")),
        ("territory: moselle\nholidays: FR", Calendar(subdivision="57")),
        ('territory: moselle\nsubdivision: ""', Calendar()),
        ("territory: bas-rhin", Calendar(subdivision="6AE")),
        ("territory: la-reunion", Calendar(subdivision="974", zone="Indian/Reunion")),
        ("territory: guyane", Calendar(subdivision="973", zone="America/Cayenne")),
        ("territory: pays-de-metz\nname: Pays de Metz\nholidays: FR-57", Calendar(subdivision="57")),
        ('territory: saint-denis\nname: Saint-Denis\ncode: "974"', Calendar(subdivision="974", zone="Indian/Reunion")),
        ("territory: namur\nname: Namur\nholidays: BE\ntime_zone: Europe/Brussels", Calendar(zone="Europe/Brussels", country="BE")),
        (
            "territory: lot\nworking_days: [tuesday, monday]\nworking_hours: [09:00-12:00, 13:30-17:00]\nclosed: [2026-05-15]",
            Calendar(workdays=(0, 1), hours=((540, 720), (810, 1020)), closed=(date(2026, 5, 15),)),
        ),
    ],
)  # fmt: skip
def test_the_calendar_of_a_territory_comes_from_its_place(lines: str, expected: Calendar) -> None:
    assert policy(f"{lines}\ndefault: ask\n").territories[0].calendar == expected


def test_names_codes_and_postcodes_come_from_the_shipped_table() -> None:
    territories = [
        policy(f"territory: {t}\ndefault: ask\n").territories[0] for t in ("val-d-oise", "corse-du-sud")
    ]
    assert [(t.name, t.code, t.of, t.postcodes) for t in territories] == [
        ("Val-d'Oise", "95", "du Val-d'Oise", ("95",)),
        ("Corse-du-Sud", "2A", "de la Corse-du-Sud", ("200", "201")),
    ]
    assert Directory.of(policy("territory: ain\ndefault: ask\n")).target_of("01").territory == "ain"


def test_a_code_keeps_its_zero_quoted_or_not() -> None:
    codes = [
        policy(f"territory: bresse\nname: Bresse\ncode: {c}\ndefault: ask\n").territories[0].code
        for c in ("01", '"01"')
    ]
    assert codes == ["01", "01"]


def test_sources_say_file_and_line() -> None:
    text = "territory: lot\ndefault: ask\ngroups:\n  caf:\n    organisation: CAF\nrules:\n  - name: a\n    when: { words: [apl] }\n    route: [CAF]\n"
    made = policy(text)
    assert (made.territories[0].source, made.groups[0].source, made.rules[0].source) == (
        "x.yaml:1",
        "x.yaml:4",
        "x.yaml:7",
    )


BASE = """\
territory: lot
default: ask
groups: { caf: { organisation: CAF, members: [a@x.example], mailbox: bal@x.example } }
rules: [{ name: r, when: { words: [apl] }, propose: [CAF] }]
people: [{ address: a@x.example, name: A }]
"""


@pytest.mark.parametrize(
    ("old", "new", "routing_differs", "people_differ"),
    [
        ("territory: lot", "# a comment moves every line\nterritory: lot", False, False),
        ("name: A", "name: B", False, True),
        ("members: [a@x.example]", "members: [a@x.example, b@x.example]", False, True),
        ("name: A }", "name: A, aliases: [aa@x.example] }", False, True),
        ("words: [apl]", "words: [rsa]", True, False),
        ("bal@x.example", "boite@x.example", True, False),
        ("organisation: CAF,", "organisation: CAF, disclosure: full,", True, False),
        ("default: ask", "default: ask\ntiming: { remind: 4 days }", True, False),
        ("default: ask", "default: caf", True, False),
    ],
)
def test_the_digest_covers_routing_and_the_generation_people(
    old: str, new: str, routing_differs: bool, people_differ: bool
) -> None:
    before, after = policy(BASE), policy(BASE.replace(old, new))
    assert len(before.digest) == len(before.generation) == 64
    assert (after.digest != before.digest) is routing_differs
    assert (after.generation != before.generation) is people_differ


def test_the_policy_is_one_value_however_the_files_are_split() -> None:
    """Any split into files is the same policy, but for where things stand."""
    head, groups, rules, people = (
        BASE.split("groups:")[0],
        "groups:" + BASE.split("groups:")[1].split("rules:")[0],
        "",
        "",
    )
    rules, people = BASE.split("rules:")[1].split("people:")
    groups = groups.replace("organisation: CAF,", "organisation: CAF, territories: [lot],")
    parts = {
        "a.yaml": head,
        "b.yml": groups,
        "c.yaml": f"rules:{rules}",
        "d.csv": "address,name\na@x.example,A\n",
    }
    split = load(parts, SERVICE, shipped_tables(), date(2026, 3, 2)).policy
    assert split is not None
    assert (split.digest, split.generation) == (policy(BASE).digest, policy(BASE).generation)
    assert [g.source for g in split.groups] == ["b.yml:1"] and split.people[0].source == "d.csv:2"


def test_rules_say_which_of_their_words_occur() -> None:
    built = directory(
        "territory: lot\ndefault: ask\ngroups: { caf: { organisation: CAF } }\nrules:\n"
        "  - { name: a, when: { words: [APL, aide au logement] }, propose: [CAF] }\n"
        "  - { name: b, when: { subject: [apl], territory: [lot] }, route: [CAF] }\n"
    )
    assert built.said("Ses aides au logement, son A.P.L.") == {"APL", "apl", "aide au logement"}
    assert built.said("application") == frozenset()


def test_the_sample_service_holds_what_the_demo_needs() -> None:
    policy_ = DIRECTORY.policy
    assert policy_.domain == "aplus.example" and {t.slug for t in policy_.territories} == {
        "lot",
        "val-d-oise",
    }
    answering = {
        t: {g.organisation for g in policy_.groups if t in g.territories and g.side == "operator"}
        for t in ("lot", "val-d-oise")
    }
    five = {"CAF", "CPAM", "DDFIP", "MSA", "France Travail"}
    assert answering == {"lot": five, "val-d-oise": five}
    caf = DIRECTORY.groups["caf-lot"]
    assert (caf.mailbox, caf.disclosure, len(caf.members), caf.managers) == (
        "aplus@caf46.example",
        "full",
        2,
        ("chef@caf46.example",),
    )
    assert DIRECTORY.disclosure(caf, caf.mailbox) == "full"
    assert "zoe.durand@cahors.example" in DIRECTORY.groups["fs-cahors"].members
    assert len(DIRECTORY.groups["fs-cahors"].members) > 1
    assert SAMPLE.errors == () and all("nobody answers" in w.message for w in SAMPLE.warnings)
