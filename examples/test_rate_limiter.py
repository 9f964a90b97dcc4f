"""Callers that want more than the limiter lets through."""

import threading

import pytest

from examples.rate_limiter import TokenBucket, UnlockedBucket

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


@pytest.mark.interleave(modules=["examples.rate_limiter"], preempt="access")
@pytest.mark.parametrize("kind", [TokenBucket, pytest.param(UnlockedBucket, marks=BUG)])
def test_one_token_is_for_one(kind):
    """Of two callers at once, one is let through where there is one token."""
    bucket = kind(rate=1, burst=1)
    allowed = []
    threads = [threading.Thread(target=lambda: allowed.append(bucket.try_acquire())) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(allowed) == [False, True]
