from django.urls import path

from web.ops import views

app_name = "ops"
urlpatterns = [path("styleguide/", views.styleguide, name="styleguide")]
