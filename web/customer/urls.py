from django.urls import path

from web.customer import report_views, views

app_name = "customer"
urlpatterns = [
    path("", views.chats, name="chats"),
    path("<int:pk>/", views.chat, name="chat"),
    path("<int:pk>/report/", report_views.report_message, name="report"),
    path("start/<slug:slug>/", views.start, name="start"),
]
