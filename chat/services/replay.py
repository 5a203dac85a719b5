"""Playing a chat file through the running server, with real sockets for both sides.

The people and shops of a replay are its own: ``replay-us`` and ``replay-cross-border``, without automatic
replies and without limits on writing (``Conversation.origin`` is ``replay``). A run has a name; every
message's ``client_ref`` follows from it, so playing a run again goes on where it stopped and stores nothing
twice.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, transaction

from accounts.models import User
from chat.models import Conversation, Message, MessageScan
from chat.services import messages
from chat.services.imports import ChatLine
from chat.services.live_client import Followed, Json, LiveClient
from core.errors import Unavailable
from core.realtime import in_db_thread
from shops.models import Shop, ShopMember

SELLERS_PER_SHOP = 4  # Sockets that share a shop's answers; each may send 20 frames a second.
OPEN_CONVERSATIONS = 500
HEARD_WITHIN_S = 60.0  # Far above a heartbeat, after which every client is complete again.
SCANNED_WITHIN_S = 120.0  # Above a dead worker's lease and the sweeper's beat.
PROGRESS_S = 2.0
SELLER_HEARS = frozenset({"customer"})
CUSTOMER_HEARS = frozenset({"member", "auto", "platform", "system"})


@dataclass(frozen=True, slots=True)
class Line:
    """One message to be said: when, counted in seconds from the start of the replay."""

    offset_s: float
    conversation_id: int
    index: int
    kind: str
    text: str
    client_ref: UUID


@dataclass(slots=True)
class Cast:
    """The rows and sessions of one run."""

    conversations: dict[int, Conversation] = field(default_factory=dict)
    customer_sessions: dict[int, str] = field(default_factory=dict)  # By conversation.
    seller_sessions: dict[int, list[str]] = field(default_factory=dict)  # By shop.


@dataclass(slots=True)
class Report:
    run: str
    conversations: int = 0
    sent: int = 0
    acknowledged: int = 0
    duplicates: int = 0  # Acknowledged as stored before: a retry after a fault, or a run that goes on.
    stored: int = 0
    lost: int = 0  # Acknowledged, and not in the database.
    doubled: int = 0
    withheld: int = 0
    masked: int = 0
    to_deliver: int = 0  # Not withheld: these must reach the other side.
    delivered: int = 0
    scanned: int = 0
    reconnects: int = 0
    gaps: int = 0
    seconds: float = 0.0
    ack_ms: Json = field(default_factory=dict)
    delivery_ms: Json = field(default_factory=dict)
    scan_ms: Json = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return (
            self.sent == self.acknowledged == self.stored == self.scanned
            and self.delivered == self.to_deliver
            and not self.lost
            and not self.doubled
        )

    def as_json(self) -> Json:
        return asdict(self) | {"complete": self.is_complete}


def quantiles(seconds: Sequence[float]) -> Json:
    """p50, p95 and p99 in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": None, "p95": None, "p99": None}
    return {
        f"p{percent}": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1)
        for percent in (50, 95, 99)
    }


@transaction.atomic
def prepare(lines: Sequence[ChatLine], *, run: str) -> Cast:
    """Shops, people, conversations and sessions of this run; what exists is used again."""
    cast = Cast()
    for line in lines:
        slug = "replay-cross-border" if line.kind == Shop.Kind.CROSS_BORDER else "replay-us"
        shop, _ = Shop.objects.get_or_create(
            slug=slug, defaults={"name": slug.replace("-", " ").title(), "kind": line.kind}
        )
        if shop.pk not in cast.seller_sessions:
            cast.seller_sessions[shop.pk] = [_seller_session(shop, n) for n in range(SELLERS_PER_SHOP)]
        external_id = f"{run}:{line.external_id}"[:200]
        name = uuid5(NAMESPACE_URL, f"{slug}/{external_id}").hex
        customer = _person(f"replay-{name}@replay.invalid", f"Customer {line.external_id}"[:80])
        conversation, _ = Conversation.objects.get_or_create(
            shop=shop,
            external_id=external_id,
            defaults={
                "customer": customer,
                "origin": Conversation.Origin.REPLAY,
                "handled_by": line.handled_by,
            },
        )
        cast.conversations[conversation.pk] = conversation
        cast.customer_sessions[conversation.pk] = session_for(customer)
    return cast


