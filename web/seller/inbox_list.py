"""The list of Customer Messages: which view, which label, which page, and how its rows are grouped."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import SignedInRequest
from accounts.models import User
from chat.models import Conversation
from chat.selectors import InboxEntry
from chat.selectors.desk import COUNT_CAP, SOON, DeskHead, DeskLabel, View, head_of, page_of, rows_of
from chat.services import snoozing
from core.errors import Invalid
from shops.models import Shop

TITLES = {
    View.MINE: _("Mine"),
    View.UNASSIGNED: _("Unassigned"),
    View.ALL: _("All"),
    View.SOON: _("Due soon"),
    View.OVERDUE: _("Overdue"),
    View.UNREAD: _("Unread"),
    View.SNOOZED: _("Snoozed"),
    View.CLOSED: _("Closed"),
    View.SPAM: _("Spam"),
}
MAIN_VIEWS = (View.MINE, View.UNASSIGNED, View.ALL)
EMPTY = {
    View.MINE: (_("Nothing is assigned to you"), _("Take something from Unassigned.")),
    View.UNASSIGNED: (_("Everything has somebody"), _("New conversations without an owner appear here.")),
    View.ALL: (_("Nobody is waiting"), _("New messages appear here by themselves, the most urgent first.")),
    View.SOON: (_("Nothing is due soon"), _("Here stands what is due within two hours.")),
    View.OVERDUE: (_("Nothing is overdue"), _("Here stands what was not answered within the time.")),
    View.UNREAD: (_("You have read everything"), _("What customers wrote since you last looked.")),
    View.SNOOZED: (_("Nothing is snoozed"), _("Snoozed conversations come back at their time.")),
    View.CLOSED: (_("Nothing is closed"), _("Resolved conversations open again when the customer writes.")),
    View.SPAM: (_("No spam"), _("What your team marked as spam.")),
}
ALIASES = {"resolved": View.CLOSED, "open": View.ALL}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the inbox a page stands: it is the whole query of its address."""

    view: View
    label_id: int | None
    after: str
    is_selecting: bool

    def query(self, **changes: object) -> str:
        """``?view=…&label=…``, empty for the plain inbox."""
        asked: dict[str, object] = {
            "view": self.view if self.view != View.ALL else "",
            "label": self.label_id or "",
            "select": "1" if self.is_selecting else "",
        } | changes
        kept = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the list under one heading, as ``static/js/lists.js`` groups them."""

    title: str
    entries: list[InboxEntry]


@dataclass(frozen=True, slots=True)
class ViewLink:
    key: View
    title: str
    count: str  # "7", "99+"; empty for none.
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """All that the list pane shows."""

    place: Place
    entries: list[InboxEntry]
    groups: list[Group]
    head: DeskHead
    main: list[ViewLink]
    more: list[ViewLink]
    next_query: str
    now: datetime

    @property
    def labels(self) -> list[DeskLabel]:
        return self.head.labels

    @property
    def view_title(self) -> str:
        return str(TITLES[self.place.view])

    @property
    def is_main(self) -> bool:
        return self.place.view in MAIN_VIEWS

    @property
    def label(self) -> DeskLabel | None:
        return next((label for label in self.labels if label.id == self.place.label_id), None)

    @property
    def empty_title(self) -> str:
        return str(EMPTY[self.place.view][0])

    @property
    def empty_text(self) -> str:
        if self.place.label_id:
            return gettext("No conversation of this view has the label.")
        return str(EMPTY[self.place.view][1])

    @property
    def unread_count(self) -> int:
        return sum(1 for entry in self.entries if entry.unread)

    @property
    def soon_at(self) -> datetime:
        return self.now + SOON

    @property
    def query(self) -> str:
        return self.place.query(select="")

    @property
    def select_query(self) -> str:
        return self.place.query(select="" if self.place.is_selecting else "1") or "?"

    @property
    def no_label_query(self) -> str:
        return self.place.query(label="", select="") or "?"


def place_of(request: SignedInRequest) -> Place:
    """From the address; what makes no sense there counts as not given."""
    asked = request.GET.get("view", View.ALL)
    label = request.GET.get("label", "")
    return Place(
        View(asked) if asked in list(View) else ALIASES.get(asked, View.ALL),
        int(label) if label.isascii() and label.isdigit() and len(label) < 19 else None,
        request.GET.get("after", ""),
        request.GET.get("select") == "1",
    )


def listing_of(place: Place, *, shop: Shop, user: User) -> Listing:
    """The page of the list, in two queries (three when a snooze has just run out)."""
    now = timezone.now()
    head = head_of(shop.pk, user_id=user.pk, now=now)
    if head.must_wake:
        snoozing.wake_due(shop_id=shop.pk, now=now)
        head = head_of(shop.pk, user_id=user.pk, now=now)
    rows = rows_of(place.view, shop_id=shop.pk, user_id=user.pk, now=now, label_id=place.label_id)
    try:
        page = page_of(rows, user_id=user.pk, after=place.after)
    except Invalid:
        page = page_of(rows, user_id=user.pk)
    links = [_link(view, place, head) for view in TITLES]
    return Listing(
        place=place,
        entries=page.entries,
        groups=_groups(page.entries, now),
        head=head,
        main=[link for link in links if link.key in MAIN_VIEWS],
        more=[link for link in links if link.key not in MAIN_VIEWS],
        next_query=place.query(after=page.after) if page.after else "",
        now=now,
    )


def ids_in(place: Place, *, shop: Shop, user: User, most: int) -> list[int]:
    """The conversations of a view, in its order, as far as one action reaches."""
    rows = rows_of(place.view, shop_id=shop.pk, user_id=user.pk, now=timezone.now(), label_id=place.label_id)
    return list(rows.order_by("due_at", "-last_message_at", "-pk").values_list("pk", flat=True)[:most])


def _link(view: View, place: Place, head: DeskHead) -> ViewLink:
    count = head.counts[view]
    shown = "" if not count else str(count) if count < COUNT_CAP else f"{COUNT_CAP - 1}+"
    there = Place(view, place.label_id, "", place.is_selecting)
    return ViewLink(view, str(TITLES[view]), shown, there.query(), view == place.view)


def _group_title(entry: InboxEntry, now: datetime) -> str:
    row = entry.conversation
    if row.status != Conversation.Status.OPEN:
        return gettext("Closed") if row.status == Conversation.Status.RESOLVED else gettext("Spam")
    if row.due_at is None:
        return gettext("Waiting, no clock running") if entry.awaits_reply else gettext("No clock running")
    left = row.due_at - now
    if left.total_seconds() < 0:
        return gettext("Deadline passed")
    if left < SOON:
        return gettext("Due in under 2 hours")
    days = (timezone.localtime(row.due_at).date() - timezone.localtime(now).date()).days
    return {0: gettext("Later today"), 1: gettext("Tomorrow")}.get(days, gettext("Later"))


def _groups(entries: list[InboxEntry], now: datetime) -> list[Group]:
    groups: list[Group] = []
    # A stable sort: unanswered customers stand above answered ones, each part in its order of time.
    for entry in sorted(entries, key=lambda each: each.conversation.due_at is None and not each.awaits_reply):
        title = _group_title(entry, now)
        if not groups or groups[-1].title != title:
            groups.append(Group(title, []))
        groups[-1].entries.append(entry)
    return groups
