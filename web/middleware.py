"""Times on pages are shown in the reader's own zone, and a refusal becomes a page that explains it."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.errors import DomainError

ERROR_PAGES = {403: "403.html", 404: "404.html"}


class TimeZoneMiddleware:
    """Activate the reader's zone for the length of one request.

    A member's is in the profile; a guest's is what the page's script has put into the cookie ``zone``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "") or request.COOKIES.get("zone", "") or "UTC"
        try:
            zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)


class RefusalPageMiddleware:
    """A ``DomainError`` that a page view did not handle is shown with its own words and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        template = ERROR_PAGES.get(exception.status, "400.html")
        context = {"reason": exception.message, "status": exception.status}
        return render(request, template, context, status=exception.status)
