"""What can go wrong in a way that the caller should hear about: a code, words for people, an HTTP status."""

from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """A rule of the product refused the request. Nothing was changed."""

    status = 400
    code = "refused"

    def __init__(self, message: str | Promise, *, code: str | None = None, **detail: Any) -> None:
        super().__init__(message)
        self._message = message
        self.code = code or type(self).code
        self.detail = detail

    @property
    def message(self) -> str:
        """The words in the language of whoever reads them now."""
        return str(self._message)


class Invalid(DomainError):
    status = 400
    code = "invalid"


class Forbidden(DomainError):
    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """Not there, or not yours: one answer, so that ids cannot be probed."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    status = 409
    code = "conflict"


class RateLimited(DomainError):
    """Too much at once; ``retry_after`` (seconds) belongs in the detail."""

    status = 429
    code = "rate_limited"


class Unavailable(DomainError):
    """A part that the request needs is down; trying again later is right."""

    status = 503
    code = "unavailable"
