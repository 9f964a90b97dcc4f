"""Accounts: functions that are handed what they share, and objects that keep it."""

from __future__ import annotations

from os import system  # noqa: F401  # what no scenario may reach through this module


class Overdrawn(Exception):
    """There is not so much."""


class Account:
    """A balance, with the lock that guards it."""

    def __init__(self, lock, balance=0):
        self.lock = lock
        self.balance = balance

    def __lt__(self, other):
        return self.balance < other.balance


def transfer(lock, log, amount):
    """Log an amount while the lock is held."""
    with lock:
        log.put(amount)
    return amount + 1


def withdraw(balance, amount):
    """Take from a variable what must be there."""
    if balance.value < amount:
        raise Overdrawn(f"{amount} is more than there is")
    balance.value -= amount


def deposit(account, amount):
    """Read, then wait for the lock, then write: an update may be lost."""
    before = account.balance
    with account.lock:
        account.balance = before + amount


def deposit_safely(account, amount):
    """Do all of it while the lock is held."""
    with account.lock:
        account.balance += amount


def balance_of(account):
    """Return what there is."""
    return account.balance


def both(first, second):
    """Take two locks, in the order they are given."""
    with first, second:
        pass


def add_one(var):
    """Add one to a variable, which is a read and a write."""
    var.value += 1


def give(value):
    """Return what was given."""
    return value


def nothing():
    """Return nothing."""


async def later():
    """Run when somebody awaits it."""


NUMBER = 3
pay = transfer
