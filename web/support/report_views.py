"""Figures of the support desk and their export."""

import csv
from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tickets.selectors import EXPORT_COLUMNS, export_rows, figures
from web.support.views import staff

PERIODS = [7, 30, 90]


@require_GET
def figures_page(request: HttpRequest) -> HttpResponse:
    """Speed and effect side by side, for one of three periods."""
    staff(request)
    days = _days(request)
    now = timezone.now()
    return render(
        request,
        "support/figures.html",
        {"f": figures(since=now - timedelta(days=days), now=now), "days": days, "periods": PERIODS},
    )


class _Echo:
    """A file that hands back what csv writes, so that rows stream."""

    def write(self, value: str) -> str:
        return value


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every ticket of the period as CSV, without names, addresses or texts."""
    staff(request)
    now = timezone.now()
    since = now - timedelta(days=_days(request))
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield writer.writerow(EXPORT_COLUMNS)
        for row in export_rows(since=since, now=now):
            yield writer.writerow(row)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tickets.csv"'
    return response


def _days(request: HttpRequest) -> int:
    value = request.GET.get("days", "30")
    return int(value) if value.isdigit() and int(value) in PERIODS else 30
