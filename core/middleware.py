"""Every request and its log lines carry one id."""

import logging
import re
import uuid
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Take the proxy's ``X-Request-ID`` if it is well formed, else make one; give it back on the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["request_id"] = request_id
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class DatabaseTroubleMiddleware:
    """A database that is gone, full up or waiting for a lock too long: 503, and when to come again.

    Nothing was stored, so the client may repeat the same request; a message's ``client_ref`` makes that safe.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError):
            return None
        logger.warning("503 for %s: %s", request.path, error)
        headers = {"Retry-After": "1"}
        if request.path.startswith("/api/"):
            body = {"code": "unavailable", "message": _("The database is busy. Try again in a moment.")}
            return JsonResponse(body, status=503, headers=headers)
        text = _("The platform is busy for a moment. Please try again.")
        return HttpResponse(text, status=503, headers=headers, content_type="text/plain; charset=utf-8")
