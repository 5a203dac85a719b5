from django.urls import URLPattern, URLResolver, path

from web.seller import appeal_views, health_views

app_name = "seller"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<slug:slug>/health/", health_views.health, name="health"),
    path("<slug:slug>/health/violations/<int:decision_id>/", health_views.violation, name="violation"),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/statement/",
        health_views.statement_page,
        name="statement",
    ),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/statement.json",
        health_views.statement_json,
        name="statement_json",
    ),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/appeal/", appeal_views.appeal_new, name="appeal_new"
    ),
    path("<slug:slug>/health/appeals/", appeal_views.appeal_list, name="appeals"),
    path("<slug:slug>/health/appeals/<str:reference>/", appeal_views.appeal, name="appeal"),
    path(
        "<slug:slug>/health/appeals/<str:reference>/answer/", appeal_views.appeal_answer, name="appeal_answer"
    ),
    path(
        "<slug:slug>/health/appeals/<str:reference>/withdraw/",
        appeal_views.appeal_withdraw,
        name="appeal_withdraw",
    ),
]
