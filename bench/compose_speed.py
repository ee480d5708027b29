"""What it costs to make a decision's sends into final bytes, beside the standard library's EmailMessage.

    .venv/bin/python bench/compose_speed.py [--rounds 20]

Prints milliseconds a mail, best of the rounds: every template on the sample case, and the parts of one of them. The
comparison writes the same two texts with EmailMessage and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from timeit import repeat

from mailrouter import templating
from mailrouter.core.compose import compose, mime, sample
from mailrouter.core.compose.context import CONTEXT

BATCH = 20


def best(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of one call, the best of `rounds` batches."""
    work()
    return min(repeat(work, number=BATCH, repeat=rounds)) / BATCH * 1000


def with_email_message(text: str, html: str) -> bytes:
    """The two texts as the standard library writes them."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = (
        "<lot@aplus.example>",
        "<a@b.example>",
        "[Administration+] CAF",
    )
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    kit, directory, facts = (
        sample.sample_kit(templating.load()),
        sample.sample_directory(),
        sample.sample_facts(),
    )
    costs = {}
    for name in sorted(CONTEXT):
        decision = sample.sample_decision(sample.sample_send(name))
        costs[name] = best(lambda decision=decision: compose(decision, facts, directory, kit), rounds)
    for name, cost in sorted(costs.items(), key=lambda row: -row[1]):
        print(f"{cost:6.2f} ms  {name}")
    print(f"{sum(costs.values()) / len(costs):6.2f} ms  mean of {len(costs)}")
    decision = sample.sample_decision(sample.sample_send("answer"))
    (mail,) = compose(decision, facts, directory, kit)
    html = message_from_bytes(mail.octets, policy=default).get_body(("html",)).get_content()
    print(
        f"{best(lambda: mime.message((), mail.text, html, (), mail.id), rounds):6.2f} ms  answer, MIME alone, here"
    )
    print(
        f"{best(lambda: with_email_message(mail.text, html), rounds):6.2f} ms  answer, MIME alone, EmailMessage"
    )


if __name__ == "__main__":
    main()
