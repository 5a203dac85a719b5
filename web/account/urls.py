from django.urls import path

from web.account import notice_views, views

app_name = "account"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("statements/<str:reference>/", notice_views.statement, name="statement"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/read/", notice_views.read_all, name="read_all"),
    path("notices/<int:notice_id>/", notice_views.read_one, name="read_notice"),
]
