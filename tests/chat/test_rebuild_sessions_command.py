from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat.models import Session
from chat.services.sessions import refresh_sessions
from tests.chat.ledger_rows import store
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("rebuild_sessions", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_ledger_that_is_right_stays_and_one_that_is_not_is_mended():
    conversation = ConversationFactory()
    for hours, who in [(0, "customer"), (1, "member"), (100, "customer")]:
        store(conversation, hours, who, "Is it blue?")
        refresh_sessions(conversation)
    assert run("--check") == "1 conversations, 0 mended"

    Session.objects.filter(first_seq=1).update(answered_at=None)
    Session.objects.filter(first_seq=3).delete()
    with pytest.raises(CommandError, match="1 of 1 conversations"):
        run("--check")

    assert run() == "1 conversations, 1 mended"
    assert run("--check") == "1 conversations, 0 mended"
    assert Session.objects.count() == 2
