from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import health
from files.urls import api_urlpatterns as files_api

# One door for passwords and second factors: the admin sends people to the ordinary login.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
    path("api/v1/files/", include((files_api, "files_api"))),
    path("files/", include("files.urls")),
    path("api/v1/", include("chat.urls")),
    path("api/v1/", include("compliance.urls")),
    path("api/v1/", include("tickets.urls")),
    path("", include("web.urls")),
]
