"""WebSocket addresses."""

from django.urls import URLPattern, path

from chat.consumers import ChatConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/v1/", ChatConsumer.as_asgi())]  # type: ignore[arg-type, list-item]
