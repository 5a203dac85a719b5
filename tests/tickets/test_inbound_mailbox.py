import imaplib

from tests.tickets.test_inbound_mail import letter
from tickets.models import InboundMail
from tickets.services import inbound


class FakeMailbox:
    """As much of imaplib as the poll uses."""

    def __init__(self, mails: list[bytes]) -> None:
        self.mails, self.seen = mails, set()

    def __call__(self, host: str, timeout: int) -> "FakeMailbox":
        return self

    def __enter__(self) -> "FakeMailbox":
        return self

    def __exit__(self, *_) -> None:
        return None

    def login(self, user: str, password: str) -> None:
        assert (user, password) == ("support", "secret")

    def select(self, box: str) -> None:
        assert box == "INBOX"

    def search(self, _, what: str):
        keys = [str(n).encode() for n in range(1, len(self.mails) + 1) if n not in self.seen]
        return "OK", [b" ".join(keys)]

    def fetch(self, key: str, what: str):
        return "OK", [(b"head", self.mails[int(key) - 1]), b")"]

    def store(self, key: str, how: str, flag: str) -> None:
        self.seen.add(int(key))


def test_a_polled_mailbox_is_read_once(ticket, settings, monkeypatch):
    settings.INBOUND_IMAP_HOST = "mail.example.com"
    settings.INBOUND_IMAP_USER, settings.INBOUND_IMAP_PASSWORD = "support", "secret"
    box = FakeMailbox([letter(ticket, "one").as_bytes(), letter(ticket, "two").as_bytes()])
    monkeypatch.setattr(imaplib, "IMAP4_SSL", box)

    assert inbound.poll_mailbox() == 2
    assert inbound.poll_mailbox() == 0
    box.seen.clear()  # The process died before it could mark them: read again, added once.
    assert inbound.poll_mailbox() == 2

    assert InboundMail.objects.filter(outcome="added").count() == 2
    assert ticket.events.filter(kind="added").count() == 2


def test_without_a_mailbox_nothing_is_polled(settings, monkeypatch):
    settings.INBOUND_IMAP_HOST = ""
    monkeypatch.setattr(imaplib, "IMAP4_SSL", None)

    assert inbound.poll_mailbox() == 0
