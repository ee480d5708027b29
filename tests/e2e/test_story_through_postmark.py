"""The demo's story through the Postmark door: people's mail comes in by webhook, signed by their domains, and every
notice leaves through the stand-in, whose events come back and settle the outbox."""

from __future__ import annotations

import asyncio
import base64
import shutil
import sys
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import dkim
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.append(str(Path(__file__).parents[1] / "doors"))
from postmark_stand_in import PostmarkStandIn  # noqa: E402

from mailrouter.app import App, open_app
from mailrouter.checks.build import build_checks
from mailrouter.checks.resolver import TableResolver
from mailrouter.demo import play
from mailrouter.demo.story import STORY, Scene, Stage
from mailrouter.serving import ROLES, serve

ROOT = Path(__file__).parents[2]
DOMAINS = ("cahors.example", "caf46.example", "ailleurs.example")
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
ZONE = {
    name: {"TXT": (record,)}
    for domain in DOMAINS
    for name, record in (
        (f"s._domainkey.{domain}", f"v=DKIM1; k=rsa; p={PUBLIC}"),
        (f"_dmarc.{domain}", "v=DMARC1; p=reject"),
    )
}


def signed(message: EmailMessage) -> str:
    """The mail as its author's server would send it."""
    octets = message.as_bytes(policy=SMTP)
    domain = message["From"].addresses[0].domain
    signature = dkim.sign(
        octets, b"s", domain.encode(), PEM, include_headers=[b"from", b"to", b"subject", b"message-id"]
    )
    return (signature + octets).decode()


def post(message: EmailMessage, scene: Scene, n: int) -> dict[str, Any]:
    """What Postmark would post, with RawEmail on."""
    raw = ("Return-Path: <>\r\n" if scene.null_path else "") + signed(message)
    return {
        "From": message["From"].addresses[0].addr_spec,
        "FromFull": {"Email": message["From"].addresses[0].addr_spec, "Name": "", "MailboxHash": ""},
        "OriginalRecipient": message["To"].addresses[0].addr_spec,
        "MessageID": f"00000000-0000-0000-0000-{n:012}",
        "RawEmail": raw,
    }


def mailboxes(taken: list[dict[str, Any]]) -> dict[str, list[EmailMessage]]:
    """What people read of the mails that the stand-in took."""
    found: dict[str, list[EmailMessage]] = {}
    for item in taken:
        message = EmailMessage()
        for name in ("From", "To", "Subject"):
            message[name] = item[name]
        message["Reply-To"] = item.get("ReplyTo")
        for header in item["Headers"]:
            if header["Name"] not in message:
                message[header["Name"]] = header["Value"]
        message.set_content(item["TextBody"])
        for file in item["Attachments"]:
            kind = file["ContentType"].split("/")
            message.add_attachment(
                base64.b64decode(file["Content"]), maintype=kind[0], subtype=kind[1], filename=file["Name"]
            )
        found.setdefault(item["To"], []).append(message)
    return found


async def scene_by_scene(app: App, stand_in: PostmarkStandIn, client: httpx.AsyncClient) -> None:
    stage = Stage(until=(datetime.now() + timedelta(days=12)).strftime("%d/%m/%Y"))
    for number, scene in enumerate(STORY, 1):
        message, looked = scene.mail(stage), len(stand_in.taken)
        posted = post(message, scene, number)
        answers = [await client.post("/postmark/inbound", json=posted) for _ in range(2)]
        assert [a.status_code for a in answers] == [200, 200]
        decision = await play._settled(app, str(message["Message-ID"]))
        assert (scene.title, decision.disposition) == (scene.title, scene.disposition)
        arrived = mailboxes(stand_in.taken[looked:])
        play._compare(scene, arrived)
        for address, mails in arrived.items():
            stage.inbox.setdefault(address, []).extend(mails)
        for item in stand_in.taken[looked:]:
            assert (await client.post("/postmark/events", json=delivered(item))).status_code == 200


def delivered(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "RecordType": "Delivery",
        "MessageID": item["MessageID"],
        "Recipient": item["To"],
        "DeliveredAt": "2026-03-12T10:00:00Z",
        "Details": "250 2.0.0 OK",
        "Metadata": item["Metadata"],
    }


async def whole_story(root: Path, stand_in: PostmarkStandIn) -> None:
    shutil.copytree(ROOT / "config", root / "config")
    env = {
        "MAILROUTER_LISTEN__SMTP": "",
        "MAILROUTER_LISTEN__HTTP": "127.0.0.1:0",
        "MAILROUTER_DATABASE": "sqlite:///var/mailrouter.sqlite3",
        "MAILROUTER_TRANSPORT__KIND": "postmark",
        "MAILROUTER_TRANSPORT__TOKEN": stand_in.token,
        "MAILROUTER_TRANSPORT__API_URL": stand_in.url,
        "MAILROUTER_TRANSPORT__CONTENT": "true",
        "MAILROUTER_WEBHOOK__USER": "postmark",
        "MAILROUTER_WEBHOOK__PASSWORD": "s3cret",
        "MAILROUTER_WEBHOOK__ALLOWED_NETWORKS": '["127.0.0.1/32"]',
    }
    app = open_app(root / "config", env, init=True)
    app.worker.checks = build_checks(resolver=TableResolver(ZONE))
    ready = asyncio.Event()
    service = asyncio.create_task(serve(app, frozenset(ROLES), lambda _: ready.set()))
    try:
        await asyncio.wait_for(ready.wait(), 60)
        url = f"http://{app.doors[0].addresses[0]}"
        async with httpx.AsyncClient(base_url=url, auth=("postmark", "s3cret"), timeout=30) as client:
            await scene_by_scene(app, stand_in, client)
            health = await client.get("/healthz")
            assert (health.status_code, health.json()["ready"]) == (200, True)
        found = app.store.read(play.ledger)
        assert (found["balanced"], found["outbox"]["unknown"], found["outbox"]["queued"]) == (True, 0, 0)
        assert found["duplicate"] == len(STORY)
        ids = [
            next(h["Value"] for h in item["Headers"] if h["Name"] == "Message-ID") for item in stand_in.taken
        ]
        assert len(ids) == len(set(ids)) == sum(len(scene.expected) for scene in STORY)
    finally:
        app.stopping.set()
        await service
        app.close()


def test_the_story_through_the_postmark_door(tmp_path: Path) -> None:
    async def main() -> None:
        async with PostmarkStandIn().running() as stand_in:
            await whole_story(tmp_path, stand_in)

    asyncio.run(main())
