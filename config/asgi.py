"""The ASGI application: sockets through Channels, plain HTTP through the WSGI handler.

Django's own ASGI handler costs two thirds of the requests per second (a thread context per request).
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application as wsgi_application  # isort: skip  (sets Django up)

from channels.routing import ProtocolTypeRouter

from config.http import WholeAnswers
from notifications.live.routing import websocket_application

HTTP_THREADS = int(os.environ.get("BENCHSHARE_THREADS", "8"))

application = ProtocolTypeRouter(
    {
        "http": WholeAnswers(wsgi_application, workers=HTTP_THREADS),  # type: ignore[arg-type]  # narrower than WSGI
        "websocket": websocket_application,
    }
)
