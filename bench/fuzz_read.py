"""Coverage-guided fuzzing of the reader (atheris, libFuzzer): `make fuzz SECONDS=600`.

    .venv/bin/python bench/fuzz_read.py [libFuzzer options, as -max_total_time=600]

Starts from the mails of tests/corpus and a dictionary of what mail is made of. A finding is an exception, a
reading that JSON cannot hold, files that do not match the attachments, or more than a second of CPU; libFuzzer writes
the octets to build/fuzz/. Keep each finding: make it small, give it a number and a record in tests/corpus, mend.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mailrouter.core.mail"]):
    from mailrouter.cli.read import as_json
    from mailrouter.core.mail.read import read

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "fuzz"
WORDS = (
    "From: ", "Subject: ", "Date: ", "Message-ID: <", "To: ", "Content-Type: ", "multipart/mixed; boundary=b", "\n--b\n", "\n--b--\n",
    "multipart/alternative", "multipart/report", "message/rfc822", "message/delivery-status", "text/html", "text/plain; charset=",
    "format=flowed; delsp=yes", "application/ms-tnef", "Content-Transfer-Encoding: base64", "quoted-printable", "filename*0*=utf-8''%C3",
    "=?utf-8?q?=C3=A9?=", "=?utf-8?b?w6k=?=", "begin 644 a\n", "\nend\n", "\n\n", "\r\n", "\r", "<blockquote>", "<table><tr><td>", "<!--",
    "<div style=display:none>", "&nbsp;", "a écrit :", "-----Message d'origine-----", "De : ", "Envoyé : ", "Objet : ", "\n> ", "\n-- \n",
    "Auto-Submitted: auto-replied", "absent jusqu'au ", "de retour le ", "550 5.1.1 ", "Final-Recipient: rfc822; a@b", "Action: failed",
    "Nom : ", "Né le ", "NIR : ", "Mandat : oui, le ", "Organisme : CAF", "utf-16", "utf-7", "iso-2022-jp", "unknown-8bit",
)  # fmt: skip


def one(octets: bytes) -> None:
    """One input: its first octet says what the rest is. Raises on a finding."""
    body = (
        ("message", "message", "message", "message", "text", "html")[octets[0] % 6] if octets else "message"
    )
    begin = time.process_time()
    reading = read(octets[1:], body=body)  # type: ignore[arg-type]
    spent = time.process_time() - begin
    json.loads(as_json("f", reading))
    if {file.sha256 for file in reading.message.attachments} != set(reading.files):
        raise AssertionError("attachments and files differ")
    if spent > 1:
        raise AssertionError(f"{spent:.1f} s of CPU")


def prepare() -> list[str]:
    """Seeds and the dictionary under build/fuzz; the options that name them."""
    seeds = WORK / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for mail in (ROOT / "tests" / "corpus").glob("*.eml"):
        (seeds / mail.stem).write_bytes(b"\0" + mail.read_bytes())
    quoted = ('"' + "".join(f"\\x{octet:02x}" for octet in word.encode()) + '"' for word in WORDS)
    (WORK / "words.dict").write_text("\n".join(quoted) + "\n", encoding="ascii")
    return [
        str(seeds),
        f"-dict={WORK / 'words.dict'}",
        f"-artifact_prefix={WORK}/",
        "-timeout=20",
        "-max_len=20000",
    ]


if __name__ == "__main__":
    own = prepare()
    atheris.Setup([sys.argv[0], *own, *sys.argv[1:]], one)
    atheris.Fuzz()
