"""Socket addresses."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path, re_path

from notifications.live.consumers import AvailabilityConsumer, UnknownAddressConsumer

websocket_application = AuthMiddlewareStack(
    URLRouter(
        [
            path("ws/availability", AvailabilityConsumer.as_asgi()),
            re_path("", UnknownAddressConsumer.as_asgi()),
        ]
    )
)
