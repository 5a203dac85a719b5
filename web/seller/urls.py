from django.urls import URLPattern, URLResolver

app_name = "seller"
urlpatterns: list[URLPattern | URLResolver] = []
