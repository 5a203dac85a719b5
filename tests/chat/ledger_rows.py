"""Messages stored with times of their own, for tests of the ledger."""

from datetime import UTC, datetime, timedelta

from chat.models import Message

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


def store(conversation, hours, author_kind, body="Where is my parcel?", *, start=MONDAY, **more):
    """The next message of a conversation, so many hours after the start; refreshes nothing."""
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    return Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        change_no=conversation.last_seq,
        author_kind=author_kind,
        body=body,
        body_hash=b"",
        created_at=start + timedelta(hours=hours),
        **more,
    )
