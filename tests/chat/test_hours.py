from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audit.models import AuditEntry
from chat.models import HoursVersion, ShopSpan
from chat.services import hours as service
from chat.services.shop_rules import calendar_of, schedule_of
from core.business_hours import Availability, Period, is_open
from core.errors import Conflict, Invalid
from tests.factories import ShopFactory

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 3, 3, 12, tzinfo=CHICAGO)  # A Tuesday.
NINE_TO_FIVE = [(Period(540, 1020),)] * 5 + [(), ()]


@pytest.fixture
def declare(shop, owner):
    def declare(weekly=NINE_TO_FIVE, exceptions=None, *, now=NOW, **more):
        return service.set_hours(
            shop=shop,
            actor=owner,
            weekly=weekly,
            exceptions=exceptions or {},
            now=now,
            **{"time_zone": "America/Chicago", **more},
        )

    return declare


def open_at(shop, *parts):
    return is_open(calendar_of(shop), datetime(*parts, tzinfo=CHICAGO))


def test_a_shop_that_never_set_hours_is_always_open():
    assert open_at(ShopFactory(), 2026, 3, 1, 3)


def test_new_hours_are_in_force_from_the_next_local_midnight(shop, declare):
    version = declare()

    assert version.effective_from == datetime(2026, 3, 4, tzinfo=CHICAGO)
    assert open_at(shop, 2026, 3, 3, 23, 59)
    assert not open_at(shop, 2026, 3, 4, 0)
    assert open_at(shop, 2026, 3, 4, 9)
    assert AuditEntry.objects.get().action == "shop.hours_set"


def test_the_last_edit_before_midnight_counts(shop, declare):
    declare()
    declare([(Period(0, 1440),)] * 7)

    assert open_at(shop, 2026, 3, 4, 3)
    assert HoursVersion.objects.count() == 2


def test_a_dated_exception_replaces_its_day(shop, declare):
    declare(exceptions={date(2026, 3, 5): [], date(2026, 3, 7): [Period(600, 720)]})

    assert not open_at(shop, 2026, 3, 5, 12)
    assert open_at(shop, 2026, 3, 7, 11)
    assert not open_at(shop, 2026, 3, 7, 12)


def test_an_exception_for_today_comes_too_late(shop, declare):
    declare()
    tomorrow = NOW + timedelta(days=1)
    declare(exceptions={tomorrow.date(): []}, now=tomorrow)

    assert open_at(shop, 2026, 3, 4, 12)


def test_public_holidays_of_the_chosen_country_are_closed(shop, declare):
    declare(holiday_country="US")

    assert not open_at(shop, 2026, 12, 25, 12)
    assert open_at(shop, 2026, 12, 24, 12)


def test_moving_the_zone_does_not_shorten_the_notice(shop, declare):
    declare()
    late = datetime(2026, 3, 4, 17, 30, tzinfo=CHICAGO)

    version = declare(now=late, time_zone="Asia/Tokyo")  # In Tokyo it is 08:30 of the next day.

    assert version.effective_from == datetime(2026, 3, 5, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    "weekly, code",
    [
        ([(Period(0, 1199),)] + [()] * 6, "too_few_hours"),
        ([(Period(0, 600), Period(500, 1440))] * 7, "overlapping_periods"),
        ([tuple(Period(n * 10, n * 10 + 5) for n in range(7))] * 7, "too_many_periods"),
    ],
)
def test_hours_that_break_a_rule_are_refused(declare, weekly, code):
    with pytest.raises(Invalid) as refusal:
        declare(weekly)

    assert refusal.value.code == code
    assert not HoursVersion.objects.exists()


def test_exactly_twenty_hours_are_enough(declare):
    declare([(Period(0, 1200),)] + [()] * 6)

    assert HoursVersion.objects.count() == 1


def holiday(shop, owner, *, start=2, end=26, now=NOW):
    ends_at = None if end is None else NOW + timedelta(hours=end)
    return service.start_holiday_mode(
        shop=shop, actor=owner, starts_at=NOW + timedelta(hours=start), ends_at=ends_at, now=now
    )


def test_holiday_mode_needs_an_hours_notice_and_an_end_after_its_start(shop, owner):
    with pytest.raises(Invalid, match="an hour from now"):
        holiday(shop, owner, start=0.99)
    with pytest.raises(Invalid, match="after it starts"):
        holiday(shop, owner, start=2, end=2)
    span = holiday(shop, owner, start=1)

    calendar = calendar_of(shop)
    assert calendar.availability(span.starts_at) is Availability.HOLIDAY_MODE
    assert calendar.availability(span.ends_at) is Availability.OPEN


def test_two_holiday_modes_may_not_overlap_but_may_touch(shop, owner):
    holiday(shop, owner, start=2, end=26)
    with pytest.raises(Conflict):
        holiday(shop, owner, start=25, end=None)
    holiday(shop, owner, start=26, end=None)

    assert ShopSpan.objects.count() == 2


def test_ending_holiday_mode_works_from_now_on_and_a_planned_one_never_starts(shop, owner):
    running, planned = holiday(shop, owner), holiday(shop, owner, start=48, end=72)
    later = NOW + timedelta(hours=10)

    service.end_holiday_mode(shop=shop, actor=owner, span_id=running.pk, now=later)
    service.end_holiday_mode(shop=shop, actor=owner, span_id=running.pk, now=later + timedelta(hours=1))
    service.end_holiday_mode(shop=shop, actor=owner, span_id=planned.pk, now=later)

    running.refresh_from_db()
    assert running.ends_at == later
    calendar = calendar_of(shop)
    assert calendar.availability(later - timedelta(minutes=1)) is Availability.HOLIDAY_MODE
    assert calendar.availability(NOW + timedelta(hours=50)) is Availability.OPEN
    assert service.holiday_modes_ahead(shop, later) == []
    assert holiday(shop, owner, start=48, end=72, now=later).pk  # Its time is free again.


def test_another_shops_holiday_mode_cannot_be_ended(shop, owner):
    span = holiday(shop, owner)

    service.end_holiday_mode(shop=ShopFactory(), actor=owner, span_id=span.pk, now=NOW)

    span.refresh_from_db()
    assert span.ends_at == NOW + timedelta(hours=26)


def test_faq_replies_are_remembered_as_spans(shop, owner):
    for on, hours in [(True, 0), (True, 1), (False, 2), (False, 3), (True, 4)]:
        service.switch_faq_replies(shop=shop, actor=owner, on=on, now=NOW + timedelta(hours=hours))

    first, second = schedule_of(shop).faq_replies
    assert (first.start, first.end) == (NOW.astimezone(UTC), NOW + timedelta(hours=2))
    assert second.end is None
