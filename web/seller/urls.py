from django.urls import path

from web.seller import messages_views, team_views

app_name = "seller"
urlpatterns = [
    path("", messages_views.front, name="home"),
    path("<slug:slug>/messages/", messages_views.inbox_page, name="messages"),
    path("<slug:slug>/messages/<int:pk>/", messages_views.conversation_page, name="conversation"),
    path("<slug:slug>/messages/<int:pk>/clock/", messages_views.clock_fragment, name="clock"),
    path("<slug:slug>/messages/<int:pk>/status/", messages_views.change_status, name="status"),
    path("<slug:slug>/messages/<int:pk>/assign/", messages_views.change_assignee, name="assign"),
    path("<slug:slug>/settings/team/", team_views.team, name="team"),
    path("<slug:slug>/settings/team/<int:pk>/role/", team_views.role, name="team_role"),
    path("<slug:slug>/settings/team/<int:pk>/remove/", team_views.remove, name="team_remove"),
]
