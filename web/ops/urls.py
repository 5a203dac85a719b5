from django.urls import path

from web.ops import transcript_views, views

app_name = "ops"
urlpatterns = [
    path("styleguide/", views.styleguide, name="styleguide"),
    path(".well-known/parley-transcript-keys.json", transcript_views.keys, name="transcript_keys"),
    path("verify/", transcript_views.verify, name="verify"),
]
