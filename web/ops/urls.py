from django.urls import path

from web.ops import status_views, transcript_views, views

app_name = "ops"
urlpatterns = [
    path("favicon.ico", status_views.favicon, name="favicon"),
    path("status/", status_views.status, name="status"),
    path("status/runbook/", status_views.runbook, name="runbook"),
    path("silent-shops/", status_views.silent_shops, name="silent_shops"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path(".well-known/parley-transcript-keys.json", transcript_views.keys, name="transcript_keys"),
    path("verify/", transcript_views.verify, name="verify"),
]
