"""Keeping a shop's automatic replies and its questions and answers; what their texts say to one customer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounts.models import User
from chat.models import AutoReply, FaqEntry
from chat.models.auto_replies import KEYWORD_CHARS, MOST_KEYWORDS
from chat.services.promises import Promise
from compliance.services import standing_texts
from compliance.services.screening import Screening, screen_text
from compliance.services.standing_texts import StandingText
from core.errors import Conflict, Invalid, NotFound
from shops.models import Shop
from shops.services import record_of_shop

MOST_QUESTIONS = 50
REPLY_SUBJECT = "auto_reply"  # Compliance's name for such a text.
FAQ_SUBJECT = "faq_answer"


@dataclass(frozen=True, slots=True)
class ReplyText:
    """What a shop wants to be said; see ``AutoReply``."""

    kind: str
    language: str
    body: str
    is_enabled: bool = True
    enabled_from: datetime | None = None
    enabled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FaqText:
    """A question with its answer; see ``FaqEntry``."""

    question: str
    answer: str
    keywords: tuple[str, ...]
    language: str = ""
    has_button: bool = True
    is_enabled: bool = True


def screening_of(shop: Shop, text: str) -> Screening:
    """What the rules for sellers say to a text before it is kept. Nothing is stored."""
    return screen_text(text=text, sender="auto", shop=shop)


@transaction.atomic
def save_auto_reply(*, shop: Shop, text: ReplyText, actor: User, reply_id: int | None = None) -> AutoReply:
    """Keep a new text, or change the one with ``reply_id``; one text for each type and language."""
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    _refuse_what_would_be_withheld(shop, text.body)
    if text.enabled_from and text.enabled_until and text.enabled_until <= text.enabled_from:
        raise Invalid(gettext("The end must lie after the start."), code="ends_before_start")
    others = AutoReply.objects.filter(shop=shop, kind=text.kind, language=text.language)
    if reply_id is not None:
        others = others.exclude(pk=reply_id)
    if others.exists():
        raise Conflict(gettext("There is a text of this type and language already."), code="text_exists")
    reply = AutoReply(shop=shop) if reply_id is None else _own_reply(shop, reply_id)
    reply.kind, reply.language, reply.body = text.kind, text.language, text.body
    reply.is_enabled = text.is_enabled
    reply.enabled_from, reply.enabled_until = text.enabled_from, text.enabled_until
    reply.saved_by = actor
    reply.save()
    standing_texts.scan_text(_standing_reply(reply))
    record_of_shop("shop.auto_reply_saved", shop, actor, {"reply": reply.pk, "kind": reply.kind})
    return reply


@transaction.atomic
def remove_auto_reply(*, shop: Shop, reply_id: int, actor: User) -> None:
    _own_reply(shop, reply_id).delete()
    record_of_shop("shop.auto_reply_removed", shop, actor, {"reply": reply_id})


@transaction.atomic
def save_faq(*, shop: Shop, text: FaqText, actor: User, faq_id: int | None = None) -> FaqEntry:
    """Keep a new question at the end of the list, or change the one with ``faq_id``."""
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    _refuse_what_would_be_withheld(shop, f"{text.question}\n{text.answer}")
    keywords = _checked_keywords(text.keywords)
    if not keywords and not text.has_button:
        raise Invalid(gettext("Give it a keyword or a button: nobody could ask it."), code="unreachable")
    if faq_id is None:
        entry = FaqEntry(shop=shop, position=_next_position(shop))
    else:
        entry = _own_entry(shop, faq_id)
    entry.question, entry.answer, entry.keywords = text.question, text.answer, keywords
    entry.language, entry.has_button, entry.is_enabled = text.language, text.has_button, text.is_enabled
    entry.saved_by = actor
    entry.save()
    standing_texts.scan_text(_standing_answer(entry))
    record_of_shop("shop.faq_saved", shop, actor, {"faq": entry.pk})
    return entry


@transaction.atomic
def remove_faq(*, shop: Shop, faq_id: int, actor: User) -> None:
    _own_entry(shop, faq_id).delete()
    record_of_shop("shop.faq_removed", shop, actor, {"faq": faq_id})


@transaction.atomic
def move_faq(*, shop: Shop, faq_id: int, up: bool) -> None:
    """One place up or down in the list; at its end nothing happens."""
    Shop.objects.select_for_update().get(pk=shop.pk)
    entries = list(FaqEntry.objects.filter(shop=shop).order_by("position", "pk"))
    place = next((place for place, entry in enumerate(entries) if entry.pk == faq_id), None)
    if place is None:
        raise NotFound(gettext("No such question."))
    other = place - 1 if up else place + 1
    if 0 <= other < len(entries):
        entries[place], entries[other] = entries[other], entries[place]
    for position, entry in enumerate(entries):
        entry.position = position
    FaqEntry.objects.bulk_update(entries, ["position"])


def switch_off(subject_kind: str, subject_id: int) -> None:
    """A reviewer hid the text: it is not sent any more until somebody of the shop mends it."""
    if subject_kind == REPLY_SUBJECT:
        AutoReply.objects.filter(pk=subject_id).update(is_enabled=False)
    elif subject_kind == FAQ_SUBJECT:
        FaqEntry.objects.filter(pk=subject_id).update(is_enabled=False)


def reply_for(shop: Shop, *, kind: str, language: str, now: datetime) -> AutoReply | None:
    """The text in force of this type: in the customer's language, else the one for everybody."""
    rows = AutoReply.objects.filter(shop=shop, kind=kind, is_enabled=True)
    rows = rows.filter(Q(enabled_from__isnull=True) | Q(enabled_from__lte=now))
    rows = rows.filter(Q(enabled_until__isnull=True) | Q(enabled_until__gt=now))
    return _in_language(list(rows), language)


