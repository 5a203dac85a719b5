"""All that a shop declared and follows, in one statement: hours, holiday mode, FAQ replies, rule packs.

Read on the path of every message. What was read is kept by its content, so nothing can be stale and the same
declarations are parsed once per process.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.db import connection

from chat.models import ShopSpan
from chat.response_clock import ClockRules
from chat.services.rule_packs import PACK_OF_KIND, Pack, PackTimeline, clock_rules_from, packs_of_file
from core.business_hours import Calendar, Hours, Span, read_periods
from shops.models import Shop

THE_BEGINNING = datetime.min.replace(tzinfo=UTC)
YEARS_OF_HOLIDAYS_AHEAD = 3

# Columns for a statement in which ``shop`` is a row of shops_shop, in the order of ``parsed_schedule``.
SCHEDULE_COLUMNS = """
    shop.time_zone,
    (SELECT json_agg(json_build_array(h.effective_from, h.time_zone, h.weekly, h.exceptions,
                                      h.holiday_country, h.holiday_subdivision)
                     ORDER BY h.effective_from, h.id)::text
     FROM chat_hoursversion h WHERE h.shop_id = shop.id),
    (SELECT json_agg(json_build_array(s.kind, s.starts_at, s.ends_at) ORDER BY s.starts_at, s.id)::text
     FROM chat_shopspan s WHERE s.shop_id = shop.id)
"""

_READ = f"""
SELECT shop.id, shop.kind, {SCHEDULE_COLUMNS},
    (SELECT json_agg(json_build_array(p.effective_from, p.code) ORDER BY p.effective_from)::text
     FROM chat_shoprulepack p WHERE p.shop_id = shop.id),
    (SELECT json_agg(json_build_array(v.code, v.version, v.effective_from, v.title, v.clock, v.judging)
                     ORDER BY v.code, v.effective_from, v.version)::text
     FROM chat_rulepackversion v)
FROM shops_shop shop WHERE shop.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What decides what was true when a message was received."""

    calendar: Calendar
    faq_replies: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ShopRules:
    schedule: Schedule
    packs: PackTimeline


def rules_of(shop_ids: Iterable[int]) -> dict[int, ShopRules]:
    """The rules of these shops by their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(set(shop_ids))])
        return {
            pk: ShopRules(
                parsed_schedule(time_zone, hours, spans),
                _timeline(kind, time_zone, chosen or "[]", packs or "[]"),
            )
            for pk, kind, time_zone, hours, spans, chosen, packs in cursor.fetchall()
        }


def schedule_of(shop: Shop) -> Schedule:
    return rules_of([shop.pk])[shop.pk].schedule


def calendar_of(shop: Shop) -> Calendar:
    return schedule_of(shop).calendar


def timeline_of(shop: Shop) -> PackTimeline:
    return rules_of([shop.pk])[shop.pk].packs


def parsed_schedule(time_zone: str, hours: str | None, spans: str | None) -> Schedule:
    return _schedule(time_zone, hours or "[]", spans or "[]", datetime.now(UTC).year)


@lru_cache(maxsize=1024)
def _schedule(time_zone: str, hours: str, spans: str, this_year: int) -> Schedule:
    by_kind: dict[str, list[Span]] = {kind: [] for kind in ShopSpan.Kind.values}
    for kind, starts_at, ends_at in json.loads(spans):
        by_kind[kind].append(Span(_time(starts_at), _time(ends_at) if ends_at else None))
    # Before its first own hours a shop was always open. Of two versions for one instant the later row counts.
    versions = {THE_BEGINNING: Hours(ZoneInfo(time_zone))}
    for effective_from, *declared in json.loads(hours):
        versions[_time(effective_from)] = _hours(
            *declared, first_year=_time(effective_from).year, now=this_year
        )
    return Schedule(
        Calendar(list(versions.items()), tuple(by_kind[ShopSpan.Kind.HOLIDAY_MODE])),
        tuple(by_kind[ShopSpan.Kind.FAQ_REPLIES]),
    )


def _hours(
    time_zone: str,
    weekly: list[Any],
    exceptions: dict[str, Any],
    country: str,
    subdivision: str,
    *,
    first_year: int,
    now: int,
) -> Hours:
    return Hours(
        zone=ZoneInfo(time_zone),
        weekly=tuple(read_periods(day) for day in weekly),
        exceptions={date.fromisoformat(day): read_periods(periods) for day, periods in exceptions.items()},
        public_holidays=public_holidays(country, subdivision, first_year, now + YEARS_OF_HOLIDAYS_AHEAD),
    )


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, first_year: int, end_year: int) -> frozenset[date]:
    """Public holidays of the nation, and of one part of it where that is named; none without a country."""
    if country not in holidays.list_supported_countries():
        return frozenset()
    part = subdivision if subdivision in subdivisions_of(country) else None
    return frozenset(holidays.country_holidays(country, subdiv=part, years=range(first_year, end_year)))


@lru_cache(maxsize=256)
def subdivisions_of(country: str) -> dict[str, str]:
    """The parts of a country that have public holidays of their own: code to name."""
    if country not in holidays.list_supported_countries():
        return {}
    nation = holidays.country_holidays(country)
    aliases = nation.get_subdivision_aliases()
    return {code: (aliases.get(code) or [code])[0] for code in nation.subdivisions}


@lru_cache(maxsize=1024)
def _timeline(kind: str, time_zone: str, chosen: str, packs: str) -> PackTimeline:
    codes = [(THE_BEGINNING, PACK_OF_KIND[kind])]
    codes += [(_time(effective_from), code) for effective_from, code in json.loads(chosen)]
    return PackTimeline(time_zone, tuple(codes), _packs(packs) or packs_of_file())


def parsed_clock(code: str, version: int, clock: str | None) -> ClockRules:
    """The clock's rules of a stored version; of the file's, where it is not stored."""
    if clock is not None:
        return _clock(clock)
    return next(pack.rules for pack in packs_of_file() if (pack.code, pack.version) == (code, version))


@lru_cache(maxsize=256)
def _clock(clock: str) -> ClockRules:
    return clock_rules_from(json.loads(clock))


@lru_cache(maxsize=16)
def _packs(packs: str) -> tuple[Pack, ...]:
    return tuple(
        Pack(code, version, _time(effective_from), title, clock_rules_from(clock), judging)
        for code, version, effective_from, title, clock, judging in json.loads(packs)
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
