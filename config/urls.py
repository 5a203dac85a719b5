from django.urls import include, path

from files.urls import api_urlpatterns as files_api

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/files/", include((files_api, "files_api"))),
    path("files/", include("files.urls")),
    path("", include("web.urls")),
]
