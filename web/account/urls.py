from django.urls import path

from web.account import views

app_name = "account"
urlpatterns = [path("", views.profile, name="profile")]
