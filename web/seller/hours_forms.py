"""What the opening hours page sends: periods of seven days, dated exceptions, holiday mode."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays
from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from holidays.registry import COUNTRIES

from chat.models import HoursVersion
from chat.services.shop_rules import subdivisions_of
from core.business_hours import (
    MINUTES_A_DAY,
    Period,
    instant_of,
    read_minute,
    read_periods,
    write_minute,
)

MAX_LINES = 200
PERIODS_A_DAY = 3
EXAMPLE = "09:00-12:30, 13:30-18:00"


def countries() -> list[tuple[str, str]]:
    known = holidays.list_supported_countries(include_aliases=False)
    # The library's registry: "united_states" to its class and codes. It has names in English only.
    names = {codes[1]: key.replace("_", " ").title() for key, codes in COUNTRIES.items() if codes[1] in known}
    by_name = sorted((name, code) for code, name in names.items())
    return [("", gettext("No, open as on any day")), *((code, f"{name} ({code})") for name, code in by_name)]


def regions(country: str) -> list[tuple[str, str]]:
    """The parts of a country with holidays of their own, by name."""
    by_name = sorted((name, code) for code, name in subdivisions_of(country).items())
    return [("", gettext("Only the national ones")), *((code, name) for name, code in by_name)]


class HoursForm(forms.Form):
    """``opens_0_0`` to ``closes_6_2``: up to three periods a day, Monday first; empty pairs are left out."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(available_timezones())]
    )
    exceptions = forms.CharField(
        label=_("Other hours on single days"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-24 09:00-12:00\n2026-12-25 closed"}),
        max_length=8_000,
    )
    holiday_country = forms.ChoiceField(
        label=_("Closed on the public holidays of"), required=False, choices=countries
    )
    holiday_subdivision = forms.ChoiceField(
        label=_("And of this state or region"),
        required=False,
        error_messages={"invalid_choice": _("This region is not part of the chosen country.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.data.get("holiday_country") if self.is_bound else self.initial.get("holiday_country")
        subdivision = self.fields["holiday_subdivision"]
        assert isinstance(subdivision, forms.ChoiceField)
        subdivision.choices = regions(str(country or ""))
        for day in range(7):
            for place in range(PERIODS_A_DAY):
                for side, words in (("opens", _("opens")), ("closes", _("closes"))):
                    self.fields[f"{side}_{day}_{place}"] = forms.CharField(
                        label=f"{WEEKDAYS[day]}, {words}", required=False, max_length=5
                    )

    def clean_exceptions(self) -> dict[date, tuple[Period, ...]]:
        lines = [line.strip() for line in self.cleaned_data["exceptions"].splitlines() if line.strip()]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(gettext("At most %(n)d days fit.") % {"n": MAX_LINES})
        try:
            return dict(_exception(line) for line in lines)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        weekly = []
        for day in range(7):
            pairs = []
            for place in range(PERIODS_A_DAY):
                names = f"opens_{day}_{place}", f"closes_{day}_{place}"
                opens, closes = (values.get(name, "").strip() for name in names)
                if not opens and not closes:
                    continue
                try:
                    pairs.append(Period(read_minute(opens), _closing(closes)))
                except ValueError:
                    self.add_error(
                        names[0],
                        gettext("%(day)s: write two times such as 09:00 and 17:30, the second one later.")
                        % {"day": WEEKDAYS[day]},
                    )
            weekly.append(tuple(pairs))
        values["weekly"] = weekly
        return values

    def days(self) -> list[dict[str, Any]]:
        """The grid: each day with its pairs of bound fields."""
        return [
            {
                "name": WEEKDAYS[day],
                "pairs": [
                    (self[f"opens_{day}_{place}"], self[f"closes_{day}_{place}"])
                    for place in range(PERIODS_A_DAY)
                ],
            }
            for day in range(7)
        ]


class WallTimeField(forms.Field):
    """A time on the shop's wall, without a zone: not read in the zone of whoever fills in the form."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            return datetime.fromisoformat(value).replace(tzinfo=None, second=0, microsecond=0)
        except ValueError:
            raise forms.ValidationError(gettext("Write a day and a time.")) from None


class HolidayForm(forms.Form):
    """Local times of the shop; no end means until it is switched off."""

    starts = WallTimeField(label=_("From"))
    ends = WallTimeField(label=_("Until"), required=False)

    def instant(self, name: str, zone: ZoneInfo) -> datetime | None:
        """The field's wall-clock time as an instant in the shop's zone."""
        wall = self.cleaned_data[name]
        if wall is None:
            return None
        minute = wall.hour * 60 + wall.minute
        return instant_of(wall.date(), minute, zone=zone, is_closing=name == "ends")


def initial_of(version: HoursVersion | None, time_zone: str) -> dict[str, Any]:
    """The newest declared hours as the form shows them; always open when there are none."""
    if version is None:
        weekly: Sequence[Sequence[Period]] = [(Period(0, MINUTES_A_DAY),)] * 7
        values: dict[str, Any] = {"time_zone": time_zone}
    else:
        weekly = [read_periods(day) for day in version.weekly]
        values = {
            "time_zone": version.time_zone,
            "holiday_country": version.holiday_country,
            "holiday_subdivision": version.holiday_subdivision,
            "exceptions": "\n".join(
                f"{day} {', '.join('-'.join(pair) for pair in pairs) or 'closed'}"
                for day, pairs in sorted(version.exceptions.items())
            ),
        }
    for day, periods in enumerate(weekly):
        for place, period in enumerate(periods[:PERIODS_A_DAY]):
            values[f"opens_{day}_{place}"] = write_minute(period.opens)
            values[f"closes_{day}_{place}"] = write_minute(period.closes)
    return values


def _closing(text: str) -> int:
    """Midnight at the end of the day may be written 24:00 or 00:00."""
    minute = read_minute(text)
    return minute or MINUTES_A_DAY


def _exception(line: str) -> tuple[date, tuple[Period, ...]]:
    text, _space, rest = line.partition(" ")
    problem = gettext("“%(line)s” is not a day and its hours: write “2026-12-24 09:00-12:00” or “… closed”.")
    try:
        day = date.fromisoformat(text)
        if rest.strip().lower() in ("closed", gettext("closed")):
            return day, ()
        pairs = [part.strip().replace("–", "-").split("-") for part in rest.split(",")]
        return day, tuple(Period(read_minute(opens), _closing(closes)) for opens, closes in pairs)
    except ValueError:
        raise ValueError(problem % {"line": line[:60]}) from None
