"""What a session, a deadline and a verdict are: pure, from facts and a rule pack.

The inbox countdown and the ledger both call this module, so they cannot disagree. Rule numbers in comments
are those of ``docs/decisions/0010-session-rules.md``, which also records how each unclear point was read.

Order is ``seq``, time is commit time, durations are elapsed seconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.business_hours import Availability, instant_of

WORD_LISTS: Final = Path(__file__).parent / "wordlists"


class Author(StrEnum):
    CUSTOMER = "customer"
    MEMBER = "member"  # A person of the shop, the only one who can answer.
    AUTO = "auto"
    PLATFORM = "platform"
    SYSTEM = "system"


class Verdict(StrEnum):
    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"
    OPEN = "open"
    EXCLUDED = "excluded"


class Reason(StrEnum):
    """Why a session or a message does not count; the first that applies, in this order."""

    DISPUTE_UPHELD = "dispute_upheld"
    CUSTOMER_ABUSE_UPHELD = "customer_abuse_upheld"
    SELLER_INITIATED = "seller_initiated"
    SPAM = "spam"
    PLATFORM_HANDLED = "platform_handled"
    BOT_ONLY = "bot_only"
    COURTESY = "courtesy"
    HOLIDAY_MODE = "holiday_mode"
    PUBLIC_HOLIDAY = "public_holiday"
    OUTSIDE_HOURS = "outside_hours"


class EventKind(StrEnum):
    RESOLVED = "resolved"
    HANDED_TO_PLATFORM = "handed_to_platform"
    HANDED_BACK = "handed_back"
    FAQ_SOLVED = "faq_solved"  # The customer confirmed that an FAQ reply was all that was needed.


@dataclass(frozen=True, slots=True)
class WeekendRule:
    """Messages received on these local weekdays (Monday is 0) are due at one local time instead."""

    days: frozenset[int]
    due_weekday: int
    due_minute: int
    needs_faq: bool


@dataclass(frozen=True, slots=True)
class DailyCutoff:
    """Messages of a day that ends at local minute ``day_ends`` are due at ``answer_by`` of that date."""

    day_ends: int
    answer_by: int


@dataclass(frozen=True, slots=True)
class ClockRules:
    """The part of a rule pack that the clock reads. A quiet time of None never ends a session."""

    window_s: int = 86_400
    weekend: WeekendRule | None = None
    daily_cutoff: DailyCutoff | None = None
    quiet_after_shop_s: int | None = 86_400
    quiet_after_customer_s: int | None = 259_200
    seller_initiated_s: int = 86_400
    needs_meaningful_reply: bool = True
    excludes_bot_only: bool = True
    excludes_courtesy: bool = True
    courtesy_within_s: int = 604_800
    message_reasons: frozenset[Reason] = frozenset(
        {Reason.SPAM, Reason.PLATFORM_HANDLED, Reason.HOLIDAY_MODE, Reason.OUTSIDE_HOURS}
    )


@dataclass(frozen=True, slots=True)
class MessageFact:
    """One message and what was true when it was received."""

    seq: int
    at: datetime
    author: Author
    text: str
    has_attachment: bool = False  # A file or a card.
    is_delivered: bool = True  # Masked counts as delivered; withheld does not until it is restored.
    is_spam: bool = False
    is_spam_confirmed: bool = False
    is_platform_handled: bool = False
    availability: Availability = Availability.OPEN
    is_public_holiday: bool = False
    faq_enabled: bool = False
    zone: ZoneInfo | None = None  # The shop's at receipt, where it is not that of the conversation's facts.

    def __post_init__(self) -> None:
        # Subtracting two times of one zone would give wall-clock hours, not elapsed seconds.
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def moves_sessions(self) -> bool:
        """Only delivered messages of customers and shop persons do."""
        return self.is_delivered and self.author in (Author.CUSTOMER, Author.MEMBER)


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened between two messages: after number ``after_seq`` and before the next."""

    kind: EventKind
    at: datetime
    after_seq: int


