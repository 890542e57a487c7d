"""Socket addresses."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path

from notifications.live.consumers import AvailabilityConsumer

websocket_application = AuthMiddlewareStack(URLRouter([path("ws/availability", AvailabilityConsumer.as_asgi())]))
