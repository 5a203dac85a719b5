"""The one shape of errors over REST."""

import logging
from typing import Any

from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from core.errors import DomainError

logger = logging.getLogger(__name__)


def error_body(code: str, message: str, detail: Any = None) -> dict[str, Any]:
    """``{"code", "message", "detail"?}``: the same over REST and the socket."""
    body: dict[str, Any] = {"code": code, "message": message}
    if detail:
        body["detail"] = detail
    return body


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn our errors and DRF's into the one error shape; anything else stays a 500."""
    if isinstance(error, DomainError):
        refusal = Response(error_body(error.code, error.message, error.detail), status=error.status)
        if retry_after := error.detail.get("retry_after"):
            refusal["Retry-After"] = str(retry_after)
        return refusal
    if isinstance(error, OperationalError):
        logger.warning("The database did not answer a request: %s", error)
        busy = error_body("unavailable", _("The database is busy. Try again in a moment."))
        return Response(busy, status=503, headers={"Retry-After": "2"})
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = error_body("invalid", _("Some fields need another look."), error.detail)
    elif isinstance(error, Http404):
        response.data = error_body("not_found", _("No such page or row."))
    elif isinstance(error, exceptions.APIException):
        response.data = error_body(str(error.get_codes()), str(error.detail))
    return response
