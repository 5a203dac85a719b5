"""The support desk: the queue and one ticket with everything that can be done to it."""

from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import REVIEWERS, SUPPORT, require_staff
from accounts.models import StaffRole, User
from core.errors import DomainError, Invalid, NotFound
from files.selectors import uploads_of
from files.services import signed_path
from tickets.access import desk_tickets, get_desk_ticket
from tickets.models import AnswerTemplate, Team, Ticket
from tickets.selectors import (
    Filter,
    answers_of,
    desk_thread,
    others_of,
    queue,
    teams,
    templates_for,
    views_of,
)
from tickets.services import assignment, chat_thread, conversation, desk, guests, merging
from web.support.forms import HoldForm, MergeForm, PriorityForm, ReplyForm, SplitForm, TransferForm


def staff(request: HttpRequest) -> User:
    """The support agent or reviewer who looks; anybody else is refused."""
    require_staff(request.user, *SUPPORT, *REVIEWERS)
    assert isinstance(request.user, User)
    return request.user


def lead(request: HttpRequest) -> User:
    """Whoever may change teams and rules: tier 2 and the leads."""
    require_staff(request.user, StaffRole.SUPPORT_2, StaffRole.TS_LEAD)
    assert isinstance(request.user, User)
    return request.user


@require_GET
def ticket_queue(request: HttpRequest) -> HttpResponse:
    agent = staff(request)
    wanted = Filter.of(request.GET)
    now = timezone.now()
    page = Paginator(queue(agent, wanted, now), 40).get_page(request.GET.get("page"))
    if wanted.q and page.paginator.count == 1:
        return redirect("support:ticket", number=page.object_list[0].number)
    kept = request.GET.copy()
    kept.pop("page", None)
    return render(
        request,
        "support/queue.html",
        {
            "page": page,
            "wanted": wanted,
            "now": now,
            "teams": teams(),
            "views": views_of(agent),
            "priorities": Ticket.Priority.choices,
            "query": kept.urlencode(),
            "tail": f"&{kept.urlencode()}" if kept else "",
        },
    )


@require_POST
def next_ticket(request: HttpRequest) -> HttpResponse:
    """Take on the most urgent waiting ticket of one's own teams."""
    ticket = assignment.claim_next(agent=staff(request))
    if ticket is None:
        messages.info(request, _("Nothing waits in your teams."))
        return redirect("support:queue")
    return redirect("support:ticket", number=ticket.number)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    agent = staff(request)
    chosen = list(desk_tickets(agent).filter(number__in=request.POST.getlist("number")))
    team = Team.objects.filter(code=request.POST.get("team", "")).first()
    try:
        done, refused = desk.bulk(
            agent=agent,
            tickets=chosen,
            what=request.POST.get("what", ""),
            team=team,
            text=request.POST.get("text", ""),
        )
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return _back(request)
    messages.success(request, ngettext("%(n)d ticket done.", "%(n)d tickets done.", done) % {"n": done})
    for line in refused[:5]:
        messages.warning(request, line)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return redirect(reverse("support:queue") + (f"?{query}" if query else ""))


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    agent = staff(request)
    if view_id := request.POST.get("delete"):
        desk.delete_view(owner=agent, view_id=int(view_id) if view_id.isdigit() else 0)
    else:
        query = QueryDict(request.POST.get("query", "")).urlencode()
        try:
            desk.save_view(
                owner=agent,
                name=request.POST.get("name", ""),
                query=query,
                is_shared=request.POST.get("shared") == "on",
            )
        except Invalid as refusal:
            messages.error(request, refusal.message)
    return _back(request)


@require_GET
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    agent = staff(request)
    row = get_desk_ticket(agent, number)
    body = ""
    if code := request.GET.get("template"):
        template = AnswerTemplate.objects.filter(code=code, language__in=[row.language, "en"])
        best = next((t for t in template if t.language == row.language), None) or template.first()
        body = desk.fill_template(best, row, agent) if best else ""
    initial = {"body": body, "client_ref": uuid4(), "seen": row.last_event_no}
    return _page(request, agent, row, ReplyForm(initial=initial))


def _page(
    request: HttpRequest, agent: User, row: Ticket, form: ReplyForm, status: int = 200, **extra: Any
) -> HttpResponse:
    events = desk_thread(row)
    return render(
        request,
        "support/ticket.html",
        {
            "ticket": row,
            "events": events,
            "files": uploads_of("ticket_event", [event.pk for event in events]),
            "path_of": partial(signed_path, user=agent),
            "form": form,
            "desk": True,
            "now": timezone.now(),
            "answers": answers_of(row),
            "templates": templates_for(row),
            "others": others_of(row),
            "merged": list(row.merged_from.all()),
            "transfer_form": TransferForm(initial={"team": row.team_id}),
            "hold_form": HoldForm(),
            "merge_form": MergeForm(),
            "split_form": SplitForm(),
            "priority_form": PriorityForm(initial={"priority": row.priority}),
        }
        | extra,
        status=status,
    )


