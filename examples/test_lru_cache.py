"""Two users of a cache that is too small for both."""

import threading

import pytest

from examples.lru_cache import CountsFreely, LooksFirst, LRUCache

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


@pytest.mark.interleave(modules=["examples.lru_cache"])
@pytest.mark.parametrize("kind", [LRUCache, pytest.param(LooksFirst, marks=BUG)])
def test_get_while_another_thread_puts(kind):
    """Whoever asks for an entry has it or has nothing, also while it is thrown out."""
    cache = kind(most=1)
    cache.put("a", 1)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(cache.get("a"))), threading.Thread(target=cache.put, args=("b", 2))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert seen in ([1], [None])
    assert cache.get("b") == 2


@pytest.mark.interleave(modules=["examples.lru_cache"], preempt="access")
@pytest.mark.parametrize("kind", [LRUCache, pytest.param(CountsFreely, marks=BUG)])
def test_counts(kind):
    """Each question is counted."""
    cache = kind(most=2)
    cache.put("a", 1)
    threads = [threading.Thread(target=cache.get_or_load, args=("a", str)) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (cache.hits, cache.misses) == (2, 0)
