"""Money that threads pay in, and send to each other."""

import threading

import pytest

from examples.bank import Account, deposit, deposit_safely, transfer, transfer_safely

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


@pytest.mark.interleave(modules=["examples.bank"])
@pytest.mark.parametrize("pay_in", [deposit_safely, pytest.param(deposit, marks=BUG)])
def test_two_deposits(pay_in):
    """What two pay in is there in the end."""
    account = Account(threading.Lock(), 100)
    threads = [threading.Thread(target=pay_in, args=(account, amount)) for amount in (10, 1)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert account.balance == 111


@pytest.mark.interleave(modules=["examples.bank"])
@pytest.mark.parametrize("send", [transfer_safely, pytest.param(transfer, marks=BUG)])
def test_transfers_that_cross(send):
    """Two who pay each other are done some time, and no money is lost."""
    ann, bob = Account(threading.Lock(), 100, number=1), Account(threading.Lock(), 100, number=2)
    threads = [threading.Thread(target=send, args=(ann, bob, 30)), threading.Thread(target=send, args=(bob, ann, 10))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (ann.balance, bob.balance) == (80, 120)