@require_POST
def reply(request: HttpRequest, number: str) -> HttpResponse:
    agent = staff(request)
    row = get_desk_ticket(agent, number)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, agent, row, form, 400)
    data = form.cleaned_data
    try:
        if data["then"] == "note":
            conversation.add_note(ticket=row, agent=agent, body=data["body"])
        else:
            conversation.refuse_moved_on(row, agent, data["seen"])
            # Into the chat first, by the same reference: whatever is repeated is stored once on both sides.
            chat_thread.say_in_chat(ticket=row, agent=agent, body=data["body"], client_ref=data["client_ref"])
            conversation.reply(
                ticket=row,
                agent=agent,
                body=data["body"],
                then=data["then"],
                seen_event_no=data["seen"],
                client_ref=data["client_ref"],
            )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        # What was written stays; the page now shows what came in between.
        newest = str(get_desk_ticket(agent, number).last_event_no)
        form.data = {**form.data, "seen": newest}
        return _page(request, agent, get_desk_ticket(agent, number), form, refusal.status)
    return redirect(reverse("support:ticket", args=[row.number]) + "#latest")


@require_POST
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """One button each: claim, release, solve, resume, transfer, hold, priority, merge, split."""
    agent = staff(request)
    row = get_desk_ticket(agent, number)
    target = row.number
    try:
        target = _ACTS[what](request, agent, row) or target
    except KeyError:
        raise NotFound(_("No such action.")) from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("support:ticket", number=target)


def _valid(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        raise Invalid(str(first))
    return form.cleaned_data


def _transfer(request: HttpRequest, agent: User, row: Ticket) -> None:
    data = _valid(TransferForm(request.POST))
    assignment.transfer(ticket=row, agent=agent, **data)


def _hold(request: HttpRequest, agent: User, row: Ticket) -> None:
    conversation.hold(ticket=row, agent=agent, **_valid(HoldForm(request.POST)))


def _priority(request: HttpRequest, agent: User, row: Ticket) -> None:
    assignment.set_priority(ticket=row, agent=agent, **_valid(PriorityForm(request.POST)))


def _merge(request: HttpRequest, agent: User, row: Ticket) -> str:
    other = get_desk_ticket(agent, _valid(MergeForm(request.POST))["number"])
    return merging.merge(source=row, target=other, agent=agent).number


def _split(request: HttpRequest, agent: User, row: Ticket) -> str:
    data = _valid(SplitForm(request.POST))
    event = row.events.filter(no=data["event"]).first()
    if event is None:
        raise Invalid(_("There is no such entry."))
    made = merging.split(
        ticket=row, event=event, agent=agent, subject=data["subject"], category=data["category"]
    )
    return made.number


def _claim(request: HttpRequest, agent: User, row: Ticket) -> None:
    assignment.claim(ticket=row, agent=agent)


def _release(request: HttpRequest, agent: User, row: Ticket) -> None:
    assignment.release(ticket=row, agent=agent)


def _solve(request: HttpRequest, agent: User, row: Ticket) -> None:
    conversation.solve(ticket=row, by=agent)


def _resume(request: HttpRequest, agent: User, row: Ticket) -> None:
    conversation.resume(ticket=row, agent=agent)


def _cancel_links(request: HttpRequest, agent: User, row: Ticket) -> None:
    guests.cancel_links(ticket=row)
    messages.success(request, _("Every link handed out so far is useless now."))


def _hand_back(request: HttpRequest, agent: User, row: Ticket) -> None:
    chat_thread.hand_back_to_shop(ticket=row, agent=agent)


_ACTS = {
    "claim": _claim,
    "release": _release,
    "solve": _solve,
    "resume": _resume,
    "transfer": _transfer,
    "hold": _hold,
    "priority": _priority,
    "merge": _merge,
    "split": _split,
    "cancel-links": _cancel_links,
    "hand-back": _hand_back,
}


@require_GET
def pulse(request: HttpRequest, number: str) -> JsonResponse:
    """Newest entry and who holds the ticket: the open page asks every 15 seconds."""
    row = get_desk_ticket(staff(request), number)
    return JsonResponse(
        {
            "last_event_no": row.last_event_no,
            "state": row.state,
            "assignee": str(row.assignee) if row.assignee else "",
        }
    )
