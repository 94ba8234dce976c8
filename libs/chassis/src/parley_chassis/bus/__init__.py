"""The bus: inboxes, deliveries, announcements. On RabbitMQ, or within one process; the same tests hold both."""

from .opening import open_bus
from .port import Bus, BusDown, Consumer, Delivery, Inbox, NoSuchInbox, TooLarge

__all__ = ["Bus", "BusDown", "Consumer", "Delivery", "Inbox", "NoSuchInbox", "TooLarge", "open_bus"]