def _person(email: str, name: str) -> User:
    user, _ = User.objects.get_or_create(
        email=email, defaults={"display_name": name, "password": make_password(None)}
    )
    return user


def _seller_session(shop: Shop, number: int) -> str:
    seller = _person(f"replay-seller-{number}.{shop.slug}@replay.invalid", f"Seller{number} Replay")
    ShopMember.objects.get_or_create(shop=shop, user=seller, defaults={"role": "agent"})
    return session_for(seller)


def session_for(user: User) -> str:
    """The key of a new login session of this person."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def script_of(lines: Sequence[ChatLine], cast: Cast, *, run: str, speed: float) -> list[Line]:
    """All messages in the order of their times, moved to begin now and played ``speed`` times as fast."""
    times: list[datetime] = [message[2] for line in lines for message in line.messages]
    if not times:
        return []
    first = min(times)
    script = []
    for conversation, line in zip(cast.conversations.values(), lines, strict=True):
        for index, (kind, text, at) in enumerate(line.messages):
            ref = uuid5(NAMESPACE_URL, f"{run}/{conversation.pk}/{index}")
            offset = (at - first).total_seconds() / speed
            script.append(Line(offset, conversation.pk, index, kind, text, ref))
    return sorted(script, key=lambda entry: (entry.offset_s, entry.conversation_id, entry.index))


class Player:
    """One replay under way."""

    def __init__(
        self, *, cast: Cast, script: Sequence[Line], url: str, run: str, tell: Callable[[str], None]
    ) -> None:
        self.cast, self.url, self.tell = cast, url, tell
        self.lines: dict[int, list[Line]] = {}
        for line in script:
            self.lines.setdefault(line.conversation_id, []).append(line)
        self.report = Report(run=run, conversations=len(cast.conversations), sent=len(script))
        self.sent_at: dict[int, float] = {}  # By message id.
        self.heard: dict[int, float] = {}
        self.ack_s: list[float] = []
        self.places = asyncio.Semaphore(OPEN_CONVERSATIONS)
        self.sellers: dict[int, LiveClient] = {}

    async def play(self) -> Report:
        self.began = time.monotonic()
        sellers = self._open_sellers()
        progress = asyncio.create_task(self._show_progress())
        try:
            await asyncio.gather(*(self._play_conversation(lines) for lines in self.lines.values()))
        finally:
            progress.cancel()
            await asyncio.gather(*(self._close(seller) for seller in sellers))
        await self._wait_for_scans()
        await in_db_thread(self._count)()
        self.report.seconds = round(time.monotonic() - self.began, 1)
        self.report.ack_ms = quantiles(self.ack_s)
        delays = [self.heard[pk] - at for pk, at in self.sent_at.items() if pk in self.heard]
        self.report.delivery_ms = quantiles(delays)
        return self.report

    def _open_sellers(self) -> list[LiveClient]:
        opened = []
        for shop_id, keys in self.cast.seller_sessions.items():
            clients = [self._client(key, hears=SELLER_HEARS) for key in keys]
            own = [pk for pk, row in self.cast.conversations.items() if row.shop_id == shop_id]
            for position, conversation_id in enumerate(own):
                client = self.sellers[conversation_id] = clients[position % len(clients)]
                client.followed[conversation_id] = Followed()
            opened += clients
        for client in opened:
            client.start()
        return opened

    def _client(self, session_key: str, *, hears: frozenset[str]) -> LiveClient:
        def hear(conversation_id: int, message: Json) -> None:
            if message["author"]["kind"] in hears:
                self.heard.setdefault(message["id"], time.monotonic())

        return LiveClient(url=self.url, session_key=session_key, on_message=hear)

    async def _close(self, client: LiveClient) -> None:
        self.report.reconnects += client.reconnects
        self.report.gaps += client.gaps
        await client.stop()

    async def _play_conversation(self, lines: list[Line]) -> None:
        """One conversation from first to last message, each after the one before was acknowledged."""
        await self._wait_until(lines[0].offset_s)
        conversation_id = lines[0].conversation_id
        async with self.places:
            customer = self._client(self.cast.customer_sessions[conversation_id], hears=CUSTOMER_HEARS)
            customer.followed[conversation_id] = Followed()
            customer.start()
            try:
                expected = []
                for line in lines:
                    await self._wait_until(line.offset_s)
                    message = await self._say(line, customer)
                    if message["state"] != Message.State.WITHHELD:
                        expected.append(message["id"])
                await self._wait_to_be_heard(expected)
            finally:
                await self._close(customer)

    async def _wait_until(self, offset_s: float) -> None:
        await asyncio.sleep(max(0.0, self.began + offset_s - time.monotonic()))

    async def _say(self, line: Line, customer: LiveClient) -> Json:
        asked_at = time.monotonic()
        if line.kind == Message.AuthorKind.CUSTOMER:
            answer = await customer.send(line.conversation_id, line.client_ref, line.text)
        elif line.kind == Message.AuthorKind.MEMBER:
            seller = self.sellers[line.conversation_id]
            answer = await seller.send(line.conversation_id, line.client_ref, line.text)
        else:
            answer = await self._say_for_a_machine(line)
        self.report.acknowledged += 1
        self.report.duplicates += answer["duplicate"]
        self.ack_s.append(time.monotonic() - asked_at)
        message: Json = answer["message"]
        self.sent_at[message["id"]] = asked_at
        return message

    async def _say_for_a_machine(self, line: Line) -> Json:
        """Automatic replies and platform lines have no socket: the service stores them."""
        while True:
            try:
                sent = await in_db_thread(messages.send_message)(
                    conversation=self.cast.conversations[line.conversation_id],
                    author=None,
                    body=line.text,
                    client_ref=line.client_ref,
                    author_kind=line.kind,
                )
            except (Unavailable, DatabaseError):
                await asyncio.sleep(1)
                continue
            shown = {"id": sent.message.pk, "state": sent.message.state}
            return {"message": shown, "duplicate": sent.duplicate}

    async def _wait_to_be_heard(self, expected: Sequence[int]) -> None:
        for _ in range(int(HEARD_WITHIN_S * 10)):
            if all(pk in self.heard for pk in expected):
                return
            await asyncio.sleep(0.1)

    async def _wait_for_scans(self) -> None:
        for _ in range(int(SCANNED_WITHIN_S)):
            try:
                if not await in_db_thread(self._unscanned)():
                    return
            except DatabaseError:
                pass
            await asyncio.sleep(1)

    def _unscanned(self) -> int:
        return (
            Message.objects.filter(conversation__in=self.cast.conversations)
            .exclude(scans__state__in=[MessageScan.State.DONE, MessageScan.State.FAILED])
            .count()
        )

    def _count(self) -> None:
        """What the database says, beside what the clients saw."""
        report = self.report
        rows = list(Message.objects.filter(conversation__in=self.cast.conversations))
        stored = {row.pk for row in rows}
        report.stored = len(rows)
        report.lost = sum(1 for pk in self.sent_at if pk not in stored)
        report.doubled = len(rows) - len({(row.conversation_id, row.client_ref) for row in rows})
        report.withheld = sum(row.state == Message.State.WITHHELD for row in rows)
        report.masked = sum(row.state == Message.State.MASKED for row in rows)
        to_deliver = [row.pk for row in rows if row.state != Message.State.WITHHELD]
        report.to_deliver = len(to_deliver)
        report.delivered = sum(1 for pk in to_deliver if pk in self.heard)
        scans = MessageScan.objects.filter(message__in=stored, state=MessageScan.State.DONE)
        report.scanned = scans.values("message").distinct().count()
        report.scan_ms = quantiles(
            [
                (finished_at - created_at).total_seconds()
                for finished_at, created_at in scans.values_list("finished_at", "message__created_at")
                if finished_at is not None
            ]
        )

    async def _show_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            report = self.report
            self.tell(
                f"{report.acknowledged} of {report.sent} messages acknowledged, "
                f"{len(self.heard)} delivered, {time.monotonic() - self.began:.0f} s"
            )