@dataclass(frozen=True, slots=True)
class ExclusionFact:
    """Staff took the session that holds this message out of the rate, or do so until a case is settled."""

    seq: int
    reason: Reason
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """All of one conversation, or the part from the first message of some session on.

    In the second case ``last_shop_at`` is the time of the last delivered message of a shop person before it.
    """

    messages: Sequence[MessageFact]
    zone: ZoneInfo
    events: Sequence[EventFact] = ()
    exclusions: Sequence[ExclusionFact] = ()
    customer_names: tuple[str, ...] = ()
    shop_names: tuple[str, ...] = ()
    last_shop_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a session is judged by: the rules in force when it opened, and who talks where."""

    rules: ClockRules
    zone: ZoneInfo
    customer_names: tuple[str, ...] = ()
    shop_names: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A session while it is put together. Plain values, so that it can be kept and resumed."""

    first_seq: int
    opened_at: datetime
    first_reason: Reason | None  # Why its first message does not count.
    is_spam_confirmed: bool
    is_seller_initiated: bool
    follows_a_reply: bool
    last_at: datetime
    last_seq: int = 0
    last_by_shop: bool = False
    customer_wrote: bool = False
    person_wrote: bool = False
    is_all_courtesy: bool = True
    clock_seq: int | None = None
    clock_at: datetime | None = None
    deadline: datetime | None = None
    answer_seq: int | None = None
    answered_at: datetime | None = None
    is_closed: bool = False
    was_handed_over: bool = False
    solved_after_seq: int | None = None
    counted_at: list[datetime] = field(default_factory=list)

    def takes(self, message: MessageFact, rules: ClockRules) -> bool:
        """Rules 1 and 2: whether the message belongs to this session or to a new one."""
        if self.is_over_at(message.at, rules):
            is_late_reply = message.author is Author.MEMBER and self.answer_seq is None
            return is_late_reply and not self.is_seller_initiated
        return True

    def is_over_at(self, at: datetime, rules: ClockRules) -> bool:
        if self.is_seller_initiated:
            return at - self.opened_at >= timedelta(seconds=rules.seller_initiated_s)
        quiet_s = rules.quiet_after_shop_s if self.last_by_shop else rules.quiet_after_customer_s
        return self.is_closed or (quiet_s is not None and at - self.last_at >= timedelta(seconds=quiet_s))

    def add(self, message: MessageFact, by: Circumstances) -> None:
        self.last_seq, self.last_at = message.seq, message.at
        self.last_by_shop = message.author is Author.MEMBER
        if not self.last_by_shop:
            self._add_question(message, by)
            return
        self.person_wrote = True
        # Rule 7. Nothing can be answered before the customer has written, nor where no clock can start.
        is_first = self.customer_wrote and self.answer_seq is None and not self.is_seller_initiated
        if is_first and (not by.rules.needs_meaningful_reply or is_meaningful(message, by.customer_names)):
            self.answer_seq, self.answered_at = message.seq, message.at

    def _add_question(self, message: MessageFact, by: Circumstances) -> None:
        self.customer_wrote = True
        self.is_all_courtesy = self.is_all_courtesy and is_courtesy(message, by.shop_names)
        if message_reason(message, by.rules) is not None:
            return
        self.counted_at.append(message.at)
        # Rules 2, 4 and 8: the first counted message starts the clock, unless the session is settled already.
        is_settled = self.answer_seq is not None or self.is_seller_initiated or self.was_handed_over
        if self.clock_seq is None and not is_settled:
            self.clock_seq, self.clock_at = message.seq, message.at
            self.deadline = deadline_of(message, by.rules, message.zone or by.zone)

    def happened(self, event: EventFact, rules: ClockRules) -> None:
        if event.kind is EventKind.RESOLVED:
            # Rule 3. Rule 2 is stronger: a session that the shop opened lasts its 24 hours.
            is_settled = self.answer_seq is not None or self.reason(rules) is not None
            self.is_closed = self.is_closed or (is_settled and not self.is_seller_initiated)
        elif event.kind is EventKind.HANDED_TO_PLATFORM:
            # Rule 10.
            is_running = self.answer_seq is None and (self.deadline is None or event.at < self.deadline)
            if is_running and not self.is_over_at(event.at, rules):
                self.was_handed_over = True
        elif event.kind is EventKind.HANDED_BACK:
            # What the customer asks the shop from here on must be able to start a clock.
            self.is_closed = self.is_closed or self.was_handed_over
        else:
            self.solved_after_seq = event.after_seq

    def reason(self, rules: ClockRules, exclusion: ExclusionFact | None = None) -> Reason | None:
        """Rule 10, strongest first."""
        if exclusion:
            return exclusion.reason
        if self.is_seller_initiated:
            return Reason.SELLER_INITIATED
        if self.was_handed_over:
            return Reason.PLATFORM_HANDLED
        if rules.excludes_bot_only and self.solved_after_seq is not None and not self.person_wrote:
            return Reason.BOT_ONLY
        if self._is_courtesy(rules):
            return Reason.COURTESY
        return self.first_reason if self.clock_seq is None else None

    def finish(self, rules: ClockRules, exclusions: Sequence[ExclusionFact] = ()) -> Session:
        order = (Reason.DISPUTE_UPHELD, Reason.CUSTOMER_ABUSE_UPHELD)
        found = [fact for fact in exclusions if self.first_seq <= fact.seq <= self.last_seq]
        exclusion = min(found, key=lambda fact: order.index(fact.reason), default=None)
        reason = self.reason(rules, exclusion)
        shows_clock = self._was_excluded_after_the_start(reason, rules)
        is_doubtful_spam = reason is Reason.SPAM and not self.is_spam_confirmed
        return Session(
            first_seq=self.first_seq,
            last_seq=self.last_seq,
            opened_at=self.opened_at,
            last_message_at=self.last_at,
            clock_started_at=self.clock_at if shows_clock else None,
            deadline=self.deadline if shows_clock else None,
            answered_at=self.answered_at,
            answered_seq=self.answer_seq,
            reason=reason,
            is_provisional=exclusion.is_provisional if exclusion else is_doubtful_spam,
            counted_at=tuple(self.counted_at),
            draft=self,
        )

    def _is_courtesy(self, rules: ClockRules) -> bool:
        return rules.excludes_courtesy and self.is_all_courtesy and self.follows_a_reply

    def _was_excluded_after_the_start(self, reason: Reason | None, rules: ClockRules) -> bool:
        """Whether the clock had started before the session was taken out; True for one that counts."""
        if self._is_courtesy(rules) or self.clock_seq is None:
            return False
        if reason is Reason.BOT_ONLY:
            return self.solved_after_seq is not None and self.clock_seq <= self.solved_after_seq
        return True


