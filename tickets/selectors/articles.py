"""Finding articles: full text per language, forgiving about spelling, with the matched words marked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, TrigramWordSimilarity
from django.db.models import Case, F, FloatField, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from rapidfuzz.distance import OSA

from tickets.models import Article, ArticleText, Category, SearchWord, Topic

# PostgreSQL's own configurations. Chinese has none: its words are found by trigrams and as they are.
_CONFIGS = {
    "en": "english",
    "es": "spanish",
    "ar": "arabic",
    "fr": "french",
    "de": "german",
    "pt": "portuguese",
}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Marks around a hit: private-use characters, so that article text can never contain them.
_START, _END = "\ue000", "\ue001"
_CJK = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One found article: its text, the title and an excerpt with ``<mark>`` around what matched."""

    text: ArticleText
    title: SafeString
    excerpt: SafeString
    score: float


@dataclass(frozen=True, slots=True)
class Results:
    """``corrected`` is the query that was really used, when a word was misspelled."""

    hits: list[Hit]
    corrected: str = ""


def search_config(language: str) -> str:
    return _CONFIGS.get(language.partition("-")[0], "simple")


def words_of(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def languages_for(language: str) -> list[str]:
    """The reader's language, its base, then English."""
    wanted = [language.lower(), language.lower().partition("-")[0], "en"]
    return list(dict.fromkeys(wanted))


def texts_in(language: str, audience: str | None = None) -> QuerySet[ArticleText]:
    """Current texts, each article once: in the reader's language, or else in English."""
    languages = languages_for(language)
    order = Case(
        *(When(language=code, then=Value(n)) for n, code in enumerate(languages)),
        default=Value(9),
        output_field=IntegerField(),
    )
    texts = ArticleText.objects.filter(is_current=True, article__is_published=True, language__in=languages)
    if audience:
        texts = texts.filter(article__topic__audience=audience)
    best = texts.annotate(rank_language=order).order_by("article_id", "rank_language").distinct("article_id")
    # Read first: some hundred ids, where the planner might run the sub-query once per row.
    return ArticleText.objects.filter(pk__in=list(best.values_list("pk", flat=True))).select_related(
        "article__topic"
    )


def current_text(slug: str, language: str) -> ArticleText | None:
    return texts_in(language).filter(article__slug=slug).first()


def texts_by_slugs(slugs: list[str], language: str) -> list[ArticleText]:
    """Current texts of these articles, in the order asked for."""
    found = {text.article.slug: text for text in texts_in(language).filter(article__slug__in=slugs)}
    return [found[slug] for slug in slugs if slug in found]


def topics_with_texts(language: str, audience: str = "customer") -> list[tuple[Topic, list[ArticleText]]]:
    """Every shelf of this audience with its articles, in order; two queries."""
    shelves: dict[int, list[ArticleText]] = {}
    for text in texts_in(language, audience).order_by("article__position", "article_id"):
        shelves.setdefault(text.article.topic_id, []).append(text)
    topics = Topic.objects.filter(audience=audience, pk__in=shelves)
    return [(topic, shelves[topic.pk]) for topic in topics]


def is_stale(text: ArticleText) -> bool:
    """A translation made from an older English version than the current one."""
    if text.language == "en":
        return False
    english = ArticleText.objects.filter(article_id=text.article_id, language="en", is_current=True).first()
    return english is not None and text.source_version < english.version


def translations_of(article: Article) -> list[str]:
    return list(article.texts.filter(is_current=True).order_by("language").values_list("language", flat=True))


def search_articles(
    query: str, *, language: str, limit: int = 20, audience: str | None = None, correct: bool = True
) -> Results:
    """Articles for these words, best first. Misspelled words are mended from the words articles use."""
    query = " ".join(query.replace("\x00", " ").split())[:200]
    if not query:
        return Results([])
    if _CJK.search(query):
        return Results(_search_by_characters(query, language, limit, audience))
    used = _corrected(query, language) if correct else query
    hits = _search_by_words(used, language, limit, audience)
    return Results(hits, used if used != query.casefold() else "")


def _corrected(query: str, language: str) -> str:
    """The query with each unknown word replaced by the nearest word that articles use.

    At most one wrong letter (or two swapped) in words of four or five letters, two in longer ones.
    """
    words = words_of(query)
    languages = languages_for(language)
    known = set(
        SearchWord.objects.filter(language__in=languages, word__in=words).values_list("word", flat=True)
    )
    mended = []
    for word in words:
        if word in known or len(word) < 4 or any(ch.isdigit() for ch in word):
            mended.append(word)
            continue
        mended.append(_nearest(word, languages) or word)
    return " ".join(mended)


def _nearest(word: str, languages: list[str]) -> str | None:
    near = (
        SearchWord.objects.filter(language__in=languages)
        .filter(Q(word__trigram_word_similar=word) | Q(word__startswith=word[:2]))
        .values_list("word", "count")[:400]
    )
    most = 1 if len(word) <= 5 else 2
    scored = [
        (distance, -count, candidate)
        for candidate, count in near
        if (distance := OSA.distance(word, candidate, score_cutoff=most)) <= most
        # A word that only begins like the query is a form of it (refund, refunds): PostgreSQL stems those.
        and not (candidate.startswith(word) or word.startswith(candidate))
    ]
    return min(scored)[2] if scored else None


def _search_by_words(query: str, language: str, limit: int, audience: str | None) -> list[Hit]:
    config = search_config(language)
    every = SearchQuery(query, config=config, search_type="websearch")
    anyone = None
    for word in words_of(query):
        term = SearchQuery(word, config=config)
        anyone = term if anyone is None else anyone | term
    if anyone is None:
        return []
    ranked = (
        texts_in(language, audience)
        .annotate(
            full=Coalesce(SearchRank(F("search"), every, cover_density=True), Value(0.0)),
            part=Coalesce(SearchRank(F("search"), anyone), Value(0.0)),
            near=TrigramWordSimilarity(query, "title"),
        )
        .annotate(score=F("full") * 4 + F("part") + F("near") * Value(0.6, output_field=FloatField()))
        .filter(Q(search=anyone) | Q(near__gte=0.55))
        .order_by("-score", "article__position")
    )
    scores = dict(ranked.values_list("pk", "score")[:limit])
    # Marking words is the slow part: only for what is shown.
    shown = {row.pk: row for row in _with_marks(scores, anyone, config)}
    return [_hit(shown[pk], score) for pk, score in scores.items()]


def _hit(row: Any, score: float) -> Hit:
    """``row`` carries the marked texts that ``_with_marks`` added."""
    return Hit(row, marked(row.marked_title), marked(row.marked or row.summary), float(score))


def _with_marks(pks: Iterable[int], query: SearchQuery, config: str) -> QuerySet[ArticleText]:
    def marks(field: str, **how: Any) -> SearchHeadline:
        return SearchHeadline(field, query, config=config, start_sel=_START, stop_sel=_END, **how)

    return (
        ArticleText.objects.filter(pk__in=list(pks))
        .select_related("article__topic")
        .annotate(
            marked=marks("plain", max_words=32, min_words=16, max_fragments=1),
            marked_title=marks("title", highlight_all=True),
        )
    )


def _search_by_characters(query: str, language: str, limit: int, audience: str | None) -> list[Hit]:
    """Chinese, Japanese and Korean: by the characters themselves, then by overlapping pairs of them."""
    parts = [part for part in re.split(r"[\s，。？！、,.?!]+", query) if part]
    pairs = list(dict.fromkeys(part[i : i + 2] for part in parts for i in range(max(1, len(part) - 1))))
    match = Q()
    score: Combinable = Value(0.0, output_field=FloatField())
    for pair in pairs[:20]:
        match |= Q(title__icontains=pair) | Q(keywords__icontains=pair) | Q(plain__icontains=pair)
        score = score + Case(
            When(Q(title__icontains=pair) | Q(keywords__icontains=pair), then=Value(3.0)),
            When(plain__icontains=pair, then=Value(1.0)),
            default=Value(0.0),
            output_field=FloatField(),
        )
    rows = texts_in(language, audience).filter(match).annotate(score=score)
    rows = rows.filter(score__gte=Greatest(Value(1.0), Value(len(pairs) * 0.4))).order_by("-score")
    return [_hit_by_pairs(row, pairs) for row in rows[:limit]]


def _hit_by_pairs(row: ArticleText, pairs: list[str]) -> Hit:
    at = min((i for pair in pairs if (i := row.plain.find(pair)) >= 0), default=0)
    start = max(0, at - 24)
    excerpt = ("…" if start else "") + row.plain[start : start + 90] + "…"
    return Hit(row, _mark_pairs(row.title, pairs), _mark_pairs(excerpt, pairs), float(cast(float, row.score)))  # type: ignore[attr-defined]


def _mark_pairs(text: str, pairs: list[str]) -> SafeString:
    found = re.compile("|".join(re.escape(pair) for pair in pairs))
    spans: list[list[int]] = []
    for start in range(len(text)):
        if hit := found.match(text, start):
            if spans and hit.start() <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], hit.end())
            else:
                spans.append([hit.start(), hit.end()])
    for start, end in reversed(spans):
        text = text[:start] + _START + text[start:end] + _END + text[end:]
    return marked(text)


def marked(text: str) -> SafeString:
    """Escaped text with ``<mark>`` where our marks stood."""
    return mark_safe(escape(text).replace(_START, "<mark>").replace(_END, "</mark>"))


def suggested_texts(
    text: str, *, language: str, category: Category | None, limit: int = 4
) -> list[ArticleText]:
    """What might answer it before a ticket is sent: by the words typed, then the category's own articles."""
    found = [hit.text for hit in search_articles(text, language=language, limit=limit).hits] if text else []
    if category:
        slugs = category.articles or (category.parent.articles if category.parent else [])
        found += texts_by_slugs(slugs, language)
    return list({row.article_id: row for row in found}.values())[:limit]


def topic_page(code: str, language: str) -> tuple[Topic, list[ArticleText]] | None:
    topic = Topic.objects.filter(code=code).first()
    if topic is None:
        return None
    return topic, list(texts_in(language).filter(article__topic=topic).order_by("article__position"))


def articles_for_editor() -> QuerySet[Article]:
    current = ArticleText.objects.filter(Q(is_current=True) | Q(is_draft=True)).order_by(
        "language", "-version"
    )
    return Article.objects.select_related("topic").prefetch_related(
        Prefetch("texts", queryset=current, to_attr="shown")
    )
