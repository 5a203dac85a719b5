"""Reading: the home page, search, shelves, articles and their votes. Nothing here needs JavaScript."""

import hashlib

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound
from shops.access import visible_orders
from tickets.selectors import (
    current_text,
    is_stale,
    search_articles,
    texts_by_slugs,
    topic_page,
    topics_with_texts,
    translations_of,
    usual_first_answer,
)
from tickets.services import articles
from tickets.services.feedback import store_feedback
from web.helpcenter.forms import FeedbackForm, VoteForm
from web.helpcenter.visitor import guest_token, language, member, remember_guest, visit_of

OFTEN = [
    "if-an-item-arrives-damaged-or-wrong",
    "when-a-refund-reaches-your-account",
    "how-soon-a-shop-answers",
]
NAMES = {"en": "English", "es": "Español", "zh-hans": "简体中文", "ar": "العربية"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Search, the latest order's three ways to help, shelves, and how soon tickets are answered now."""
    user = member(request)
    order = visible_orders(user).prefetch_related("lines").first() if user else None
    return render(
        request,
        "helpcenter/home.html",
        {
            "topics": topics_with_texts(language()),
            "often": texts_by_slugs(OFTEN, language()),
            "order": order,
            "usual": usual_first_answer(),
        },
    )


@require_GET
def seller_home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "helpcenter/home.html",
        {"topics": topics_with_texts(language(), "seller"), "for_shops": True, "usual": usual_first_answer()},
    )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "")
    as_typed = request.GET.get("exact") == "1"
    results = search_articles(query, language=language(), limit=50, correct=not as_typed)
    if query.strip():
        articles.log_search(
            visit=visit_of(request), query=query, language=language(), results=len(results.hits)
        )
    page = Paginator(results.hits, 10).get_page(request.GET.get("page"))
    return render(
        request, "helpcenter/search.html", {"query": query, "page": page, "corrected": results.corrected}
    )


@require_GET
def topic(request: HttpRequest, code: str) -> HttpResponse:
    found = topic_page(code, language())
    if found is None:
        raise NotFound(_("No such topic."))
    return render(request, "helpcenter/topic.html", {"topic": found[0], "texts": found[1]})


@require_GET
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article in the reader's language, or in English with a note."""
    text = current_text(slug, request.GET.get("lang") or language())
    if text is None:
        raise NotFound(_("No such article."))
    articles.count_view(article=text.article)
    articles.note_opened(visit=visit_of(request), article=text.article)
    shelf = topic_page(text.article.topic.code, language())
    voter = _voter(request)
    return remember_guest(
        request,
        render(
            request,
            "helpcenter/article.html",
            {
                "text": text,
                "article": text.article,
                "siblings": shelf[1] if shelf else [],
                "others": [
                    (code, NAMES.get(code, code))
                    for code in translations_of(text.article)
                    if code != text.language
                ],
                "is_fallback": text.language != language(),
                "is_stale": is_stale(text),
                "vote": text.article.votes.filter(voter=voter).first() if voter else None,
                "votes": text.article.helpful_yes + text.article.helpful_no,
                "query": request.GET.get("q", ""),
                "usual": usual_first_answer(),
            },
        ),
    )


@require_POST
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """Yes or no; after a no the page asks why, and the same form comes again with the reason."""
    text = current_text(slug, language())
    form = VoteForm(request.POST)
    if text is None or not form.is_valid():
        raise NotFound(_("No such article."))
    articles.vote(
        article=text.article,
        voter=_voter(request) or _guest_voter(request),
        is_helpful=form.cleaned_data["helpful"],
        reason=form.cleaned_data["reason"],
        comment=form.cleaned_data["comment"],
        language=text.language,
    )
    return remember_guest(request, redirect(reverse("helpcenter:article", args=[slug]) + "#vote"))


def _voter(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return _guest_voter(request) if request.COOKIES.get("guest") else ""


def _guest_voter(request: HttpRequest) -> str:
    return hashlib.sha256(f"vote:{guest_token(request)}".encode()).hexdigest()


def feedback(request: HttpRequest) -> HttpResponse:
    """Ideas and remarks, apart from tickets: no number, no promise, read by people."""
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        store_feedback(
            user=member(request),
            about=form.cleaned_data["about"],
            body=form.cleaned_data["body"],
            page=request.POST.get("page", ""),
            language=language(),
        )
        return redirect(reverse("helpcenter:feedback") + "?sent=1")
    return render(
        request,
        "helpcenter/feedback.html",
        {"form": form, "sent": request.GET.get("sent") == "1", "page": request.GET.get("from", "")},
    )


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and, for a member, in the profile."""
    chosen, target = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("helpcenter:home")
    response: HttpResponseRedirect = redirect(target)  # type: ignore[assignment]
    if chosen in NAMES:
        response.set_cookie("django_language", chosen, max_age=365 * 86_400, samesite="Lax")
    return response


@require_GET
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every published article in every language, for search engines."""
    rows = [
        (request.build_absolute_uri(reverse("helpcenter:article", args=[text.article.slug])), text.created_at)
        for audience in ("customer", "seller")
        for _, texts in topics_with_texts("en", audience)
        for text in texts
    ]
    return render(request, "helpcenter/sitemap.xml", {"rows": rows}, content_type="application/xml")
