"""The ASGI application: sockets through Channels, plain HTTP through the WSGI handler.

Django's own ASGI handler costs two thirds of the requests per second (a thread context per request).
"""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application as wsgi_application  # isort: skip  (sets Django up)

from channels.routing import ProtocolTypeRouter
from django.urls import get_resolver

from config.http import WholeAnswers
from notifications.live.routing import websocket_application

HTTP_THREADS = int(os.environ.get("BENCHSHARE_THREADS", "8"))

application = ProtocolTypeRouter(
    {
        "http": WholeAnswers(wsgi_application, workers=HTTP_THREADS),
        "websocket": websocket_application,
    }
)

# Every page and endpoint is imported now: done by the first request, it would keep that one waiting for seconds.
_ = get_resolver().url_patterns

# What the start has loaded stays for good. Looking through it again and again took a tenth of each request's time.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 20)
