"""The ticket form: topic, details, check and send, receipt. Each step is a page and needs no JavaScript.

What is typed is kept as a draft from the first POST on. The draft's token is what makes sending idempotent: a
second click, a reload or a lost answer ends at the same receipt.
"""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from chat.access import get_conversation
from chat.models import Conversation
from compliance.access import violations_of
from core.errors import DomainError, Invalid, NotFound
from files.access import guest_hash
from files.services import store_upload
from shops.access import get_shop, visible_orders
from shops.capabilities import Capability
from shops.models import Shop
from tickets.access import get_draft, own_tickets
from tickets.models import Category, Ticket, TicketDraft
from tickets.selectors import (
    categories_for,
    current_text,
    get_category,
    look_alikes,
    questions_of,
    search_articles,
    suggested_texts,
    texts_by_slugs,
)
from tickets.services import articles, drafts
from tickets.services.chat_thread import open_from_chat, open_ticket_of
from tickets.services.conversation import add_information
from tickets.services.screening import civility_hint
from tickets.services.slas import promised_at
from tickets.services.submit import IMPACT_PRIORITY
from web.helpcenter.forms import IMPACTS, TicketForm
from web.helpcenter.visitor import (
    device_of,
    known_guest,
    language,
    member,
    remember_guest,
    sender,
    visit_of,
)

CARRIED = ("q", "order", "as", "conversation", "follows", "from", "link", "decision", "channel")


def _shop(request: HttpRequest) -> Shop | None:
    """The shop this person writes for, when they come from its Seller Center."""
    slug = request.GET.get("as") or request.POST.get("as")
    return get_shop(request.user, slug, Capability.MANAGE_TICKETS) if slug else None


def _audience(request: HttpRequest, shop: Shop | None) -> str:
    if shop:
        return "seller"
    return "customer" if member(request) else "guest"


def _carried(request: HttpRequest) -> str:
    """The query string that keeps what is known already from page to page."""
    kept = {name: request.GET[name] for name in CARRIED if request.GET.get(name)}
    query = request.GET.copy()
    query.clear()
    query.update(kept)
    return f"?{query.urlencode()}" if kept else ""


@require_GET
def choose_topic(request: HttpRequest) -> HttpResponse:
    """Step one: the tree of topics, with what was searched for before still at hand."""
    shop = _shop(request)
    query = request.GET.get("q", "")
    chat = _chat(request)
    suggestions = (
        [hit.text for hit in search_articles(query, language=language(), limit=3).hits] if query else []
    )
    return render(
        request,
        "helpcenter/choose_topic.html",
        {
            "categories": categories_for(_audience(request, shop)),
            "shop": shop,
            "carried": _carried(request),
            "query": query,
            "suggestions": suggestions,
            "drafts": _open_drafts(request)[:3],
            "chat": chat,
            "chat_ticket": open_ticket_of(chat.pk) if chat else None,
            "submit_ref": uuid4(),
        },
    )


def _chat(request: HttpRequest) -> Conversation | None:
    """The chat a customer comes from, if it is their own."""
    user, pk = member(request), request.GET.get("conversation", "")
    if user is None or not pk.isdigit():
        return None
    conversation = get_conversation(user, int(pk))
    return conversation if conversation.customer_id == user.pk else None


