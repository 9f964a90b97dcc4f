"""Publish and subscribe: handlers are called, in order, with each event of a topic."""

import threading
from collections import defaultdict


class EventBus:
    """Handlers by topic; they come and go while others publish."""

    def __init__(self):
        self._handlers = defaultdict(list)
        self._lock = threading.Lock()

    def subscribe(self, topic, handler):
        """Have a handler called with events from now on; return a function that ends that."""
        with self._lock:
            self._handlers[topic].append(handler)
        return lambda: self.unsubscribe(topic, handler)

    def unsubscribe(self, topic, handler):
        """Have a handler called no more; one that is not there is none of our business."""
        with self._lock:
            if handler in self._handlers[topic]:
                self._handlers[topic].remove(handler)

    def publish(self, topic, event):
        """Call the handlers that there are; return how many. They may subscribe and publish themselves, for no lock is held."""
        with self._lock:
            handlers = list(self._handlers[topic])
        for handler in handlers:
            handler(event)
        return len(handlers)


class LiveBus(EventBus):
    """Goes through the list itself: when somebody before the current one leaves, the next one moves up and is passed over."""

    def publish(self, topic, event):
        called = 0
        for handler in self._handlers[topic]:
            handler(event)
            called += 1
        return called
