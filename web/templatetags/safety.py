"""What pages about decisions need: matched words, and times that a statement keeps as text."""

import datetime as dt
from collections.abc import Sequence

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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


@register.filter
def moment(value: str | None) -> dt.datetime | None:
    """The time that a statement or an evidence row keeps as ISO 8601 text."""
    return parse_datetime(value) if value else None


@register.filter
def days_left(until: dt.datetime | None) -> int:
    """Whole days until then, rounded up; 0 when it is over."""
    if until is None:
        return 0
    seconds = (until - dt.datetime.now(dt.UTC)).total_seconds()
    return max(0, -int(-seconds // 86_400))
