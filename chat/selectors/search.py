"""Words in messages, nearly right ones too.

Two steps. PostgreSQL finds candidates by an index of whole words: each word of the query stands for itself,
for words that begin with it, and for words of the vocabulary (``SearchWord``) that are a slip or two away.
Then each candidate is looked at as its reader sees it, so what is hidden from somebody cannot be found by
them, and the places to highlight come out of the same look.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, QuerySet
from rapidfuzz.distance import OSA

from chat.access import Side, Viewer
from chat.models import Conversation, Message
from chat.selectors import is_hidden_from, message_text_for

CANDIDATES = 400  # Looked at one by one; more than a page can show.
NEIGHBOURS = 24  # Words of the vocabulary that one word of the query may stand for.
# The newest messages in reach are looked at in any case: their words may not be learnt yet.
FRESH, FRESH_CONVERSATIONS = 200, 20
# Words with another first letter (people rarely miss it) must share so many of their trigrams.
LIKENESS = 0.35
QUERY_WORDS = 8

# One sign of Chinese, Japanese or Korean, else a run of letters and digits: as chat_search_vector() splits.
_SIGN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}]+")


@dataclass(frozen=True, slots=True)
class Found:
    """One message and the ``[start, end)`` places of its text, in code points as seen, that match."""

    message: Message
    spans: list[list[int]]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must occur: a word, or a run of signs that stand side by side."""

    text: str
    is_signs: bool = False

    @property
    def slips(self) -> int:
        """So many letters may be wrong, missing, too many or swapped with their neighbour."""
        if self.is_signs or len(self.text) < 4 or any(ch.isdigit() for ch in self.text):
            return 0
        return 1 if len(self.text) < 7 else 2


def terms_of(query: str) -> list[Term]:
    """The words of a query, at most ``QUERY_WORDS``; neighbouring signs make one term."""
    terms: list[Term] = []
    last_end = -1
    for match in _TOKEN.finditer(fold(query)):
        text, is_sign = match.group(), bool(re.match(f"[{_SIGN}]", match.group()))
        if is_sign and terms and terms[-1].is_signs and match.start() == last_end:
            terms[-1] = Term(terms[-1].text + text, True)
        else:
            terms.append(Term(text, is_sign))
        last_end = match.end()
    return terms[:QUERY_WORDS]


def fold(text: str) -> str:
    """Lower case, sign by sign, so that places in the folded text are places in the text."""
    return "".join(low if len(low := ch.lower()) == 1 else ch for ch in text)


def found_messages(
    conversations: QuerySet[Conversation], *, user_id: int, query: str, limit: int = 50
) -> list[Found]:
    """Messages that hold every word of the query, exact ones first, then the newest.

    The viewer is the person on their side of each conversation; withheld text of colleagues is left out.
    """
    terms = terms_of(unicodedata.normalize("NFC", query))
    if not terms:
        return []
    nearest = _nearest(_candidates(conversations, terms), terms)[: 3 * limit]
    rows = Message.objects.select_related(
        "author", "reply_to__author", "conversation__shop", "conversation__customer"
    ).in_bulk(nearest)
    found: list[Found] = []
    for message in [rows[pk] for pk in nearest if pk in rows]:
        is_customer = message.conversation.customer_id == user_id
        viewer = Viewer(user_id, Side.CUSTOMER if is_customer else Side.SHOP)
        if is_hidden_from(viewer, message):
            continue
        # Once more in the text as this person sees it: hidden words are no reason to find a message.
        hit = match(message_text_for(message, viewer).body, terms)
        if hit is not None:
            found.append(Found(message, hit.spans))
    return found[:limit]


def _nearest(ids: Sequence[int], terms: Sequence[Term]) -> list[int]:
    """Those of these messages that hold the terms: the fewest slips first, then the newest."""
    bodies = Message.objects.filter(pk__in=ids).values_list("pk", "body")
    ranked = [(hit.slips, -pk) for pk, body in bodies if (hit := match(body, terms)) is not None]
    return [-minus_pk for _slips, minus_pk in sorted(ranked)]


# --- Candidates ---


