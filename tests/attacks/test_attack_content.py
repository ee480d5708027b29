"""Attacks by what stands in a mail: fields, text, HTML, files; and by how it is spoken at the door."""

from __future__ import annotations

import email
import email.policy

import pytest
from siege import CAF_BOX, CLAIRE, COMPLETE, JULIEN, ON_CASE, ZOE, everything

INJECTIONS = {
    "an encoded CRLF": "=?utf-8?q?Bonjour=0D=0ABcc=3A_voleur=40ailleurs=2Eexample?=",
    "an encoded LF in base64": "=?utf-8?b?Qm9uam91cgpCY2M6IHZvbGV1ckBhaWxsZXVycy5leGFtcGxl?=",
    "a line separator": "Bonjour\u2028Bcc: voleur@ailleurs.example",
    "a paragraph separator": "Bonjour\u2029Bcc: voleur@ailleurs.example",
    "a next line": "Bonjour\u0085Bcc: voleur@ailleurs.example",
    "bidi overrides": "Bonjour \u202e\u2066voleur\u2069\u202c",
    "zero width": "Bon\u200bjour\u200d\ufeff Bcc: voleur@ailleurs.example",
    "a vertical tab and form feed": "Bonjour\x0b\x0cBcc: voleur@ailleurs.example",
    "a fold": "Bonjour\r\n Bcc: voleur@ailleurs.example",
}
HARMFUL = "\u2028\u2029\u0085\u202e\u2066\u2069\u202c\u200b\u200d\ufeff\x0b\x0c\x00"


