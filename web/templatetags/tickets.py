"""What pages and e-mails about tickets need: times from plain values, hidden addresses, readable digests."""

import datetime as dt

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join, linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from accounts.models import User
from files.access import seen_state, sees_whole
from files.models import Upload
from tickets.models import Ticket, TicketEvent

register = template.Library()


@register.filter
def from_iso(value: str | None) -> dt.datetime | None:
    """A time that was kept as text in JSON."""
    return dt.datetime.fromisoformat(value) if value else None


@register.filter
def mail_time(moment: dt.datetime | None) -> str:
    """ "Fri 20 Nov 2026, 10:48 (CST)" in the reader's zone: an e-mail is read later, so no "today"."""
    if moment is None:
        return ""
    here = timezone.localtime(moment)
    return f"{date_format(here, 'D j M Y, H:i')} ({here.tzname()})"


@register.filter
def hide_address(address: str) -> str:
    """ "priya.raman@example.com" gives "p•••••n@example.com"."""
    name, _, domain = str(address).partition("@")
    return f"{name[:1]}•••••{name[-1:]}@{domain}" if domain else ""


@register.filter
def digest_groups(digest: str) -> SafeString:
    """Groups of four characters, two lines of eight groups, so that people can compare them."""
    groups = [digest[i : i + 4] for i in range(0, len(digest), 4)]
    lines = [" ".join(groups[i : i + 4]) for i in range(0, len(groups), 4)]
    return format_html_join(" ", '<span class="nowrap">{}</span>', ((line,) for line in lines))


@register.filter
def ticket_text(text: str) -> SafeString:
    """Text as it was written: escaped, in paragraphs, with links that pass on no rank or referrer."""
    html = linebreaks(urlize(text, nofollow=True, autoescape=True), autoescape=False)
    return mark_safe(html.replace('rel="nofollow"', 'rel="nofollow noopener noreferrer ugc"'))


_STATE_KIND = {
    Ticket.State.NEW: "accent",
    Ticket.State.OPEN: "accent",
    Ticket.State.WAITING_CUSTOMER: "warn",
    Ticket.State.WAITING_SELLER: "",
    Ticket.State.ON_HOLD: "",
    Ticket.State.SOLVED: "ok",
    Ticket.State.CLOSED: "",
}


@register.simple_tag
def state_words(ticket: Ticket, for_desk: bool = False) -> str:
    """Whose turn it is, in the reader's words."""
    state = Ticket.State(ticket.state)
    if for_desk:
        return {
            Ticket.State.NEW: gettext("New"),
            Ticket.State.OPEN: gettext("Open"),
            Ticket.State.WAITING_CUSTOMER: gettext("Waiting for the person"),
            Ticket.State.WAITING_SELLER: gettext("Waiting for the shop"),
            Ticket.State.ON_HOLD: gettext("On hold"),
            Ticket.State.SOLVED: gettext("Solved"),
            Ticket.State.CLOSED: gettext("Closed"),
        }[state]
    return {
        Ticket.State.NEW: gettext("Waiting for a person"),
        Ticket.State.OPEN: gettext("We are on it"),
        Ticket.State.WAITING_CUSTOMER: gettext("Waiting for you"),
        Ticket.State.WAITING_SELLER: gettext("Waiting for the shop"),
        Ticket.State.ON_HOLD: gettext("On hold"),
        Ticket.State.SOLVED: gettext("Solved"),
        Ticket.State.CLOSED: gettext("Closed"),
    }[state]


@register.filter
def state_kind(ticket: Ticket) -> str:
    return _STATE_KIND[Ticket.State(ticket.state)]


