"""What every page needs: icons, names as initials, money, and times in the reader's own zone.

The zone is the one ``web.middleware.TimeZoneMiddleware`` activated for this request.
"""

import datetime as dt
import json

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select, Textarea
from django.forms.widgets import CheckboxSelectMultiple, ClearableFileInput, SelectMultiple
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from shops.access import shops_where
from shops.capabilities import Capability
from shops.models import Shop

register = template.Library()

PRODUCT_PICTURES = frozenset(
    (
        *(
            "bag",
            "bike",
            "book",
            "bottle",
            "bowl",
            "box",
            "bulb",
            "cable",
            "candle",
            "case",
            "charger",
            "game",
        ),
        *(
            "headphones",
            "jacket",
            "lamp",
            "mug",
            "notebook",
            "pendant",
            "plant",
            "plate",
            "puzzle",
            "scarf",
            "shoe",
            "soap",
        ),
        *("tea", "tee", "vase", "watch"),
    )
)
SHOP_PICTURES = frozenset(("bolt", "lamp", "mug", "scarf", "store", "tea"))
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥"}


# --- Icons, names, pictures ---
@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One icon of the sprite, hidden from screen readers: the words stand beside it or in a label."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', f"i {extra}".strip(), name
    )


@register.filter
def initials(name: str) -> str:
    """First letters of the first and the last word: "Ana Ruiz" gives AR, "Kwame" gives KW."""
    words = [word for word in str(name or "").replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@register.simple_tag
def product_picture(key: str) -> str:
    """Address of the drawing for a kind of product; an unknown kind is a box."""
    return static(f"img/products/{key if key in PRODUCT_PICTURES else 'box'}.svg")


@register.simple_tag
def shop_picture(key: str) -> str:
    return static(f"img/shops/{key if key in SHOP_PICTURES else 'store'}.svg")


@register.filter
def split_words(text: str) -> list[str]:
    return text.split()


@register.filter
def with_place(address: str, pk: int) -> str:
    """An address with ``?in=`` and the number of a conversation."""
    return f"{address}?in={pk}"


@register.filter
def as_json(value: object) -> str:
    """For a data attribute: the template escapes it like any text."""
    return json.dumps(value)


# --- Money ---
@register.filter
def money(cents: int, currency: str = "USD") -> str:
    """6800 with "USD" gives $68.00; a currency without a sign here is named by its code."""
    amount = f"{cents / 100:,.2f}" if currency != "JPY" else f"{cents:,}"
    sign = CURRENCY_SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{amount} {currency}"


# --- Times ---
def local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment)


def day_words(moment: dt.datetime, now: dt.datetime) -> str:
    """ "Today", "Yesterday", "Tomorrow" or "" for other days, as seen in the active zone."""
    distance = (local(moment).date() - local(now).date()).days
    return {0: gettext("today"), -1: gettext("yesterday"), 1: gettext("tomorrow")}.get(distance, "")


def short_time(moment: dt.datetime, now: dt.datetime) -> str:
    """For a list: 10:44 today, Wed within six days, 12 Nov this year, 12 Nov 2025 before."""
    here, today = local(moment), local(now).date()
    distance = (today - here.date()).days
    if distance == 0:
        return date_format(here, "H:i")
    if 0 < distance < 7:
        return date_format(here, "D")
    return date_format(here, gettext("j M") if here.year == today.year else gettext("j M Y"))


def _day(here: dt.date, now: dt.datetime) -> str:
    return date_format(here, gettext("D j M") if here.year == local(now).year else gettext("D j M Y"))


def long_time(moment: dt.datetime, now: dt.datetime) -> str:
    """ "today, 12:02" for the days around now, else "Fri 20 Nov, 10:44", with the year when it is another."""
    here = local(moment)
    word = day_words(moment, now)
    if not word:
        word = _day(here, now)
    return gettext("%(day)s, %(time)s") % {"day": word, "time": date_format(here, "H:i")}