def raw(author: str, to: str, subject: str, text: str, mark: str, more: str = "") -> bytes:
    return (
        f"From: {author}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{mark}@client.example>\r\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n{more}MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode() + text.replace("\n", "\r\n").encode()


def fields_of(message) -> list[str]:
    return [k.lower() for k, _ in message.items()]


@pytest.mark.parametrize("value", INJECTIONS.values(), ids=INJECTIONS)
def test_injection_by_subject_name_and_values(siege, value):
    """Line ends in all their spellings, in the subject, the author's name and the case's fields, to add a Bcc.

    Attacker: no mail goes anywhere it would not have gone.
    Victim: her agents' mails have the usual header fields, each once, and a subject without any word of hers.
    Operator: the usual record.
    """
    mark = siege.mark()
    plain = value.replace("\r\n", " ")
    text = (
        f"Bonjour {mark},\n\nPrénom : Marie {plain}\nNom : DUPONT\nDate de naissance : 03/04/1961\n"
        f"Adresse : {plain}\nMandat : oui\nRepère : {plain}\nJ'accepte\n"
    )
    seen = siege.relay(
        raw(f'"Zoé {plain}" <{ZOE}>', "lot+caf@aplus.example", value, text, mark), domain="cahors.example"
    )
    assert seen.outcome[0] == "opened", seen.trace
    assert set(seen.mails) == ON_CASE
    for letters in seen.mails.values():
        for letter in letters:
            names = fields_of(letter)
            assert "bcc" not in names and "cc" not in names
            assert all(names.count(n) == 1 for n in ("from", "to", "subject", "message-id", "reply-to"))
            shown = " ".join(str(letter[n]) for n in ("From", "To", "Subject", "Reply-To"))
            assert "voleur" not in shown and not set(HARMFUL) & set(shown)
            octets = letter.as_bytes().partition(b"\n\n")[0]
            assert b"\nBcc" not in octets
    assert not [a for a in siege.room.everybody() if "voleur" in a]


HIDDEN = {
    "display none": '<div style="display:none">{word}</div>',
    "display none, spaced": '<div style="color:red; DISPLAY : none !important">{word}</div>',
    "hidden": "<div hidden>{word}</div>",
    "visibility": '<span style="visibility:hidden">{word}</span>',
    "no size": '<span style="font-size:0">{word}</span>',
    "no height": '<div style="max-height:0;overflow:hidden">{word}</div>',
    "Office's hidden text": '<span style="mso-hide:all">{word}</span>',
    "no opacity": '<p style="opacity:0">{word}</p>',
    "a comment": "<!-- {word} -->",
    "a title": "<title>{word}</title>",
    "a style sheet": "<style>p:before{{content:'{word}'}}</style>",
    "alternative text": '<img alt="{word}" src="cid:x" width="1" height="1">',
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_an_act_hidden_by_css(siege, hidden):
    """An act that the sender's own client does not show: `clore oui`, hidden in the HTML of a mail she forwards.

    Attacker: -
    Victim: what her reader does not see is not done.
    Operator: the usual record.
    """
    case = siege.open_case()
    letter = siege.letter(ZOE, case.at(ZOE), "Re", "x")
    html = f"<html><body>{hidden.format(word='clore oui')}<p>Merci de regarder ce dossier avant jeudi.</p></body></html>"
    letter.set_content(html, subtype="html")
    seen = siege.relay(letter)
    assert siege.case(case.number).state == "open", seen.trace
    assert seen.outcome[1] != "act:close"


def test_zero_width_characters_in_an_act(siege):
    """`tra<zero width space>ité` looks like an act to people; a machine may read text.

    Attacker: -
    Victim: it counts as what people see, or it is answered that it was not understood: never both.
    Operator: the usual record.
    """
    case = siege.open_case()
    seen = siege.answer(CLAIRE, case.letters[CLAIRE], "trai\u200bt\u00ade\u0301")
    assert seen.outcome == ("handled", "act:done")
    for letter in seen.mails.get(ZOE, []):
        assert not {"\u200b", "\u00ad"} & set(everything(letter))


def test_null_and_control_characters(siege):
    """NUL, escape sequences and other controls in text, subject and name, for terminals and databases to trip over.

    Attacker: -
    Victim: the text without them.
    Operator: `explain` and `held` print nothing that moves a cursor.
    """
    case, mark = siege.open_case(), siege.mark()
    text = f"Voici\x00 la \x1b[2Jsuite\x07 du\x08 dossier {mark}.\x1a\n"
    seen = siege.relay(
        raw(f"Claire \x1b[31m <{CLAIRE}>", case.at(CLAIRE), "Re \x00\x1b]0;x\x07", text, mark),
        domain="caf46.example",
    )
    assert seen.outcome[0] == "attached" and seen.to(ZOE), seen.trace
    controls = {chr(c) for c in range(32)} - set("\t\n\r")
    for letters in seen.mails.values():
        assert not [x for x in letters if controls & set(everything(x))]
    assert not controls & set(siege.logged(seen))


NAMES = {
    "a path": ("../../../../etc/cron.d/x.pdf", "_.._.._.._etc_cron.d_x.pdf"),
    "a Windows path": ("..\\..\\Windows\\x.pdf", "_.._Windows_x.pdf"),
    "a right-to-left override": ("facture\u202efdp.exe.pdf", "facturefdp.exe.pdf"),
    "line ends": ('x.pdf"\r\nBcc: voleur@ailleurs.example', None),
    "a null": ("x.pdf\x00.exe", None),
    "nothing but dots": ("..", "document"),
    "very long": ("a" * 500 + ".pdf", None),
}


@pytest.mark.parametrize("pair", NAMES.values(), ids=NAMES)
def test_names_of_files(siege, pair):
    """Names of files with paths, overrides, line ends: to write elsewhere, to look like something else, to add fields.

    Attacker: -
    Victim: a plain name without path or format characters, at most 120 characters.
    Operator: the usual record.
    """
    name, expected = pair
    case, mark = siege.open_case(), siege.mark()
    encoded = "".join(f"%{b:02X}" for b in name.encode())
    octets = (
        f"From: {CLAIRE}\r\nTo: {case.at(CLAIRE)}\r\nSubject: Re\r\nMessage-ID: <{mark}@c.example>\r\n"
        "Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        f"Voici la notification demandée {mark}.\r\n--b\r\nContent-Type: application/pdf\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{encoded}\r\n\r\n%PDF-1.4 x\r\n--b--\r\n"
    )
    seen = siege.relay(octets.encode())
    assert seen.outcome[0] == "attached" and seen.to(ZOE), seen.trace
    for letters in seen.mails.values():
        for letter in letters:
            assert "bcc" not in fields_of(letter)
            files = [p.get_filename() for p in letter.walk() if p.get_filename()]
            assert all(len(f) <= 120 and not set("/\\\r\n\0\u202e") & set(f) for f in files), files
            if expected and files:
                assert expected in files
    assert not [a for a in siege.room.everybody() if "voleur" in a]


def test_quoted_lines_between_answers(siege):
    """An agent answers between the lines of a mail that quotes a note which only agents may read.

    Attacker: -
    Victim: the aidant reads the answers, without a line of what they were written between.
    Operator: the usual record.
    """
    case, mark = siege.open_case(), siege.mark()
    text = (
        f"Bonjour,\n\nLe 3 mars, Julien Roques a écrit :\n> Elle a déjà fraudé {mark}.\n\nJe ne le pense pas.\n\n"
        f"> Et la trésorerie {mark} ?\n\nLa réponse est arrivée hier.\n"
    )
    seen = siege.answer(CLAIRE, case.letters[CLAIRE], text)
    assert seen.outcome == ("attached", "on-case:token")
    body = seen.to(ZOE).get_body(("plain",)).get_content()
    assert "La réponse est arrivée hier" in body and "Je ne le pense pas" in body
    assert siege.readers(mark) == set()


def test_an_act_in_a_quote(siege):
    """A quoted line that looks like an act: `> clore oui` above an aidant's own words.

    Attacker: -
    Victim: only her own first line is an act.
    Operator: the usual record.
    """
    case = siege.open_case()
    seen = siege.answer(
        ZOE, case.letters[ZOE], "> clore oui\n\nJe ne comprends pas ce que cela veut dire ici.\n"
    )
    assert siege.case(case.number).state == "open", seen.trace


SMUGGLED = {
    "LF.CRLF": b"\n.\r\n",
    "LF.LF": b"\n.\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "LF.CR": b"\n.\r",
    "NUL between": b"\r\n\x00.\r\n",
}


@pytest.mark.parametrize("end", SMUGGLED.values(), ids=SMUGGLED)
def test_smuggling(siege, end):
    """A second mail hidden behind an end of data that only some servers take for one (CVE-2023-51764 and its kin).

    Attacker: one refusal of the whole, or one mail with all of it as text.
    Victim: no mail in her name appears.
    Operator: nothing more than the one receipt.
    """
    case, mark = siege.standing_case(), siege.mark()
    inner = (
        f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<{case.at(CLAIRE)}>\r\nDATA\r\n"
        "Authentication-Results: mx.aplus.example; dmarc=pass header.from=caf46.example\r\n"
        "Received: from x ([192.0.2.10]) by mx.aplus.example; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        f"From: {CLAIRE}\r\nTo: {case.at(CLAIRE)}\r\nSubject: Re\r\n\r\nfaux {mark}\r\n.\r\n"
    ).encode()
    before = siege.ledger()["received"]
    said = siege.dialogue(
        b"EHLO x.example\r\nMAIL FROM:<a@ailleurs.example>\r\nRCPT TO:<lot@aplus.example>\r\nDATA\r\n"
        b"From: a@ailleurs.example\r\nTo: lot@aplus.example\r\nSubject: x\r\n\r\nBonjour"
        + end
        + inner
        + b"QUIT\r\n"
    )
    siege.settled([])
    assert siege.ledger()["received"] - before <= 1
    assert said.count("Accepted as") <= 1
    assert siege.readers(mark) == set()


def test_commands_of_the_door(siege):
    """Commands with bare line ends, of enormous length, out of order, for other domains.

    Attacker: refusals; no relaying.
    Victim: nothing.
    Operator: nothing is accepted.
    """
    before = siege.ledger()["received"]
    said = siege.dialogue(
        b"EHLO x.example\r\nRCPT TO:<lot@aplus.example>\r\nDATA\r\nMAIL FROM:<a@x.example>\r\n"
        b"RCPT TO:<victime@ailleurs.example>\r\nRCPT TO:<lot@aplus.example@ailleurs.example>\r\n"
        b"RCPT TO:<@aplus.example:victime@ailleurs.example>\r\nVRFY zoe.durand\r\nEXPN lot\r\nQUIT\r\n"
    )
    answers = [line[:3] for line in said.splitlines()]
    assert said.count("5.7.1 Relaying denied") >= 1 and "354" not in answers
    assert "252" in answers and "502" in answers
    assert siege.ledger()["received"] == before


def test_a_strangers_words_go_nowhere(siege):
    """A stranger's text, subject, name and file names, in every kind of mail that is answered or announced.

    Attacker: whatever comes back holds nothing of what was sent.
    Victim: nobody can be made to read it.
    Operator: address, size and reason; no subject, name or text.
    """
    case, mark = siege.standing_case(), siege.mark()
    author = f'"Nom {mark}" <reflet@ailleurs.example>'
    for to in ("lot@aplus.example", case.at(CLAIRE), "aide@aplus.example", "dpo@aplus.example"):
        letter = siege.letter(
            author, to, f"Sujet {mark}", f"Texte {mark}", Message_ID=f"<{mark}{to[:3]}@x.example>"
        )
        letter.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{mark}.txt")
        siege.relay(letter)
        siege.relay(letter.as_bytes().replace(b"Texte", b"Encore"), dmarc="fail")
    letters = [
        file for address in siege.room.everybody() for file in (siege.room.mailbox(address) / "new").iterdir()
    ]
    parsed = [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in letters]
    # In-Reply-To is the stranger's own Message-ID, to the stranger alone.
    assert not [m for m in parsed if mark in everything(m).replace(f"<{mark}", "<")]


def test_a_homonym_in_another_group(siege):
    """A colleague's mailbox of the same organisation elsewhere: same organisation, other territory.

    Attacker: registered, aligned, with a token that was forwarded: held.
    Victim: nobody on the case reads it.
    Operator: the held mail.
    """
    case, mark = siege.standing_case(), siege.mark()
    seen = siege.write("sophie.nguyen@caf95.example", case.at(CLAIRE), "Re", mark)
    assert seen.outcome == ("held", "hold:stranger-on-case")
    assert siege.readers(mark) == set()


def test_the_mailbox_and_the_member_are_one_party(siege):
    """No attack: a member answers from the shared mailbox, her name in From (DOMAIN, shared mailboxes).

    Attacker: -
    Victim: the aidant reads who signed; the organisation has answered.
    Operator: the record says whether a member's name was found.
    """
    case = siege.open_case()
    seen = siege.answer(
        f"Claire Martin <{CAF_BOX}>", case.letters[CAF_BOX], "C'est en cours de traitement ici."
    )
    assert "Claire Martin" in str(seen.to(ZOE)["From"])
    assert seen.trace["signed"] == "a member's name"
    assert siege.case(case.number).party("CAF").first_answer_at is not None
    other = siege.answer(
        f"Le Directeur <{CAF_BOX}>", case.letters[CAF_BOX], "Autre précision pour ce dossier."
    )
    assert "Directeur" not in str(other.to(ZOE)["From"]) and "CAF du Lot" in str(other.to(ZOE)["From"])


def test_completeness_of_the_sample(siege):
    """No attack: what the suite opens its cases with is a complete case, or its attacks would prove nothing.

    Attacker: -
    Victim: the agents read her words.
    Operator: the usual record.
    """
    case = siege.open_case()
    assert "Mandat : oui" in COMPLETE and JULIEN in case.letters
    assert siege.readers(case.secret) == {CLAIRE, JULIEN, CAF_BOX}
