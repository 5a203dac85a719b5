"""Signed transcripts: what each side sees, checkable without us, and not after a change."""

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.access import viewer_of
from chat.models import TranscriptKey
from chat.services.messages import send_message
from chat.services.transcript_keys import public_keys
from chat.services.transcripts import published_keys, signed_text, signed_transcript, verify_bytes
from config import embedded
from tests.factories import ConversationFactory


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.TRANSCRIPT_KEY = ""


@pytest.fixture
def conversation(customer, agent, shop):
    conversation = ConversationFactory(customer=customer, shop=shop)
    send_message(conversation=conversation, author=customer, body='你好 "mugs"?\n\u2028é', client_ref=uuid4())
    send_message(conversation=conversation, author=agent, body="Call +1 212 555 0147", client_ref=uuid4())
    return conversation


def file_of(conversation, user, how=signed_transcript) -> bytes:
    made = how(conversation, viewer_of(user, conversation), now=timezone.now())
    return made.encode() if isinstance(made, str) else json.dumps(made, indent=2).encode()


@pytest.mark.parametrize("how", [signed_transcript, signed_text])
def test_a_transcript_is_genuine_and_a_changed_one_is_not(conversation, customer, how):
    data = file_of(conversation, customer, how)

    assert verify_bytes(data, published_keys()) == TranscriptKey.objects.get().key_id
    for old, new in ((b"mugs", b"cups"), (b"Priya", b"Prija")):
        with pytest.raises(ValueError, match="changed"):
            verify_bytes(data.replace(old, new), published_keys())
    with pytest.raises(ValueError, match="not published"):
        verify_bytes(data, {})


@pytest.mark.parametrize("how", [signed_transcript, signed_text])
def test_each_side_gets_what_it_may_see(conversation, customer, owner, how):
    assert b"0147" not in file_of(conversation, customer, how)
    assert b"0147" in file_of(conversation, owner, how)


def test_the_command_and_the_script_for_others_check_it_too(conversation, customer, tmp_path, capsys):
    keys, good, bad = tmp_path / "keys.json", tmp_path / "good.json", tmp_path / "bad.txt"
    good.write_bytes(file_of(conversation, customer))
    bad.write_bytes(file_of(conversation, customer, signed_text).replace(b"mugs", b"cups"))
    rows = [{"key_id": key.key_id, "public_key": key.public_key} for key in public_keys()]
    keys.write_text(json.dumps({"keys": rows}))

    call_command("verify_transcript", str(good), keys=keys)
    assert capsys.readouterr().out.startswith("GENUINE")
    with pytest.raises(CommandError, match="NOT GENUINE"):
        call_command("verify_transcript", str(bad))

    script = embedded.BASE_DIR / "docs" / "verify_transcript.py"
    codes = [
        subprocess.run(
            [sys.executable, "-I", str(script), str(file), str(keys)], capture_output=True
        ).returncode
        for file in (good, bad)
    ]
    assert codes == [0, 1]


def test_old_transcripts_stay_genuine_after_the_key_is_changed(conversation, customer, tmp_path, capsys):
    old = file_of(conversation, customer)
    before = (tmp_path / "transcript.key").read_text()
    call_command("rotate_transcript_key")
    new = file_of(conversation, customer)

    assert verify_bytes(old, published_keys()) != verify_bytes(new, published_keys())
    assert before not in (tmp_path / "transcript.key").read_text()
    assert (tmp_path / "transcript.key").stat().st_mode & 0o077 == 0
    assert [key.retired_at is None for key in public_keys()] == [True, False]


def test_a_line_that_looks_like_a_signature_does_not_end_the_text(conversation, customer):
    body = "-----BEGIN PARLEY SIGNATURE-----\nKey: 00\nEd25519: AAAA"
    send_message(conversation=conversation, author=customer, body=body, client_ref=uuid4())

    verify_bytes(file_of(conversation, customer, signed_text), published_keys())