@require_POST
def from_chat(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a chat a ticket, for the shop when it opens or for the platform now: one button each."""
    user = member(request)
    if user is None:
        raise NotFound(_("No such conversation."))
    conversation = get_conversation(user, pk)
    if conversation.customer_id != user.pk:
        raise NotFound(_("No such conversation."))
    try:
        submit_ref = UUID(request.POST.get("submit_ref", ""))
    except ValueError:
        submit_ref = uuid4()
    wants_platform = request.POST.get("who") != "shop"
    ticket = open_from_chat(
        conversation=conversation,
        customer=user,
        submit_ref=submit_ref,
        handled_by=Ticket.HandledBy.PLATFORM if wants_platform else Ticket.HandledBy.SHOP,
        note=request.POST.get("note", ""),
    )
    return redirect("helpcenter:receipt", number=ticket.number)


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Report a violation, with or without an account."""
    category = get_category("report", _audience(request, None))
    children = [c for c in categories_for(_audience(request, None)) if c.pk == category.pk]
    return render(
        request,
        "helpcenter/report.html",
        {
            "category": category,
            "children": children[0].shown_children if children else [],  # type: ignore[attr-defined]
            "carried": _carried(request),
            "texts": texts_by_slugs(category.articles, language()),
        },
    )


def details(request: HttpRequest, code: str) -> HttpResponse:
    """Step two: suggested articles, then the questions of this topic."""
    shop = _shop(request)
    category = get_category(code, _audience(request, shop))
    if category.kind == Category.Kind.FEEDBACK:
        return redirect("helpcenter:feedback")
    if shop and category.kind == Category.Kind.SELLER_APPEAL:
        get_shop(request.user, shop.slug, Capability.LODGE_APPEAL)
    draft = _draft_in(request)
    if request.method == "POST":
        return _save_details(request, category, draft, shop)
    children = [c for c in categories_for(_audience(request, shop)) if c.pk == category.pk]
    if children and children[0].shown_children:  # type: ignore[attr-defined]
        return render(
            request,
            "helpcenter/choose_topic.html",
            {
                "categories": children[0].shown_children,  # type: ignore[attr-defined]
                "parent": category,
                "shop": shop,
                "carried": _carried(request),
                "texts": texts_by_slugs(category.articles, language()),
            },
        )
    form = _form(request, category, initial=draft.data if draft else _initial(request), shop=shop)
    return remember_guest(request, _details_page(request, category, form, draft, shop))


def _initial(request: HttpRequest) -> dict[str, Any]:
    user, query = member(request), request.GET
    return {
        "subject": query.get("q", ""),
        "order": query.get("order", ""),
        "follows": query.get("follows", ""),
        "link": query.get("link", ""),
        "decision": query.get("decision", ""),
        "conversation": query.get("conversation", ""),
        "chat_range": query.get("chat_range", "") or _latest_range(request),
        "email": user.email if user else "",
    } | device_of(request.headers.get("User-Agent", ""))


def _latest_range(request: HttpRequest) -> str:
    """The last twenty messages of the chat a shop reports: a start that can be changed."""
    pk = request.GET.get("conversation", "")
    if not pk.isdigit() or member(request) is None:
        return ""
    last = get_conversation(request.user, int(pk)).last_seq
    return f"{max(1, last - 19)}-{last}" if last else ""


def _form(
    request: HttpRequest,
    category: Category,
    *,
    shop: Shop | None,
    initial: dict[str, Any] | None = None,
    bound: bool = False,
) -> TicketForm:
    user = member(request)
    extra: dict[str, list[tuple[str, str]]] = {}
    if shop and category.kind == Category.Kind.SELLER_APPEAL:
        extra["decision"] = [
            (str(d.pk), f"{timezone.localtime(d.decided_at):%Y-%m-%d} · {gettext(d.policy_version.title)}")
            for d in violations_of(shop)[:50]
            if d.policy_version
        ]
    if shop and category.kind == Category.Kind.SELLER_REPORT:
        extra["conversation"] = _chats_of(shop)
    return TicketForm(
        request.POST if bound else None,
        request.FILES if bound else None,
        initial=initial,
        category=category,
        is_guest=user is None,
        orders=list(visible_orders(user)[:20]) if user and not shop else [],
        extra_choices=extra,
    )


def _chats_of(shop: Shop) -> list[tuple[str, str]]:
    """The shop's latest conversations, to choose the one that is reported."""
    rows = Conversation.objects.filter(shop=shop, last_message_at__isnull=False).select_related("customer")
    return [
        (str(row.pk), f"{row.customer.short_name} · {timezone.localtime(row.last_message_at):%Y-%m-%d %H:%M}")
        for row in rows.order_by("-last_message_at")[:50]
        if row.last_message_at
    ]


def _details_page(
    request: HttpRequest, category: Category, form: TicketForm, draft: TicketDraft | None, shop: Shop | None
) -> HttpResponse:
    words = request.GET.get("q", "") or (draft.data.get("subject", "") if draft else "")
    return render(
        request,
        "helpcenter/details.html",
        {
            "category": category,
            "form": form,
            "draft": draft,
            "shop": shop,
            "files": drafts.loose_uploads(draft, sender(request)) if draft else [],
            "suggestions": suggested_texts(words, language=language(), category=category),
            "promised": promised_at(category, category.priority, timezone.now()),
            "carried": _carried(request),
            "hidden": {name: request.GET.get(name, "") for name in ("as", "conversation", "channel", "from")},
        },
        status=400 if form.errors else 200,
    )


def _save_details(
    request: HttpRequest, category: Category, draft: TicketDraft | None, shop: Shop | None
) -> HttpResponse:
    """Keep everything that was typed, complete or not; go on to the check when it is complete.

    ``do=auto`` comes from the page while somebody types: it keeps the words and answers with the draft.
    """
    form = _form(request, category, shop=shop, bound=True)
    is_complete = form.is_valid()
    person = sender(request)
    before = draft.data if draft else {}
    data = before | form.plain_data() | _hidden(request, before)
    data["files"] = _files_after(request, form, before.get("files", []))
    draft = drafts.save_draft(sender=person, category=category, data=data, draft=draft, shop=shop)
    if request.POST.get("do") == "auto":
        return remember_guest(request, JsonResponse({"draft": draft.token_text}))
    if request.POST.get("do") == "later":
        return remember_guest(request, redirect("helpcenter:drafts"))
    if not is_complete or form.errors:
        return remember_guest(request, _details_page(request, category, form, draft, shop))
    return remember_guest(request, redirect("helpcenter:review", token=draft.token))


def _hidden(request: HttpRequest, before: dict[str, Any]) -> dict[str, Any]:
    kept = {name: request.POST.get(name) or before.get(name, "") for name in ("conversation", "channel")}
    return kept | {"page": request.POST.get("from") or before.get("page", "")}


def _files_after(request: HttpRequest, form: TicketForm, before: list[str]) -> list[str]:
    """The files of the draft: those kept, and the new ones, which are stored and quarantined at once."""
    dropped = set(request.POST.getlist("drop_file"))
    kept = [key for key in before if key not in dropped]
    person = sender(request)
    for file in form.cleaned_data.get("files") or []:
        try:
            upload = store_upload(file=file, purpose="ticket", user=person.user, guest=person.guest)
        except DomainError as refusal:
            form.add_error("files", f"{file.name}: {refusal.message}")
            continue
        kept.append(str(upload.public_id))
    return kept[:12]


@require_GET
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Step three: everything on one page, look-alikes and unkind words pointed out, then send."""
    person = sender(request)
    draft = get_draft(member(request), token, person.guest)
    if draft.submitted_at:
        return _to_receipt(draft)
    return _review_page(request, draft)


def _review_page(
    request: HttpRequest, draft: TicketDraft, error: str = "", status: int = 200
) -> HttpResponse:
    person, data, category = sender(request), draft.data, draft.category
    impact = str(data.get("impact", ""))
    return render(
        request,
        "helpcenter/review.html",
        {
            "draft": draft,
            "category": category,
            "data": data,
            "answers": [
                (q.label, _shown(q, data.get(q.key, "")), q.key, q.type)
                for q in questions_of(category)
                if data.get(q.key)
            ],
            "impact": dict(IMPACTS).get(impact, ""),
            "files": drafts.loose_uploads(draft, person),
            "missing": drafts.missing_fields(draft),
            "look_alikes": look_alikes(
                user=person.user,
                guest=person.guest,
                subject=str(data.get("subject", "")),
                description=str(data.get("description", "")),
            ),
            "hint": civility_hint(f"{data.get('subject', '')}\n{data.get('description', '')}"),
            "promised": promised_at(category, IMPACT_PRIORITY.get(impact, category.priority), timezone.now()),
            "error": error,
        },
        status=status,
    )


def _shown(question: Any, value: Any) -> str:
    return dict(question.choices).get(value, value) if question.choices else str(value)


@require_POST
def send(request: HttpRequest, token: str) -> HttpResponse:
    """Send once. Whoever sends again, or lost the answer on the way, gets the same receipt."""
    person = sender(request)
    draft = get_draft(member(request), token, person.guest)
    try:
        result = drafts.submit_draft(draft=draft, sender=person)
    except Invalid as refusal:
        return _review_page(request, draft, refusal.message, 400)
    except DomainError as refusal:
        return _review_page(request, draft, refusal.message, refusal.status)
    if not result.duplicate:
        articles.note_ticket(visit=visit_of(request), category=draft.category)
    return redirect("helpcenter:receipt", number=result.ticket.number)


def _to_receipt(draft: TicketDraft) -> HttpResponse:
    ticket = draft_ticket(draft)
    return redirect("helpcenter:receipt", number=ticket) if ticket else redirect("helpcenter:tickets")


def draft_ticket(draft: TicketDraft) -> str:
    """Number of the ticket a draft has become; "" before."""
    return drafts.number_of(draft)


@require_POST
def add_instead(request: HttpRequest, token: str) -> HttpResponse:
    """Put what was typed onto the look-alike instead of sending a second ticket."""
    person = sender(request)
    draft = get_draft(member(request), token, person.guest)
    mine = own_tickets(person.user, person.guest).filter(number=request.POST.get("number", "")).first()
    if mine is None:
        raise NotFound(_("No such ticket."))
    words = "\n\n".join(
        filter(None, [str(draft.data.get(k, "")) for k in ("subject", "description", "steps")])
    )
    add_information(
        ticket=mine,
        author=person.user,
        body=words,
        uploads=drafts.loose_uploads(draft, person),
        client_ref=draft.token,
    )
    drafts.discard_draft(draft=draft)
    return redirect("helpcenter:ticket", number=mine.number)


@require_POST
def answered(request: HttpRequest, code: str) -> HttpResponse:
    """An article answered it: no ticket is needed, and the Help Center learns what works."""
    category = get_category(code, _audience(request, _shop(request)))
    text = current_text(request.POST.get("article", ""), language())
    articles.note_deflected(
        visit=visit_of(request), category=category, article=text.article if text else None
    )
    return redirect(reverse("helpcenter:home") + "?answered=1")


@require_GET
def draft_list(request: HttpRequest) -> HttpResponse:
    return render(request, "helpcenter/drafts.html", {"drafts": _open_drafts(request)})


@require_POST
def discard(request: HttpRequest, token: str) -> HttpResponse:
    drafts.discard_draft(draft=get_draft(member(request), token, known_guest(request)))
    return redirect("helpcenter:drafts")


def _open_drafts(request: HttpRequest) -> list[TicketDraft]:
    user, guest = member(request), known_guest(request)
    rows = TicketDraft.objects.filter(submitted_at=None).select_related("category__parent", "shop")
    if user:
        return list(rows.filter(owner=user).order_by("-updated_at")[:20])
    if guest:
        return list(rows.filter(owner=None, guest_hash=guest_hash(guest)).order_by("-updated_at")[:20])
    return []


def _draft_in(request: HttpRequest) -> TicketDraft | None:
    token = request.POST.get("draft") or request.GET.get("draft")
    if not token:
        return None
    try:
        return get_draft(member(request), token, known_guest(request))
    except (NotFound, ValueError):
        return None
