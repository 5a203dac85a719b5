"""Included twice: ``/api/v1/files/`` for the JSON, ``/files/`` for the bytes."""

from django.urls import path

from files.api import Download, OneUpload, Uploads

app_name = "files"

api_urlpatterns = [
    path("", Uploads.as_view(), name="uploads"),
    path("<uuid:public_id>/", OneUpload.as_view(), name="upload"),
]

urlpatterns = [path("<uuid:public_id>/", Download.as_view(), name="download")]