def words_for(seconds: float) -> str:
    """A length of time in at most two units: "1 h 14 min", "22 h", "3 days", "under a minute"."""
    minutes = int(abs(seconds)) // 60
    if minutes < 1:
        return gettext("under a minute")
    if minutes < 60:
        return gettext("%(n)d min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        text = gettext("%(n)d h") % {"n": hours}
        return text + (" " + gettext("%(n)d min") % {"n": rest} if rest else "")
    days = hours // 24
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _time_tag(moment: dt.datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        date_format(local(moment), gettext("l j F Y, H:i")),
        text,
    )


@register.filter
def listtime(moment: dt.datetime | None) -> str:
    return _time_tag(moment, short_time(moment, timezone.now())) if moment else ""


@register.filter
def when(moment: dt.datetime | None) -> str:
    return _time_tag(moment, long_time(moment, timezone.now())) if moment else ""


@register.filter
def clocktime(moment: dt.datetime | None) -> str:
    return _time_tag(moment, date_format(local(moment), "H:i")) if moment else ""


@register.filter
def day(moment: dt.datetime | dt.date | None) -> str:
    """ "Tue 17 Nov", with the year when it is not this one."""
    if not moment:
        return ""
    here = local(moment) if isinstance(moment, dt.datetime) else moment
    return _day(here, timezone.now())


@register.filter
def bare_day(moment: dt.datetime | None) -> str:
    """ "17 Nov" where there is little room, with the year when it is not this one."""
    if not moment:
        return ""
    here = local(moment)
    return date_format(here, gettext("j M") if here.year == local(timezone.now()).year else gettext("j M Y"))


@register.filter
def ago(moment: dt.datetime | None) -> str:
    """ "3 h ago" or "in 5 h 12 min", with the exact time in its title."""
    if not moment:
        return ""
    seconds = (timezone.now() - moment).total_seconds()
    text = gettext("%(time)s ago") if seconds >= 0 else gettext("in %(time)s")
    return _time_tag(moment, text % {"time": words_for(seconds)})


@register.filter
def duration(seconds: float | dt.timedelta | None) -> str:
    if seconds is None:
        return ""
    return words_for(seconds.total_seconds() if isinstance(seconds, dt.timedelta) else seconds)


@register.filter
def until(moment: dt.datetime, now: dt.datetime) -> str:
    """The countdown of a list row: "1 h 14 min", or "20 min late" after the moment."""
    seconds = (moment - now).total_seconds()
    text = words_for(seconds)
    return text if seconds >= 0 else gettext("%(time)s late") % {"time": text}


@register.filter
def dayline(moment: dt.datetime) -> str:
    """Over the messages of one day: "Today, Thu 19 Nov"."""
    word, date = day_words(moment, timezone.now()), day(moment)
    return f"{word[:1].upper()}{word[1:]}, {date}" if word else date


# --- Forms ---
def _widget_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return "tick-box"
    if isinstance(widget, Textarea):
        return "textarea"
    if isinstance(widget, ClearableFileInput):
        return "file-input"
    if isinstance(widget, SelectMultiple):
        return "input select-many"
    return "select" if isinstance(widget, Select) else "input"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "", label: str = "") -> dict[str, object]:
    """Label, hint, control and its errors, tied together for screen readers."""
    described = []
    if hint or bound.help_text:
        described.append(f"{bound.id_for_label}_hint")
    if bound.errors:
        described.append(f"{bound.id_for_label}_error")
    attrs: dict[str, str | bool] = {"class": _widget_class(bound)}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "kind": _widget_class(bound),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
    }


# --- Who is looking ---
@register.simple_tag(takes_context=True)
def my_shops(context: Context) -> list[Shop]:
    """Shops whose Seller Center this person may open, by name. One query, once per page."""
    if (known := context.get("own_shops")) is not None:
        return list(known)
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return []
    return list(shops_where(user, Capability.READ_MESSAGES).order_by("name"))


@register.simple_tag(takes_context=True)
def here(context: Context, *prefixes: str) -> SafeString:
    """``aria-current="page"`` when the address of this page starts with one of the given prefixes."""
    path = context["request"].path
    return (
        SafeString('aria-current="page"')
        if any(p and path.startswith(p) for p in prefixes)
        else SafeString("")
    )
