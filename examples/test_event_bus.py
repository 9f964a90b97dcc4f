"""Handlers that leave while an event is on its way."""

import queue
import threading

import pytest

from examples.event_bus import EventBus, LiveBus

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


@pytest.mark.interleave(modules=["examples.event_bus"], preempt="access")
@pytest.mark.parametrize("kind", [EventBus, pytest.param(LiveBus, marks=BUG)])
def test_who_stays_gets_every_event(kind):
    """Somebody unsubscribes while an event is published: all the others have it."""
    bus = kind()
    leaves, stays = queue.Queue(), queue.Queue()
    unsubscribe = bus.subscribe("orders", leaves.put)
    bus.subscribe("orders", stays.put)
    threads = [threading.Thread(target=bus.publish, args=("orders", 1)), threading.Thread(target=unsubscribe)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert stays.qsize() == 1
