from django.urls import path

from web.customer import views

app_name = "customer"
urlpatterns = [
    path("", views.chats, name="chats"),
    path("<int:pk>/", views.chat, name="chat"),
    path("start/<slug:slug>/", views.start, name="start"),
]
