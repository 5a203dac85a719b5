"""Sockets in production; sockets and HTTP in the embedded default."""

import os
import threading
import warnings

from django.core.asgi import get_asgi_application

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PARLEY_PROCESS", "web")
embedded.ensure_running()
# Static files are small and read whole; Django warns because WhiteNoise hands them over the synchronous way.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from chat.routing import websocket_urlpatterns  # noqa: E402
from compliance.services import screening  # noqa: E402
from config.sockets import OwnPagesOnly, no_such_socket  # noqa: E402
from tickets.routing import websocket_urlpatterns as desk_urlpatterns  # noqa: E402

# URLRouter takes ASGI applications where Django's own type says views.
sockets = URLRouter([*websocket_urlpatterns, *desk_urlpatterns, re_path(r"", no_such_socket)])  # type: ignore[arg-type]
application = ProtocolTypeRouter(
    {"http": django_application, "websocket": OwnPagesOnly(AuthMiddlewareStack(sockets))}
)

# Beside the first requests, so that the address is up at once and no message waits for the engine's tables.
threading.Thread(target=screening.warm_up, name="warm-up", daemon=True).start()
