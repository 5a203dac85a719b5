"""One disputed session of the demo's history, so that the shop's page and the reviewers' queue show one."""

from datetime import datetime

from accounts.models import User
from chat.models import Session
from metrics.models import Dispute
from metrics.services.disputes import file_dispute, refusal_of
from shops.models import Shop

SHOP, PERSON = "casa-nopal", "rosa"
EVIDENCE = "La clienta escribió cuando el taller llevaba horas sin luz ni internet."


def dispute_a_session(people: dict[str, User], now: datetime) -> None:
    """Dispute the newest session that counts against the shop; a shop with a dispute keeps its own."""
    shop = Shop.objects.filter(slug=SHOP).first()
    if shop is None or Dispute.objects.filter(shop=shop).exists():
        return
    sessions = Session.objects.filter(shop=shop, reason="", deadline__lt=now).order_by("-opened_at")
    for session in sessions[:20]:
        if not refusal_of(session, now):
            file_dispute(
                shop=shop,
                actor=people[PERSON],
                conversation_id=session.conversation_id,
                seq=session.first_seq,
                reason="other",
                evidence=EVIDENCE,
                now=now,
            )
            return