@dataclass(frozen=True, slots=True)
class Session:
    """One line of the ledger. ``counted_at`` are the times of its counted customer messages."""

    first_seq: int
    last_seq: int
    opened_at: datetime
    last_message_at: datetime
    clock_started_at: datetime | None
    deadline: datetime | None
    answered_at: datetime | None
    answered_seq: int | None
    reason: Reason | None
    is_provisional: bool
    counted_at: tuple[datetime, ...]
    draft: Draft = field(compare=False, repr=False)

    def verdict(self, at: datetime) -> Verdict:
        return verdict_of(reason=self.reason, deadline=self.deadline, answered_at=self.answered_at, at=at)


def verdict_of(
    *, reason: str | None, deadline: datetime | None, answered_at: datetime | None, at: datetime
) -> Verdict:
    """Rules 5 and 9. An answer at the deadline itself is in time, and until then the session is open."""
    if reason or deadline is None:
        return Verdict.EXCLUDED
    if answered_at is not None:
        return Verdict.IN_TIME if answered_at <= deadline else Verdict.LATE
    return Verdict.OPEN if at <= deadline else Verdict.MISSED


def sessions_of(facts: ConversationFacts, rules_at: Callable[[datetime], ClockRules]) -> list[Session]:
    """The sessions of a conversation, oldest first.

    ``rules_at`` gives the rules in force for a session that opens at that time.
    """
    drafts: list[tuple[Draft, Circumstances]] = []
    events = sorted(facts.events, key=lambda event: (event.after_seq, event.at), reverse=True)
    last_shop_at = facts.last_shop_at

    def catch_up(seq: float) -> None:
        while events and events[-1].after_seq < seq:
            event = events.pop()
            if drafts:
                drafts[-1][0].happened(event, drafts[-1][1].rules)

    for message in sorted(facts.messages, key=lambda message: message.seq):
        catch_up(message.seq)
        if not message.moves_sessions:
            continue
        if not drafts or not drafts[-1][0].takes(message, drafts[-1][1].rules):
            rules = rules_at(message.at)
            by = Circumstances(rules, facts.zone, facts.customer_names, facts.shop_names)
            drafts.append((opened_by(message, last_shop_at, rules), by))
        drafts[-1][0].add(message, drafts[-1][1])
        if message.author is Author.MEMBER:
            last_shop_at = message.at
    catch_up(float("inf"))
    return [draft.finish(by.rules, facts.exclusions) for draft, by in drafts]


