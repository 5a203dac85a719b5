"""Seller Center, Settings: opening hours, single days, holiday mode. Owners and managers change them."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from chat.services import hours as service
from chat.services.shop_rules import calendar_of
from core.business_hours import is_open, next_opening, open_minutes_a_week
from core.errors import DomainError
from shops.access import get_shop, may
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.hours_forms import HolidayForm, HoursForm, initial_of


@login_required
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what is in force and what comes; POST declares hours from the next local midnight on."""
    posted = request.method == "POST"
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS if posted else Capability.READ_MESSAGES)
    now = timezone.now()
    form = HoursForm(
        request.POST if posted else None,
        initial=initial_of(service.latest_version(shop), shop.time_zone),
    )
    if posted and "regions" in request.POST:
        return _page(request, shop, form=HoursForm(initial=request.POST.dict()))  # Nothing is saved yet.
    if posted and form.is_valid():
        try:
            version = service.set_hours(
                shop=shop,
                actor=_actor(request),
                time_zone=form.cleaned_data["time_zone"],
                weekly=form.cleaned_data["weekly"],
                exceptions=form.cleaned_data["exceptions"],
                holiday_country=form.cleaned_data["holiday_country"],
                holiday_subdivision=form.cleaned_data["holiday_subdivision"],
                now=now,
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            start = timezone.localtime(version.effective_from, ZoneInfo(version.time_zone))
            flash.success(
                request,
                gettext("Saved. In force from %(day)s on.")
                % {"day": date_format(start, gettext("D j M, H:i"))},
            )
            return redirect("seller:hours", slug=shop.slug)
    return _page(request, shop, form=form)


@login_required
@require_POST
def holiday_mode(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    form = HolidayForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        zone = calendar_of(shop).hours_at(now).zone
        starts_at, ends_at = form.instant("starts", zone), form.instant("ends", zone)
        assert starts_at is not None
        try:
            service.start_holiday_mode(
                shop=shop, actor=_actor(request), starts_at=starts_at, ends_at=ends_at, now=now
            )
            flash.success(request, gettext("Holiday mode is planned."))
            return redirect("seller:hours", slug=shop.slug)
        except DomainError as error:
            form.add_error("starts", error.message)
    return _page(request, shop, holiday_form=form)


@login_required
@require_POST
def end_holiday_mode(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
    service.end_holiday_mode(shop=shop, actor=_actor(request), span_id=pk, now=timezone.now())
    flash.success(request, gettext("Holiday mode is off."))
    return redirect("seller:hours", slug=shop.slug)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # Each page requires a login.
    return request.user


def _page(
    request: HttpRequest,
    shop: Shop,
    *,
    form: HoursForm | None = None,
    holiday_form: HolidayForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    newest = service.latest_version(shop)
    calendar = calendar_of(shop)
    in_force = calendar.hours_at(now)
    context: dict[str, Any] = {
        "shop": shop,
        "form": form or HoursForm(initial=initial_of(newest, shop.time_zone)),
        "holiday_form": holiday_form or HolidayForm(),
        "is_open": is_open(calendar, now),
        "opens_at": next_opening(calendar, now),
        "availability": calendar.availability(now).value,
        "week_hours": open_minutes_a_week(in_force) / 60,
        "zone": in_force.zone.key,
        "coming": newest if newest is not None and newest.effective_from > now else None,
        "holidays": service.holiday_modes_ahead(shop, now),
        "holidays_ahead": service.public_holidays_ahead(newest, now),
        "now": now,
        "may_change": may(request.user, shop, Capability.MANAGE_SETTINGS),
    }
    has_errors = bool(context["form"].errors or context["holiday_form"].errors)
    return render(request, "seller/hours.html", context, status=400 if has_errors else 200)
