"""What pages about decisions need: matched words, and times that a statement keeps as text."""

import datetime as dt
from collections.abc import Sequence

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext, gettext_lazy

from notifications.selectors import unread_count
from web.templatetags.parley import day

register = template.Library()


@register.simple_tag
def marked(text: str, spans: Sequence[Sequence[int]]) -> SafeString:
    """The text with the code points of each [start, end] marked; everything is escaped."""
    parts: list[tuple[str]] = []
    position = 0
    for start, end in sorted((span[0], span[1]) for span in spans):
        start = max(start, position)
        if end <= start:
            continue
        parts += [(text[position:start],), (format_html("<mark>{}</mark>", text[start:end]),)]
        position = end
    parts.append((text[position:],))
    return format_html_join("", "{}", parts)


@register.simple_tag(takes_context=True)
def unread_notices(context: Context) -> int:
    """How many notices this person has not read; one indexed query per page."""
    user = getattr(context.get("request"), "user", None)
    return unread_count(user.pk) if user is not None and user.is_authenticated else 0


@register.filter
def item(words: dict[str, str], code: str) -> str:
    """The words for a code; the code itself where there are none."""
    return words.get(code, code)


@register.filter
def moment(value: str | None) -> dt.datetime | None:
    """The time that a statement or an evidence row keeps as ISO 8601 text."""
    return parse_datetime(value) if value else None


@register.filter
def date_words(value: str | None) -> str:
    """The day of such a time, for a mail; a notice from before that holds finished words keeps them."""
    at = moment(value)
    return day(at) if at else value or ""


@register.filter
def days_left(until: dt.datetime | None) -> int:
    """Whole days until then, rounded up; 0 when it is over."""
    if until is None:
        return 0
    seconds = (until - timezone.now()).total_seconds()
    return max(0, -int(-seconds // 86_400))


def _span(seconds: float) -> str:
    """At most two units, short: "6 h 12", "3 d 4 h", "11 min"."""
    minutes = max(0, int(seconds)) // 60
    if minutes < 60:
        return gettext("%(n)d min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02}" if hours < 10 else f"{hours} h"
    days, left = divmod(hours, 24)
    return f"{days} d {left} h" if left and days < 10 else f"{days} d"


@register.filter
def timesince_short(since: dt.datetime) -> str:
    """How long ago, for a title: "6 h 12"."""
    return _span((timezone.now() - since).total_seconds())


@register.filter
def age(since: dt.datetime) -> SafeString:
    """How long ago, as a time element for a list row."""
    return format_html(
        '<time datetime="{}">{}</time>', since.isoformat(timespec="seconds"), timesince_short(since)
    )


@register.filter
def minutes_left(until: dt.datetime | None) -> int:
    """Whole minutes until then, rounded up; 0 when it is over."""
    return max(0, -int(-(until - timezone.now()).total_seconds() // 60)) if until else 0


_DETECTOR_WORDS = {
    "phones": gettext_lazy("Phone number"),
    "links": gettext_lazy("Link"),
    "handles": gettext_lazy("Messenger name"),
    "accounts": gettext_lazy("Account"),
    "addresses": gettext_lazy("Address"),
    "phrases": gettext_lazy("Word rule"),
    "model": gettext_lazy("Meaning"),
    "meaning": gettext_lazy("Meaning"),
    "codes": gettext_lazy("QR code"),
    "known_file": gettext_lazy("Known file"),
    "nudity": gettext_lazy("Nudity"),
    "malware_scan": gettext_lazy("Malware"),
    "sms": gettext_lazy("SMS without consent"),
    "window": gettext_lazy("Several messages"),
    "repeats": gettext_lazy("Repetition"),
    "claims": gettext_lazy("Product card"),
}


@register.filter
def detector_words(name: str) -> str:
    """What kind of check a detector is, in a word or two; its own name if it is new."""
    return str(_DETECTOR_WORDS.get(name, name))


@register.filter
def share(value: float | None) -> str:
    """A share of 0..1 as a percentage; a dash where there is none."""
    return "–" if value is None else f"{round(value * 100)} %"


@register.filter
def share_range(value: tuple[float, float] | None) -> str:
    """An interval of shares, "61–78 %"; nothing where there is none."""
    return "" if value is None else f"{round(value[0] * 100)}–{round(value[1] * 100)} %"


# Codes that Django knows under another name, or not at all.
_LANGUAGE_CODES = {"zh": "zh-hans"}
_LANGUAGE_NAMES = {
    "tl": gettext_lazy("Tagalog"),
    "es-en": gettext_lazy("Spanish and English mixed"),
    "tl-en": gettext_lazy("Tagalog and English mixed"),
}


@register.filter
def language_words(code: str) -> str:
    """A language's name in the reader's language; the code itself if it is unknown."""
    if code in _LANGUAGE_NAMES:
        return str(_LANGUAGE_NAMES[code])
    try:
        return str(get_language_info(_LANGUAGE_CODES.get(code, code))["name_translated"])
    except KeyError:
        return code
