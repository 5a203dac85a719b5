"""People who talk while the platform is being hurt, and the check of all that was promised to them.

Import after ``django.setup()``.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID, uuid4

from django.db import DatabaseError, close_old_connections, connection

from accounts.models import User
from chat.models import Change, Conversation, Message, MessageScan
from chat.services.live_client import Json, LiveClient
from chat.services.replay import session_for
from shops.models import Shop, ShopMember

PAUSE_S = (0.1, 0.6)  # Between two messages of one person: about three a second.
SETTLED_WITHIN_S = 120.0

Connect = Callable[[str, str], LiveClient]


@dataclass(slots=True)
class Result:
    """What one fault did."""

    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    gaps: int = 0
    unscanned: int = 0
    astray: int = 0  # Clients whose view differs from the database.
    worst_ack_s: float = 0.0
    settled_s: float = 0.0  # From the end of sending until everybody was complete.
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        broken = self.lost + self.doubled + self.out_of_order + self.gaps + self.unscanned + self.astray
        return broken == 0 and self.sent == self.acknowledged > 0 and not self.notes


@dataclass(slots=True)
class Talker:
    """One side of one conversation with one or more open tabs; the first one writes."""

    conversation_id: int
    tabs: list[LiveClient]
    acked: list[tuple[UUID, Json]] = field(default_factory=list)


class Crowd:
    def __init__(self, urls: Sequence[str], *, pairs: int, tabs: int = 1, client: type = LiveClient) -> None:
        self.talkers: list[Talker] = []
        self.result = Result()
        self.client = client
        tag = uuid4().hex[:8]
        shop, _ = Shop.objects.get_or_create(slug="faults", defaults={"name": "Faults"})
        for number in range(pairs):
            customer, _ = User.objects.get_or_create(
                email=f"customer-{number}@faults.invalid", defaults={"display_name": f"Carl{number} Cole"}
            )
            agent, _ = User.objects.get_or_create(
                email=f"agent-{number}@faults.invalid", defaults={"display_name": f"Ana{number} Agent"}
            )
            ShopMember.objects.get_or_create(shop=shop, user=agent, defaults={"role": "agent"})
            row = Conversation.objects.create(
                customer=customer, shop=shop, external_id=f"{tag}-{number}", origin="replay"
            )
            for position, user in enumerate((customer, agent)):
                key = session_for(user)
                chosen = [urls[(number + position + tab) % len(urls)] for tab in range(tabs)]
                self.talkers.append(Talker(row.pk, [self._open(url, key, row.pk) for url in chosen]))

    def _open(self, url: str, key: str, conversation_id: int) -> LiveClient:
        tab: LiveClient = self.client(url=url, session_key=key)
        tab.follow_later([conversation_id])
        return tab

    async def talk(self, fault: Callable[[], object], *, before_s: float, after_s: float) -> Result:
        """Everybody talks; the fault happens; everybody talks on; then all must become complete."""
        tabs = [tab for talker in self.talkers for tab in talker.tabs]
        for tab in tabs:
            tab.start()
        await asyncio.wait_for(asyncio.gather(*(tab.ready() for tab in tabs)), 60)
        stop_at = time.monotonic() + before_s + after_s
        talking = [asyncio.create_task(self._talk(talker, stop_at)) for talker in self.talkers]
        try:
            await asyncio.sleep(before_s)
            await asyncio.to_thread(fault)
            await asyncio.wait_for(asyncio.gather(*talking), before_s + after_s + SETTLED_WITHIN_S)
            began = time.monotonic()
            while time.monotonic() < began + SETTLED_WITHIN_S and not await asyncio.to_thread(self._check):
                await asyncio.sleep(0.5)
            self.result.settled_s = round(time.monotonic() - began, 1)
        except TimeoutError:
            self.result.notes.append("messages without an answer")
        finally:
            for task in talking:
                task.cancel()
            await asyncio.gather(*(tab.stop() for tab in tabs))
        return self.result

    async def _talk(self, talker: Talker, stop_at: float) -> None:
        while time.monotonic() < stop_at:
            ref = uuid4()
            self.result.sent += 1
            asked_at = time.monotonic()
            answer = await talker.tabs[0].send(talker.conversation_id, ref, "Is it oak, and is it dry?")
            self.result.acknowledged += 1
            self.result.worst_ack_s = max(self.result.worst_ack_s, round(time.monotonic() - asked_at, 1))
            talker.acked.append((ref, answer["message"]))
            await asyncio.sleep(random.uniform(*PAUSE_S))

    def _check(self) -> bool:
        """Invariants I1 to I5 on what is there now; True if all hold."""
        try:
            self._count()
        except DatabaseError:
            return False
        finally:
            close_old_connections()
        return self.result.passed

    def _count(self) -> None:
        connection.close_if_unusable_or_obsolete()
        result = self.result
        ids = {talker.conversation_id for talker in self.talkers}
        rows = list(Message.objects.filter(conversation__in=ids).order_by("conversation_id", "seq"))
        by_ref: dict[UUID | None, list[Message]] = {}
        for row in rows:
            by_ref.setdefault(row.client_ref, []).append(row)
        acked = [ref for talker in self.talkers for ref, _ in talker.acked]
        result.lost = sum(ref not in by_ref for ref in acked)
        result.doubled = sum(len(found) - 1 for found in by_ref.values())
        result.out_of_order = sum(_disorder(talker) for talker in self.talkers)
        result.gaps = sum(_has_gaps(pk, rows) for pk in ids)
        scanned = MessageScan.objects.filter(message__in=rows, state=MessageScan.State.DONE)
        result.unscanned = len(rows) - scanned.values("message").distinct().count()
        result.astray = sum(
            _view_of(tab, talker.conversation_id) != _truth(rows, talker.conversation_id)
            for talker in self.talkers
            for tab in talker.tabs
        )


def _disorder(talker: Talker) -> int:
    seqs = [message["seq"] for _, message in talker.acked]
    return sum(later <= earlier for earlier, later in pairwise(seqs))


def _has_gaps(conversation_id: int, rows: Sequence[Message]) -> bool:
    row = Conversation.objects.get(pk=conversation_id)
    seqs = [message.seq for message in rows if message.conversation_id == conversation_id]
    changes = Change.objects.filter(conversation=conversation_id).order_by("change_no")
    numbers = list(changes.values_list("change_no", flat=True))
    return seqs != list(range(1, row.last_seq + 1)) or numbers != list(range(1, row.change_no + 1))


def _truth(rows: Sequence[Message], conversation_id: int) -> list[tuple[int, str, str]]:
    return [(row.seq, row.body, row.state) for row in rows if row.conversation_id == conversation_id]


def _view_of(tab: LiveClient, conversation_id: int) -> list[tuple[int, str, str]]:
    seen = tab.followed[conversation_id].messages
    return [(seq, seen[seq]["body"], seen[seq]["state"]) for seq in sorted(seen)]
