"""A person's own page: name, clock and language. E-mail, password and second factor are allauth's pages."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest
from web.account.forms import ProfileForm


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        zone = request.user.time_zone
        messages.success(request, _("Saved. Times are now shown in %(zone)s.") % {"zone": zone})
        response = redirect("account:profile")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            request.user.language,
            max_age=365 * 86400,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
        return response
    return render(request, "account/profile.html", {"form": form}, status=400 if form.errors else 200)
