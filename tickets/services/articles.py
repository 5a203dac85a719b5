"""Publishing articles, rendering them safely, and remembering what readers made of them."""

import re
from collections import Counter
from collections.abc import Iterable

import nh3
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import F, Max, Value
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt

from accounts.models import User
from core.errors import Invalid
from tickets.models import (
    Article,
    ArticleText,
    ArticleVote,
    Category,
    Deflection,
    SearchLog,
    SearchWord,
    Topic,
)
from tickets.selectors import search_config, words_of

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable("table")

_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h2", "h3", "h4", "hr", "i", "li",
    "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "th": {"scope"}, "ol": {"start"}}
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.S)


def render(body: str) -> str:
    """Markdown to HTML that cannot act: no raw HTML, few tags, links http(s), mailto or our own."""
    html = _HEADING.sub(r"<h2>\1</h2>", _markdown.render(body))
    html = html.replace("<table>", '<table class="table">').replace("<th>", '<th scope="col">')
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES | {"table": {"class"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )


@transaction.atomic
def publish(
    *,
    slug: str,
    topic: Topic,
    language: str,
    title: str,
    summary: str,
    body: str,
    keywords: str = "",
    kind: str = Article.Kind.ARTICLE,
    position: int = 0,
    source_version: int = 0,
    author: User | None = None,
    as_draft: bool = False,
) -> ArticleText:
    """Store a new version and make it current, unless nothing changed. Old versions stay as they were.

    ``source_version``: for a translation the English version it was made from.
    """
    if not title.strip() or not body.strip():
        raise Invalid(_("An article needs a title and a text."), code="article_empty")
    article, _fresh = Article.objects.update_or_create(
        slug=slug, defaults={"topic": topic, "kind": kind, "position": position}
    )
    article = Article.objects.select_for_update().get(pk=article.pk)
    texts = article.texts.filter(language=language)
    current = texts.filter(is_current=True).first()
    fresh = {"title": title, "summary": summary, "body": body, "keywords": keywords}
    if (
        current
        and not as_draft
        and all(getattr(current, k) == v for k, v in fresh.items())
        and current.source_version == source_version
    ):
        return current
    html = render(body)
    version = (texts.aggregate(top=Max("version"))["top"] or 0) + 1
    if not as_draft:
        texts.filter(is_current=True).update(is_current=False)
        texts.filter(is_draft=True).update(is_draft=False)
    text = ArticleText.objects.create(
        article=article,
        language=language,
        version=version,
        source_version=source_version,
        html=html,
        plain=" ".join(strip_tags(html).split()),
        is_current=not as_draft,
        is_draft=as_draft,
        author=author,
        **fresh,
    )
    if not as_draft:
        _index(text)
    return text


def _index(text: ArticleText) -> None:
    config = search_config(text.language)
    ArticleText.objects.filter(pk=text.pk).update(
        search=SearchVector(Value(text.title), weight="A", config=config)
        + SearchVector(Value(text.keywords), weight="A", config=config)
        + SearchVector(Value(text.summary), weight="B", config=config)
        + SearchVector(Value(text.plain), weight="C", config=config)
    )


@transaction.atomic
def rebuild_words(languages: Iterable[str] | None = None) -> int:
    """Count anew which words current articles use; misspelled searches are compared with these."""
    texts = ArticleText.objects.filter(is_current=True, article__is_published=True)
    wanted = set(languages) if languages else set(texts.values_list("language", flat=True))
    total = 0
    for language in sorted(wanted):
        counts: Counter[str] = Counter()
        for row in texts.filter(language=language):
            counts.update(words_of(f"{row.title} {row.summary} {row.keywords} {row.plain}"))
        SearchWord.objects.filter(language=language).delete()
        SearchWord.objects.bulk_create(
            SearchWord(language=language, word=word[:60], count=count) for word, count in counts.items()
        )
        total += len(counts)
    return total


def count_view(*, article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(views=F("views") + 1)


@transaction.atomic
def vote(
    *,
    article: Article,
    voter: str,
    is_helpful: bool,
    reason: str = "",
    comment: str = "",
    language: str = "en",
) -> ArticleVote:
    """One vote per reader; voting again changes it."""
    article = Article.objects.select_for_update().get(pk=article.pk)
    row, _fresh = ArticleVote.objects.update_or_create(
        article=article,
        voter=voter,
        defaults={
            "is_helpful": is_helpful,
            "reason": reason[:20],
            "comment": comment[:500],
            "language": language,
        },
    )
    votes = article.votes
    Article.objects.filter(pk=article.pk).update(
        helpful_yes=votes.filter(is_helpful=True).count(), helpful_no=votes.filter(is_helpful=False).count()
    )
    return row


def log_search(*, visit: str, query: str, language: str, results: int) -> SearchLog:
    return SearchLog.objects.create(visit=visit, query=query[:200], language=language, results=results)


def note_opened(*, visit: str, article: Article) -> None:
    """The reader's latest search led to this article."""
    last = SearchLog.objects.filter(visit=visit, opened=None).order_by("-created_at").first()
    if last:
        last.opened = article
        last.save(update_fields=["opened"])


def note_ticket(*, visit: str, category: Category) -> None:
    """The reader sent a ticket after all: their searches of this visit did not help."""
    SearchLog.objects.filter(visit=visit).update(led_to_ticket=True)
    Deflection.objects.create(visit=visit, category=category, answered=False)


def note_deflected(*, visit: str, category: Category, article: Article | None) -> None:
    """The reader said that an article answered it, and sent nothing."""
    Deflection.objects.create(visit=visit, category=category, article=article, answered=True)
