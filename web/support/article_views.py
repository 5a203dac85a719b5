"""Writing articles: list, edit with preview, publish a version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.errors import DomainError
from tickets.models import Article, ArticleText
from tickets.selectors import articles_for_editor, is_stale
from tickets.services import articles
from web.support.forms import ArticleForm
from web.support.views import staff


@require_GET
def article_list(request: HttpRequest) -> HttpResponse:
    staff(request)
    rows = []
    for article in articles_for_editor():
        current = [text for text in article.shown if text.is_current]  # type: ignore[attr-defined]
        rows.append(
            {
                "article": article,
                "english": next((text for text in current if text.language == "en"), None),
                "languages": [(text.language, is_stale(text)) for text in current],
                "drafts": [text for text in article.shown if text.is_draft],  # type: ignore[attr-defined]
            }
        )
    return render(request, "support/articles.html", {"rows": rows})


def edit(request: HttpRequest, slug: str = "", language: str = "en") -> HttpResponse:
    """Write or translate. "Look" shows the page as readers will see it, "Publish" makes a new version."""
    author = staff(request)
    article = Article.objects.filter(slug=slug).first() if slug else None
    form = ArticleForm(request.POST or None, initial=_initial(article, language))
    preview = ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        preview = articles.render(data["body"])
        if request.POST.get("do") in {"publish", "draft"}:
            try:
                text = articles.publish(
                    **data,
                    author=author,
                    position=article.position if article else 99,
                    source_version=_english_version(data["slug"]) if data["language"] != "en" else 0,
                    as_draft=request.POST["do"] == "draft",
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                if not text.is_draft:
                    articles.rebuild_words([data["language"]])
                messages.success(request, _("Version %(n)d is kept.") % {"n": text.version})
                return redirect("support:article", slug=data["slug"], language=data["language"])
    versions = (
        ArticleText.objects.filter(article=article, language=language)
        .select_related("author")
        .order_by("-version")
        if article
        else []
    )
    return render(
        request,
        "support/article.html",
        {"form": form, "preview": preview, "article": article, "versions": versions, "language": language},
    )


def _initial(article: Article | None, language: str) -> dict[str, object]:
    if article is None:
        return {"language": "en", "kind": "article"}
    newest = article.texts.filter(language=language).order_by("-is_draft", "-is_current", "-version").first()
    text = newest or article.texts.filter(language="en", is_current=True).first()
    base: dict[str, object] = {
        "slug": article.slug,
        "topic": article.topic_id,
        "kind": article.kind,
        "language": language,
    }
    if text:
        base |= {name: getattr(text, name) for name in ("title", "summary", "keywords", "body")}
    return base


def _english_version(slug: str) -> int:
    text = ArticleText.objects.filter(article__slug=slug, language="en", is_current=True).first()
    return text.version if text else 0