def questions_for(shop: Shop, *, language: str) -> list[FaqEntry]:
    """The enabled questions that this customer may be shown or answered, in the shop's order."""
    rows = FaqEntry.objects.filter(shop=shop, is_enabled=True).order_by("position", "pk")
    return [row for row in rows if not row.language or _same_language(row.language, language)]


def filled_in(text: str, *, customer: User, shop: Shop, promise: Promise) -> str:
    """The text with its blanks filled in, times in the customer's own clock; unknown blanks stay."""
    with translation.override(customer.language), timezone.override(ZoneInfo(customer.time_zone)):
        soon = gettext("as soon as it opens")
        values = {
            "customer": customer.short_name,
            "shop": shop.name,
            "opens": _moment(promise.opens_at) or soon,
            "answer_by": _moment(promise.answer_by) or soon,
            "back": _moment(promise.holiday_ends_at or promise.opens_at) or soon,
        }
    for blank, value in values.items():
        text = text.replace("{" + blank + "}", value)
    return text


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "D j M, H:i") if at else ""


def _in_language(rows: Iterable[AutoReply], language: str) -> AutoReply | None:
    for_everybody = None
    for row in rows:
        if row.language and _same_language(row.language, language):
            return row
        if not row.language:
            for_everybody = row
    return for_everybody


def _same_language(left: str, right: str) -> bool:
    return left.partition("-")[0].lower() == right.partition("-")[0].lower()


def _checked_keywords(keywords: Iterable[str]) -> list[str]:
    kept = list(dict.fromkeys(" ".join(keyword.split()).lower() for keyword in keywords if keyword.strip()))
    if len(kept) > MOST_KEYWORDS or any(len(keyword) > KEYWORD_CHARS for keyword in kept):
        words = gettext("At most %(n)d keywords of %(chars)d characters each.")
        raise Invalid(words % {"n": MOST_KEYWORDS, "chars": KEYWORD_CHARS}, code="too_many_keywords")
    return kept


def _next_position(shop: Shop) -> int:
    entries = FaqEntry.objects.filter(shop=shop)
    if entries.count() >= MOST_QUESTIONS:
        words = gettext("A shop keeps at most %(n)d questions.")
        raise Conflict(words % {"n": MOST_QUESTIONS}, code="too_many_questions")
    last: int | None = entries.aggregate(last=Max(F("position")))["last"]
    return 0 if last is None else last + 1


def _refuse_what_would_be_withheld(shop: Shop, text: str) -> None:
    if screening_of(shop, text).must_withhold:
        raise Invalid(gettext("This text would be held back. Change it before you keep it."), code="withheld")


def standing_automatic() -> Iterator[StandingText]:
    """Every text a shop sends by itself, for the sweep."""
    for reply in AutoReply.objects.select_related("shop").order_by("pk").iterator():
        yield _standing_reply(reply)
    for entry in FaqEntry.objects.select_related("shop").order_by("pk").iterator():
        yield _standing_answer(entry)


def _standing_reply(reply: AutoReply) -> StandingText:
    return StandingText(REPLY_SUBJECT, reply.pk, reply.shop, reply.body, author_id=reply.saved_by_id)


def _standing_answer(entry: FaqEntry) -> StandingText:
    text = f"{entry.question}\n{entry.answer}"
    return StandingText(FAQ_SUBJECT, entry.pk, entry.shop, text, author_id=entry.saved_by_id)


def _own_reply(shop: Shop, pk: int) -> AutoReply:
    reply = AutoReply.objects.filter(shop=shop, pk=pk).first()
    if reply is None:
        raise NotFound(gettext("No such text."))
    return reply


def _own_entry(shop: Shop, pk: int) -> FaqEntry:
    entry = FaqEntry.objects.filter(shop=shop, pk=pk).first()
    if entry is None:
        raise NotFound(gettext("No such question."))
    return entry
