"""A conversation as one side sees it, signed so that anybody can check it without us. docs/transcripts.md.

JSON: the signature covers the canonical form of ``transcript`` (keys sorted, no spaces, UTF-8, nothing
escaped but what JSON demands). Text: it covers every byte before the line that begins the signature.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from chat.access import Side, Viewer
from chat.models import Conversation, Message, TranscriptKey
from chat.selectors import messages_after, uploads_of_message
from chat.serializers import message_json, time_json
from chat.services.transcript_keys import signing_key

FORMAT = 1
PAGE = 500
TEXT_MARK = "-----BEGIN PARLEY SIGNATURE-----"
TEXT_END = "-----END PARLEY SIGNATURE-----"
KEYS_PATH = "/.well-known/parley-transcript-keys.json"


def canonical(value: Any) -> bytes:
    """The bytes that are signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed_transcript(conversation: Conversation, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """``{"transcript": {…}, "signature": {…}}`` for one side. A shop's notes are never in it."""
    transcript = _transcript(conversation, viewer, now)
    key_id, key = signing_key()
    return {"transcript": transcript, "signature": _signature(key_id, key.sign(canonical(transcript)))}


def signed_text(conversation: Conversation, viewer: Viewer, *, now: datetime) -> str:
    """The same to read: one paragraph per message, and the signature below."""
    text = _as_text(_transcript(conversation, viewer, now))
    key_id, key = signing_key()
    value = base64.b64encode(key.sign(text.encode())).decode()
    address = settings.PUBLIC_URL.rstrip("/") + KEYS_PATH
    return f"{text}{TEXT_MARK}\nKey: {key_id}\nKeys: {address}\nEd25519: {value}\n{TEXT_END}\n"


def _signature(key_id: str, value: bytes) -> dict[str, str]:
    return {
        "algorithm": "Ed25519",
        "key_id": key_id,
        "keys": settings.PUBLIC_URL.rstrip("/") + KEYS_PATH,
        "value": base64.b64encode(value).decode(),
    }


def _transcript(conversation: Conversation, viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "issuer": settings.PUBLIC_URL.rstrip("/"),
        "conversation": conversation.pk,
        "shop": {"slug": conversation.shop.slug, "name": conversation.shop.name},
        "customer": {"name": str(conversation.customer)},
        "seen_by": str(viewer.side),
        "made_at": time_json(now.astimezone(UTC)),
        "last_seq": conversation.last_seq,
        "messages": _messages(conversation, viewer),
    }


def _messages(conversation: Conversation, viewer: Viewer) -> list[dict[str, Any]]:
    lines = []
    seq = 0
    while True:
        page = messages_after(conversation, seq, viewer=viewer, limit=PAGE)
        lines += [line for message in page.messages if (line := _line(message, viewer))]
        if not page.has_more:
            return lines
        seq = page.messages[-1].seq


def _line(message: Message, viewer: Viewer) -> dict[str, Any] | None:
    shown = message_json(message, viewer)
    if shown is None:
        return None
    return {
        "seq": shown["seq"],
        "at": shown["created_at"],
        "author": {"kind": str(shown["author"]["kind"]), "name": shown["author"]["name"]},
        "text": shown["body"],
        "state": str(shown["state"]),
        "hidden": shown["mask_spans"],
        "reply_to": shown["reply_to"]["seq"] if shown["reply_to"] else None,
        "card": shown["card"],
        "files": [
            {
                "name": upload.name,
                "content_type": upload.content_type,
                "size": upload.size,
                "sha256": upload.sha256,
            }
            for upload in uploads_of_message(message)
        ],
    }


def _as_text(transcript: dict[str, Any]) -> str:
    """Plain text; no line of a message can be taken for the signature, because all are indented."""
    seen_by = "customer" if transcript["seen_by"] == Side.CUSTOMER else "shop"
    lines = [
        "Transcript of a conversation on Parley",
        f"Between: {_one_line(transcript['customer']['name'])} and {_one_line(transcript['shop']['name'])}",
        f"Conversation: {transcript['conversation']}, seen by the {seen_by}",
        f"Made: {transcript['made_at']} by {transcript['issuer']}",
        "Times are UTC. Numbers that are missing are messages that were not shown to this side.",
        "",
    ]
    for message in transcript["messages"]:
        name = _one_line(message["author"]["name"]) or message["author"]["kind"]
        state = "" if message["state"] == "visible" else f", {message['state']}"
        lines.append(f"#{message['seq']} {message['at']} {name} ({message['author']['kind']}{state})")
        lines += [f"    {line}" for line in message["text"].splitlines()]
        if message["card"]:
            lines.append(f"    [{message['card']['kind']}: {canonical(message['card']).decode()}]")
        lines += [f"    [file: {each['name']}, SHA-256 {each['sha256']}]" for each in message["files"]]
        lines.append("")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- Checking ---


def verify_bytes(data: bytes, keys: dict[str, str]) -> str:
    """The id of the key that signed this file; ``ValueError`` in words if it is not as it was signed.

    ``keys``: key id -> public key in base64, as published.
    """
    signed, key_id, value = _text_parts(data) if TEXT_MARK.encode() in data else _json_parts(data)
    if key_id not in keys:
        raise ValueError(f"it names the key {key_id}, which is not published")
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys[key_id]))
        public.verify(base64.b64decode(value, validate=True), signed)
    except (InvalidSignature, ValueError):
        raise ValueError("the text or the signature was changed") from None
    return key_id


def _json_parts(data: bytes) -> tuple[bytes, str, str]:
    try:
        document = json.loads(data)
        signature = document["signature"]
        return canonical(document["transcript"]), str(signature["key_id"]), str(signature["value"])
    except (ValueError, KeyError, TypeError):
        raise ValueError("it is no transcript of ours") from None


def _text_parts(data: bytes) -> tuple[bytes, str, str]:
    signed, _mark, block = data.rpartition(TEXT_MARK.encode())
    fields = dict(
        line.split(": ", 1) for line in block.decode("utf-8", "replace").splitlines() if ": " in line
    )
    if "Key" not in fields or "Ed25519" not in fields:
        raise ValueError("its signature is not complete")
    return signed, fields["Key"], fields["Ed25519"]


def published_keys() -> dict[str, str]:
    """Key id -> public key, of all keys of this installation."""
    return dict(TranscriptKey.objects.values_list("key_id", "public_key"))
