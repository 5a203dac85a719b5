"""Operating hours, holiday mode and FAQ replies of a shop: what is in force, and changing it.

Nothing takes effect backwards: hours from the next local midnight, holiday mode an hour later at least.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import HoursVersion, ShopSpan
from chat.services.shop_rules import calendar_of, public_holidays, subdivisions_of
from core.business_hours import (
    Hours,
    Period,
    local_midnight_after,
    open_minutes_a_week,
    write_periods,
)
from core.errors import Conflict, Invalid
from shops.models import Shop
from shops.services import record_of_shop

MINIMUM_OPEN_MINUTES = 20 * 60  # domain.md section 3, rule 6.
HOLIDAY_MODE_NOTICE = timedelta(hours=1)
MAX_PERIODS_A_DAY = 6
MAX_EXCEPTIONS = 200
HOLIDAYS_SHOWN = 4


def latest_version(shop: Shop) -> HoursVersion | None:
    """The newest edit, in force or still to come."""
    return HoursVersion.objects.filter(shop=shop).order_by("effective_from", "pk").last()


def holiday_modes_ahead(shop: Shop, now: datetime) -> list[ShopSpan]:
    """Holiday mode that is on or planned, earliest first; not what was dropped before it began."""
    spans = ShopSpan.objects.filter(shop=shop, kind=ShopSpan.Kind.HOLIDAY_MODE)
    spans = spans.exclude(ends_at=F("starts_at"))
    return list(spans.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).order_by("starts_at"))


def public_holidays_ahead(version: HoursVersion | None, now: datetime) -> list[date]:
    """The next public holidays on which these declared hours are closed; a few."""
    if version is None:
        return []
    today = now.astimezone(ZoneInfo(version.time_zone)).date()
    country, part = version.holiday_country, version.holiday_subdivision
    return sorted(day for day in public_holidays(country, part, today.year, today.year + 2) if day >= today)[
        :HOLIDAYS_SHOWN
    ]


@transaction.atomic
def set_hours(
    *,
    shop: Shop,
    actor: User,
    time_zone: str,
    weekly: Sequence[Sequence[Period]],
    exceptions: Mapping[date, Sequence[Period]],
    holiday_country: str = "",
    holiday_subdivision: str = "",
    now: datetime,
) -> HoursVersion:
    """Declare hours from the next local midnight on; refuses fewer than 20 open hours a week."""
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    hours = Hours(ZoneInfo(time_zone), tuple(_checked(periods) for periods in weekly))
    if open_minutes_a_week(hours) < MINIMUM_OPEN_MINUTES:
        raise Invalid(_("A shop must be open at least 20 hours a week."), code="too_few_hours")
    if len(exceptions) > MAX_EXCEPTIONS:
        raise Invalid(
            _("At most %(n)d dated exceptions fit.") % {"n": MAX_EXCEPTIONS}, code="too_many_exceptions"
        )
    if holiday_subdivision and holiday_subdivision not in subdivisions_of(holiday_country):
        raise Invalid(_("This region is not part of the chosen country."), code="unknown_subdivision")
    # Midnight of the zone in force, so that moving the zone cannot shorten the notice.
    in_force = calendar_of(shop).hours_at(now)
    version = HoursVersion.objects.create(
        shop=shop,
        effective_from=local_midnight_after(now, in_force.zone),
        time_zone=time_zone,
        weekly=[write_periods(periods) for periods in hours.weekly],
        exceptions={day.isoformat(): write_periods(_checked(p)) for day, p in sorted(exceptions.items())},
        holiday_country=holiday_country,
        holiday_subdivision=holiday_subdivision,
        set_by=actor,
        set_at=now,
    )
    record_of_shop(
        "shop.hours_set", shop, actor, {"version": version.pk, "from": version.effective_from.isoformat()}
    )
    return version


@transaction.atomic
def start_holiday_mode(
    *, shop: Shop, actor: User, starts_at: datetime, ends_at: datetime | None, now: datetime
) -> ShopSpan:
    """Plan holiday mode, an hour ahead at the earliest; two spans may not overlap."""
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    if starts_at < now + HOLIDAY_MODE_NOTICE:
        raise Invalid(_("Holiday mode starts an hour from now at the earliest."), code="too_soon")
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid(_("Holiday mode must end after it starts."), code="ends_before_start")
    for span in holiday_modes_ahead(shop, now):
        starts_before_its_end = span.ends_at is None or starts_at < span.ends_at
        if starts_before_its_end and (ends_at is None or span.starts_at < ends_at):
            raise Conflict(_("Holiday mode is already on or planned for that time."), code="overlap")
    span = ShopSpan.objects.create(
        shop=shop,
        kind=ShopSpan.Kind.HOLIDAY_MODE,
        starts_at=starts_at,
        ends_at=ends_at,
        set_by=actor,
        set_at=now,
    )
    record_of_shop("shop.holiday_mode_set", shop, actor, {"span": span.pk, "from": starts_at.isoformat()})
    return span


@transaction.atomic
def end_holiday_mode(*, shop: Shop, actor: User, span_id: int, now: datetime) -> None:
    """Switch off now what is on, or drop what is only planned. Ending it twice changes nothing."""
    span = (
        ShopSpan.objects.select_for_update()
        .filter(pk=span_id, shop=shop, kind=ShopSpan.Kind.HOLIDAY_MODE)
        .first()
    )
    if span is None or (span.ends_at is not None and span.ends_at <= now):
        return
    span.ends_at = max(now, span.starts_at)
    span.save(update_fields=["ends_at"])
    record_of_shop("shop.holiday_mode_ended", shop, actor, {"span": span.pk, "at": span.ends_at.isoformat()})


@transaction.atomic
def switch_faq_replies(*, shop: Shop, actor: User, on: bool, now: datetime) -> None:
    """Remember from when to when the shop's FAQ replies were enabled. Switching twice changes nothing."""
    shop = Shop.objects.select_for_update().get(pk=shop.pk)
    running = ShopSpan.objects.filter(shop=shop, kind=ShopSpan.Kind.FAQ_REPLIES, ends_at__isnull=True)
    if on == running.exists():
        return
    if on:
        ShopSpan.objects.create(
            shop=shop, kind=ShopSpan.Kind.FAQ_REPLIES, starts_at=now, set_by=actor, set_at=now
        )
    else:
        running.update(ends_at=now)
    record_of_shop("shop.faq_replies_switched", shop, actor, {"on": on})


def _checked(periods: Sequence[Period]) -> tuple[Period, ...]:
    if len(periods) > MAX_PERIODS_A_DAY:
        raise Invalid(
            _("A day has at most %(n)d periods.") % {"n": MAX_PERIODS_A_DAY}, code="too_many_periods"
        )
    ordered = tuple(sorted(periods))
    if any(left.closes > right.opens for left, right in pairwise(ordered)):
        raise Invalid(_("Periods of one day may not overlap."), code="overlapping_periods")
    return ordered