@register.simple_tag
def event_words(event: TicketEvent) -> str:
    """One line for an event without text of its own."""
    data = event.data
    kind = TicketEvent.Kind(event.kind)
    words = {
        TicketEvent.Kind.SUBMITTED: gettext("Received"),
        TicketEvent.Kind.ADDED: gettext("You added"),
        TicketEvent.Kind.REPLIED: gettext("Answer"),
        TicketEvent.Kind.ASKED: gettext("One more thing is needed"),
        TicketEvent.Kind.NOTED: gettext("Note for colleagues"),
        TicketEvent.Kind.CLAIMED: gettext("Taken on"),
        TicketEvent.Kind.RELEASED: gettext("Put back into the queue"),
        TicketEvent.Kind.HELD: gettext("Put on hold"),
        TicketEvent.Kind.RESUMED: gettext("Taken off hold"),
        TicketEvent.Kind.SOLVED: gettext("Solved"),
        TicketEvent.Kind.REOPENED: gettext("Opened again"),
        TicketEvent.Kind.CLOSED: gettext("Closed"),
        TicketEvent.Kind.BREACHED: gettext("The promised time passed"),
        TicketEvent.Kind.NUDGED: gettext("Asked how far it is"),
        TicketEvent.Kind.TAGGED: gettext("Marked: %(tag)s") % {"tag": data.get("tag", "")},
        TicketEvent.Kind.RATED: gettext("Rated %(n)s of 5") % {"n": data.get("score", "")},
        TicketEvent.Kind.ESCALATED: gettext("Escalated to tier %(n)s") % {"n": data.get("tier", "")},
        TicketEvent.Kind.SPLIT: gettext("Split: %(to)s") % {"to": data.get("to", "")},
        TicketEvent.Kind.PRIORITISED: gettext("Priority: %(to)s") % {"to": data.get("to", "")},
        TicketEvent.Kind.ROUTED: gettext("Given to %(to)s") % {"to": data.get("to", data.get("tier", ""))},
        TicketEvent.Kind.TRANSFERRED: gettext("Handed from %(a)s to %(b)s")
        % {"a": data.get("from", ""), "b": data.get("to", "")},
    }
    if kind == TicketEvent.Kind.MERGED:
        if "into" in data:
            return gettext("Goes on as %(n)s") % {"n": data["into"]}
        return gettext("Joined by %(n)s") % {"n": data.get("from", "")}
    if kind == TicketEvent.Kind.LINKED:
        if "appeal" in data:
            return gettext("Appeal %(n)s: %(s)s") % {"n": data["appeal"], "s": data["status"]}
        if "outcome" in data:
            return _outcome_words(data["outcome"])
        if data.get("why") == "named":
            return gettext("The e-mail named %(n)s, which belongs to somebody else") % {"n": data["to"]}
        return gettext("Follows %(n)s") % {"n": data.get("to", "")}
    if kind == TicketEvent.Kind.SOLVED and "outcome" in data:
        return _outcome_words(data["outcome"])
    return words.get(kind, event.get_kind_display())


def _outcome_words(outcome: str) -> str:
    """What came of a report."""
    return {
        "upheld": gettext("Decided: it breaks our rules, we have acted"),
        "dismissed": gettext("Decided: it does not break our rules"),
        "overturned": gettext("The decision was taken back after an appeal"),
    }.get(outcome, gettext("A person looks at it again"))


@register.filter
def left_out_words(event: TicketEvent) -> list[tuple[str, str]]:
    """Name of each attachment of a mail that was not kept, and why."""
    why = {
        "file_type": gettext("this kind of file can’t be added"),
        "file_too_large": gettext("too large"),
        "image_too_large": gettext("too large"),
        "image_broken": gettext("damaged"),
        "too_many": gettext("too many files in one e-mail"),
    }
    return [
        (file["name"], why.get(file["why"], gettext("could not be kept")))
        for file in event.data.get("left_out", [])
    ]


@register.filter
def of_code(names: dict[object, object], code: object) -> object:
    """The entry of this key, or the key itself."""
    return names.get(code, code if isinstance(code, str) else "")


@register.filter
def of_event(files: dict[str, list[Upload]], event: TicketEvent) -> list[Upload]:
    return files.get(str(event.pk), [])


@register.simple_tag(takes_context=True)
def file_path(context: Context, upload: Upload) -> str:
    """The signed path of a file for whoever looks at this page."""
    path: str = context["path_of"](upload)
    return path


@register.simple_tag(takes_context=True)
def file_state(context: Context, upload: Upload) -> str:
    """The state of a file as whoever looks at this page hears it."""
    request: HttpRequest = context["request"]
    user = request.user if isinstance(request.user, User) else None
    whole = sees_whole(upload, user, request.COOKIES.get("guest", ""))
    return seen_state(upload, is_whole=whole)