def _candidates(conversations: QuerySet[Conversation], terms: Sequence[Term]) -> list[int]:
    """Ids of messages that may hold the terms: by the index, and the newest whatever they say."""
    by_index = Message.objects.filter(conversation__in=conversations.values("pk")).extra(
        where=["chat_search_vector(body) @@ to_tsquery('simple', %s)"], params=[_tsquery(terms)]
    )
    ids = set(by_index.order_by("-pk").values_list("pk", flat=True)[:CANDIDATES])
    latest = conversations.order_by(F("last_message_at").desc(nulls_last=True)).values_list("pk", flat=True)
    fresh = Message.objects.filter(conversation__in=list(latest[:FRESH_CONVERSATIONS]))
    ids.update(fresh.order_by("-pk").values_list("pk", flat=True)[:FRESH])
    return list(ids)


def _tsquery(terms: Sequence[Term]) -> str:
    """``('refund':* | 'refnd') & 'mug':* & ('退' <-> '款')``. Terms hold letters and digits only."""
    parts = []
    for term in terms:
        if term.is_signs:
            parts.append("(" + " <-> ".join(f"'{sign}'" for sign in term.text) + ")")
        else:
            words = [f"'{term.text}':*", *(f"'{word}'" for word in neighbours(term))]
            parts.append("(" + " | ".join(words) + ")")
    return " & ".join(parts)


def neighbours(term: Term) -> list[str]:
    """Words that occur in messages and differ from the term by its slips at most, the nearest first."""
    if not term.slips:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL pg_trgm.similarity_threshold = {LIKENESS}")
        cursor.execute(
            """
            SELECT word FROM chat_searchword
            WHERE word LIKE %(start)s AND length(word) BETWEEN %(least)s AND %(most)s
            UNION
            SELECT word FROM chat_searchword
            WHERE word %% %(term)s AND length(word) BETWEEN %(least)s AND %(most)s
            """,
            {
                "term": term.text,
                "start": term.text[0] + "%",
                "least": len(term.text) - term.slips,
                "most": len(term.text) + term.slips,
            },
        )
        words = [row[0] for row in cursor.fetchall()]
    near = [(slips, word) for word in words if 0 < (slips := distance(term, word)) <= term.slips]
    return [word for _slips, word in sorted(near)[:NEIGHBOURS]]


def distance(term: Term, word: str) -> int:
    """How many slips lie between them; the first letter counts double, because people rarely miss it."""
    slips = OSA.distance(term.text, word, score_cutoff=term.slips)
    return slips + 1 if slips == 1 and word[:1] != term.text[:1] and term.slips > 1 else slips


# --- The look at one text ---


@dataclass(frozen=True, slots=True)
class Hit:
    slips: int
    spans: list[list[int]]


def match(body: str, terms: Sequence[Term]) -> Hit | None:
    """Where every term occurs in the text, with as few slips as it takes; None if one does not occur."""
    folded = fold(unicodedata.normalize("NFC", body)) if len(body) < 20_000 else ""
    if len(folded) != len(body):  # Composed signs moved the places: look without composing.
        folded = fold(body)
    total = 0
    spans: list[list[int]] = []
    for term in terms:
        places = list(_places(folded, term))
        if not places:
            return None
        fewest = min(slips for slips, _start, _end in places)
        total += fewest
        spans += [[start, end] for slips, start, end in places if slips == fewest]
    return Hit(total, _merged(spans))


def _places(folded: str, term: Term) -> Iterator[tuple[int, int, int]]:
    """(slips, start, end) of each occurrence."""
    if term.is_signs:
        start = folded.find(term.text)
        while start >= 0:
            yield 0, start, start + len(term.text)
            start = folded.find(term.text, start + 1)
        return
    for token in _TOKEN.finditer(folded):
        word = token.group()
        if word.startswith(term.text):
            yield 0, token.start(), token.start() + len(term.text)
        elif term.slips and abs(len(word) - len(term.text)) <= term.slips:
            slips = distance(term, word)
            if slips <= term.slips:
                yield slips, token.start(), token.end()


def _merged(spans: list[list[int]]) -> list[list[int]]:
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
