"""Who is at the Help Center: a member or a guest, in which language and zone, on which device."""

import re
import secrets
import zoneinfo
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from accounts.models import User
from tickets.services.drafts import Sender

GUEST_COOKIE = "guest"
GUEST_COOKIE_AGE_S = 90 * 86_400
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,64}")


def member(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def guest_token(request: HttpRequest) -> str:
    """The browser's secret, made on first need; ``remember_guest`` sends it as a cookie."""
    token = request.COOKIES.get(GUEST_COOKIE, "")
    if not _TOKEN.fullmatch(token):
        token = getattr(request, "new_guest_token", "") or secrets.token_urlsafe(32)
        request.new_guest_token = token  # type: ignore[attr-defined]
    return token


def remember_guest(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Set the guest cookie if this request made one."""
    if token := getattr(request, "new_guest_token", ""):
        response.set_cookie(
            GUEST_COOKIE,
            token,
            max_age=GUEST_COOKIE_AGE_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def known_guest(request: HttpRequest) -> str:
    """The browser's secret if it has one; reading never makes one."""
    token = request.COOKIES.get(GUEST_COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""


def sender(request: HttpRequest) -> Sender:
    user = member(request)
    return Sender(
        user=user,
        guest="" if user else guest_token(request),
        language=language(),
        time_zone=user.time_zone if user else browser_zone(request),
    )


def language() -> str:
    return (get_language() or "en").lower()


def browser_zone(request: HttpRequest) -> str:
    """The zone the page's script has put into a cookie; UTC without it."""
    name = request.COOKIES.get("zone", "")
    return name if name in zoneinfo.available_timezones() else timezone.get_current_timezone_name()


def visit_of(request: HttpRequest) -> str:
    """Names this browser for one day, without naming a person: what search figures are grouped by."""
    source = f"{date.today()}|{request.META.get('REMOTE_ADDR', '')}|{request.headers.get('User-Agent', '')}"
    return salted_hmac("helpcenter.visit", source, algorithm="sha256").hexdigest()


_SYSTEMS = (
    (re.compile(r"Windows NT 10"), "Windows 10 or 11"),
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"iPhone.*? OS (\d+)[_.](\d+)"), "iOS {0}.{1}"),
    (re.compile(r"iPad.*? OS (\d+)[_.](\d+)"), "iPadOS {0}.{1}"),
    (re.compile(r"Mac OS X (\d+)[_.](\d+)"), "macOS {0}.{1}"),
    (re.compile(r"Android (\d+(?:\.\d+)?)"), "Android {0}"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux"), "Linux"),
)
_BROWSERS = (
    (re.compile(r"Parley/([\d.]+)"), "Parley {0}"),
    (re.compile(r"Edg(?:e|A|iOS)?/(\d+)"), "Edge {0}"),
    (re.compile(r"OPR/(\d+)"), "Opera {0}"),
    (re.compile(r"SamsungBrowser/(\d+)"), "Samsung Internet {0}"),
    (re.compile(r"(?:Firefox|FxiOS)/(\d+)"), "Firefox {0}"),
    (re.compile(r"(?:Chrome|CriOS|HeadlessChrome)/(\d+)"), "Chrome {0}"),
    (re.compile(r"Version/(\d+).*Safari"), "Safari {0}"),
)
_DEVICES = (
    (re.compile(r"iPhone"), "iPhone"),
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"Android [\d.]+; ([^;)]+?)(?: Build|[;)])"), "{0}"),
    (re.compile(r"Macintosh"), "Mac"),
    (re.compile(r"Windows|Linux|CrOS"), "Computer"),
)


def device_of(user_agent: str) -> dict[str, str]:
    """Device, system and app from the browser's own words; empty where it says nothing we know."""
    return {
        "device": _first(_DEVICES, user_agent),
        "os": _first(_SYSTEMS, user_agent),
        "app": _first(_BROWSERS, user_agent),
    }


def _first(table: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str:
    for pattern, form in table:
        if found := pattern.search(text):
            words = form.format(*found.groups())
            # Chrome hides the model of an Android phone behind the letter K.
            return "Android phone" if words == "K" else words[:80]
    return ""