def opened_by(message: MessageFact, last_shop_at: datetime | None, rules: ClockRules) -> Draft:
    """A session without its first message yet, which is still to be added."""
    within = timedelta(seconds=rules.courtesy_within_s)
    return Draft(
        first_seq=message.seq,
        opened_at=message.at,
        first_reason=message_reason(message, rules),
        is_spam_confirmed=message.is_spam_confirmed,
        is_seller_initiated=message.author is Author.MEMBER,
        follows_a_reply=last_shop_at is not None and message.at - last_shop_at <= within,
        last_at=message.at,
    )


def message_reason(message: MessageFact, rules: ClockRules) -> Reason | None:
    """Rules 4 and 10: why a customer's message does not count, or None if it does."""
    applies = (
        (Reason.SPAM, message.is_spam),
        (Reason.PLATFORM_HANDLED, message.is_platform_handled),
        (Reason.HOLIDAY_MODE, message.availability is Availability.HOLIDAY_MODE),
        (Reason.PUBLIC_HOLIDAY, message.is_public_holiday),
        (Reason.OUTSIDE_HOURS, message.availability is Availability.OUTSIDE_HOURS),
    )
    return next((reason for reason, is_true in applies if is_true and reason in rules.message_reasons), None)


def deadline_of(message: MessageFact, rules: ClockRules, zone: ZoneInfo) -> datetime:
    """Rule 5, and the weekend and cut-off rules of packs that have them; a UTC instant."""
    local = message.at.astimezone(zone)
    weekend = rules.weekend
    if weekend and local.weekday() in weekend.days and (message.faq_enabled or not weekend.needs_faq):
        days_ahead = (weekend.due_weekday - local.weekday() - 1) % 7 + 1
        due_on = local.date() + timedelta(days=days_ahead)
        return instant_of(due_on, weekend.due_minute, zone=zone, is_closing=True)
    if cutoff := rules.daily_cutoff:
        ends_on = local.date()
        if message.at >= instant_of(ends_on, cutoff.day_ends, zone=zone):
            ends_on += timedelta(days=1)
        return instant_of(ends_on, cutoff.answer_by, zone=zone, is_closing=True)
    return message.at + timedelta(seconds=rules.window_s)


def is_meaningful(message: MessageFact, customer_names: Iterable[str] = ()) -> bool:
    """Rule 7: an attachment or card, or text that is more than a greeting, emoji or the customer's name."""
    if message.has_attachment:
        return True
    words = folded(message.text, customer_names)
    return bool(words) and words not in GREETINGS


def is_courtesy(message: MessageFact, shop_names: Iterable[str] = ()) -> bool:
    """Rule 10: a customer's message that is wholly on the courtesy list ("ok, thanks!")."""
    return not message.has_attachment and folded(message.text, shop_names) in COURTESIES


_EMOJI_SEQUENCE: Final = re.compile(".\ufe0f\u20e3?|[0-9#*]\u20e3")


def folded(text: str, names: Iterable[str] = ()) -> str:
    """Text as the word lists compare it: NFKC, casefold, no punctuation, emoji, invisible signs or names."""
    words = _fold(text)
    for name in sorted({_fold(name) for name in names}, key=len, reverse=True):
        if name:
            words = _without(words, name)
    return " ".join(words.split())


def _fold(text: str) -> str:
    # Before NFKC, which would turn some emoji into letters and digits.
    text = _EMOJI_SEQUENCE.sub("", text)
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = (sign for sign in text if unicodedata.category(sign)[0] not in "PS" and not _is_invisible(sign))
    return " ".join("".join(kept).split())


def _is_invisible(sign: str) -> bool:
    """Joiners, direction marks and emoji selectors; line breaks and tabs are spaces and stay."""
    return unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f" or sign == "\u20e3"


def _without(words: str, name: str) -> str:
    """Take a name out where it stands as a word; in scripts without case also inside a run of characters."""

    def touches(left: str, right: str) -> bool:
        joined = all(sign.isdigit() or sign.lower() != sign.upper() for sign in (left, right))
        return joined and bool(left) and bool(right)

    start = words.find(name)
    while start >= 0:
        end = start + len(name)
        if touches(words[start - 1 : start], name[0]) or touches(name[-1], words[end : end + 1]):
            start = words.find(name, start + 1)
        else:
            words = words[:start] + " " + words[end:]
            start = words.find(name, start)
    return words


def _read_list(file_name: str) -> frozenset[str]:
    lines = (WORD_LISTS / file_name).read_text(encoding="utf-8").splitlines()
    return frozenset(folded(line) for line in lines if line.strip())


GREETINGS: Final = _read_list("greetings.txt")
COURTESIES: Final = _read_list("courtesies.txt")
