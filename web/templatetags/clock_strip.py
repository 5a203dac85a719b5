"""The house picture: received (ring), closed hours (hatched), deadline (flag), answer (tick).

Drawn with percentages on a strip as wide as its place, so no inline style is needed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from web.templatetags.parley import long_time

register = template.Library()

Span = tuple[dt.datetime, dt.datetime]
# Room right of the deadline, so that a late answer still has a place: 1.6 % is the flag's width.
FLAG_AT = 98.36
STATES = {
    "running": "",
    "soon": "st-soon",
    "answered": "st-ok",
    "in_time": "st-ok",
    "late": "st-miss",
    "missed": "st-miss",
    "none": "st-none",
    "excluded": "st-none",
}


@dataclass(frozen=True)
class Strip:
    """One session on a line of time; ``end`` defaults to the deadline.

    A page that shows several sessions under one axis gives them the same ``start`` and ``end``.
    """

    received: dt.datetime
    now: dt.datetime
    state: str = "running"
    deadline: dt.datetime | None = None
    answered: dt.datetime | None = None
    closed: Iterable[Span] = field(default_factory=tuple)
    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def at(self, moment: dt.datetime) -> float:
        """Place of a moment on the strip, 0 to 100."""
        start = self.start or self.received
        end = self.end or self.deadline or self.now
        length = (end - start).total_seconds() or 1.0
        return max(0.0, min(100.0, (moment - start).total_seconds() / length * FLAG_AT))


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _words(strip: Strip) -> str:
    parts = [gettext("Received %(time)s.") % {"time": long_time(strip.received, strip.now)}]
    if strip.deadline:
        parts.append(gettext("Due %(time)s.") % {"time": long_time(strip.deadline, strip.now)})
    if strip.answered:
        parts.append(gettext("Answered %(time)s.") % {"time": long_time(strip.answered, strip.now)})
    elif strip.state in ("running", "soon"):
        parts.append(gettext("Not answered yet."))
    return " ".join(parts)


def _closed_hours(strip: Strip, filled_to: dt.datetime) -> SafeString:
    left = strip.at(strip.received)
    return format_html_join(
        "",
        '<rect x="{}" y="7" width="{}" height="10" fill="url(#{})"/>',
        (
            (
                _percent(max(strip.at(start), left)),
                _percent(max(0.0, strip.at(end) - max(strip.at(start), left))),
                "h-on" if start < filled_to else "h-off",
            )
            for start, end in strip.closed
            if end > strip.received
        ),
    )


def _flag(strip: Strip) -> SafeString:
    if not strip.deadline:
        return SafeString("")
    return format_html(
        '<svg class="ov" x="{}"><path class="st-due" d="M0 3v18"/>'
        '<path class="st-due-flag" d="M0 2l7.5 3-7.5 3z"/></svg>',
        _percent(strip.at(strip.deadline)),
    )


def _answer(strip: Strip) -> SafeString:
    if not strip.answered:
        return SafeString("")
    in_time = STATES.get(strip.state) == "st-ok"
    return format_html(
        '<svg class="ov" x="{}"><circle class="st-reply" cx="0" cy="12" r="7"/>'
        '<path class="st-glyph" d="{}"/></svg>',
        _percent(strip.at(strip.answered)),
        "M-2.8 12.2l1.9 1.9 3.7-4" if in_time else "M-2.4 9.6l4.8 4.8M2.4 9.6l-4.8 4.8",
    )


def _labels(strip: Strip) -> SafeString:
    due = ""
    if strip.deadline:
        due = gettext("due %(time)s") % {"time": long_time(strip.deadline, strip.now)}
    return format_html(
        '<text class="st-label" x="0%" y="38" text-anchor="start">{}</text>'
        '<text class="st-label strong" x="100%" y="38" text-anchor="end">{}</text>',
        long_time(strip.received, strip.now),
        due,
    )


def draw(strip: Strip, *, labels: bool = False) -> SafeString:
    """The SVG, 42 px high with words under it, else 24 px."""
    left = strip.at(strip.received)
    filled_to = strip.answered or (min(strip.now, strip.deadline) if strip.deadline else strip.now)
    if STATES.get(strip.state) == "st-none":
        filled_to = strip.received  # No clock runs, so nothing fills up.
    return format_html(
        '<svg class="strip {}" role="img" aria-label="{}" width="100%" height="{}">'
        '<rect class="st-track" x="0" y="7" width="100%" height="10" rx="3"/>'
        '<rect class="st-fill" x="{}" y="7" width="{}" height="10" rx="3"/>{}{}'
        '<svg class="ov" x="{}"><circle class="st-recv" cx="4" cy="12" r="3"/></svg>{}{}</svg>',
        STATES.get(strip.state, ""),
        _words(strip),
        42 if labels else 24,
        _percent(left),
        _percent(max(0.6, strip.at(filled_to) - left)),
        _closed_hours(strip, filled_to),
        _flag(strip),
        _percent(left),
        _answer(strip),
        _labels(strip) if labels else "",
    )


@register.simple_tag
def clock_strip(strip: Strip, labels: bool = False) -> SafeString:
    """``{% clock_strip row.strip %}`` with a ``Strip``; ``labels=True`` writes the two times under it."""
    return draw(strip, labels=labels)


@register.simple_tag
def clock_bar(
    received: dt.datetime, deadline: dt.datetime, now: dt.datetime, soon: bool = False
) -> SafeString:
    """The 4 px bar of an inbox row: how much of the time to answer has gone."""
    share = (now - received).total_seconds() / ((deadline - received).total_seconds() or 1.0) * 100
    return format_html(
        '<svg class="mini {}" aria-hidden="true" width="100%" height="4">'
        '<rect class="st-track" width="100%" height="4" rx="2"/>'
        '<rect class="st-fill" width="{}" height="4" rx="2"/></svg>',
        "st-soon" if soon else "st-run",
        _percent(max(1.5, min(100.0, share))),
    )
