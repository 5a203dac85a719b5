"""`manage.py response_rate --week 2026-W10`: the rate of a week per shop, from the ledger as it stands."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from metrics.definitions import Counts, monday_of_label, percent
from metrics.models import WeeklyEvaluation
from metrics.selectors import WeekFigures, evaluations_of, figures_of
from shops.models import Shop


class Command(BaseCommand):
    help = "Response rate of one ISO week; per shop with sessions in it, or for one shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", required=True, metavar="2026-W10")
        parser.add_argument("--shop", metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="one JSON object per shop and line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            monday = monday_of_label(options["week"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        shops = Shop.objects.order_by("slug")
        if options["shop"]:
            shops = shops.filter(slug=options["shop"])
            if not shops:
                raise CommandError(f"there is no shop {options['shop']!r}")
        for shop in shops:
            figures = figures_of(shop, _middle_of(monday), at=timezone.now())
            if not figures.sessions and not options["shop"]:
                continue
            frozen = evaluations_of(shop).filter(week_on=monday, pack_code=figures.pack.code).first()
            if options["json"]:
                self.stdout.write(json.dumps(_report(figures, frozen), ensure_ascii=False))
            else:
                self.stdout.write(_sentence(figures, frozen))


def _middle_of(monday: date) -> datetime:
    """Thursday noon UTC lies in the week in every zone."""
    return datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC) + timedelta(days=3)


def _report(figures: WeekFigures, frozen: WeeklyEvaluation | None) -> dict[str, Any]:
    counts = figures.judged_counts
    return {
        "shop": figures.shop.slug,
        "week": figures.week.label,
        "from": figures.week.starts_at.isoformat(),
        "to": figures.week.ends_at.isoformat(),
        "zone": figures.week.zone.key,
        "pack": figures.pack.code,
        "pack_version": figures.pack.version,
        **_figures(counts),
        "late": counts.late,
        "missed": counts.missed,
        "open": counts.open,
        "excluded": dict(counts.excluded),
        "counted_messages": figures.counted_messages,
        "target": str(figures.rules.target),
        "floor": None if figures.rules.floor is None else str(figures.rules.floor),
        "outcome": figures.outcome.value if figures.is_ripe else None,
        "thirty_days": _figures(figures.thirty_days),
        "evaluation": None if frozen is None else _frozen(frozen),
    }


def _figures(counts: Counts) -> dict[str, Any]:
    return {
        "in_time": counts.in_time,
        "counted": counts.counted,
        "rate": None if counts.rate is None else f"{counts.in_time}/{counts.counted}",
        "percent": None if counts.rate is None else percent(counts.rate),
    }


def _frozen(evaluation: WeeklyEvaluation) -> dict[str, Any]:
    return {
        "in_time": evaluation.in_time,
        "counted": evaluation.counted,
        "outcome": evaluation.outcome,
        "revision": evaluation.revision,
        "evaluated_at": evaluation.evaluated_at.isoformat(),
    }


def _sentence(figures: WeekFigures, frozen: WeeklyEvaluation | None) -> str:
    counts = figures.judged_counts
    rate = "no counted session" if counts.rate is None else f"{percent(counts.rate)} %"
    judged = f"judged {frozen.outcome}" if frozen else "not judged yet"
    return (
        f"{figures.shop.slug}  {figures.week.label}  {rate}  {counts.in_time} of {counts.counted} in time"
        f"  {counts.open} open  {sum(counts.excluded.values())} not counted  {judged}"
    )
