"""A little bank, as somebody might have written it: nothing here knows of scenarios, which hand it their locks, conditions and queues."""


class Overdrawn(Exception):
    """There is not so much in the account."""


class Account:
    """A balance, and the lock that is to be held while it is touched; no two have the same number."""

    def __init__(self, lock, balance=0, number=0):
        self.lock = lock
        self.balance = balance
        self.number = number


def deposit(account, amount):
    """Put money into an account. The balance is read before the lock is held: that is the bug."""
    before = account.balance
    with account.lock:
        account.balance = before + amount


def deposit_safely(account, amount):
    """Put money into an account, holding its lock all the time."""
    with account.lock:
        account.balance += amount


def withdraw(account, amount):
    """Take money out of an account; raise Overdrawn where there is not so much."""
    with account.lock:
        if amount > account.balance:
            raise Overdrawn(f"{amount} is more than {account.balance}")
        account.balance -= amount


def balance_of(account):
    """Return what is in an account."""
    return account.balance


class Ledger:
    """A list of at most so many entries that waits when it is full, or empty; its condition guards it."""

    def __init__(self, condition, most):
        self.condition = condition
        self.most = most
        self.entries = []


def write(ledger, entries):
    """Write entries, each when there is room."""
    for entry in entries:
        with ledger.condition:
            ledger.condition.wait_for(lambda: len(ledger.entries) < ledger.most)
            ledger.entries.append(entry)
            ledger.condition.notify_all()


def read(ledger, number):
    """Read so many entries, each when there is one; return them."""
    found = []
    for _ in range(number):
        with ledger.condition:
            while not ledger.entries:
                ledger.condition.wait()
            found.append(ledger.entries.pop(0))
            ledger.condition.notify_all()
    return found


def transfer(source, target, amount):
    """Move money from one account to another, holding both locks, the source's first: two transfers that cross wait for each other."""
    with source.lock, target.lock:
        if amount > source.balance:
            raise Overdrawn(f"{amount} is more than {source.balance}")
        source.balance -= amount
        target.balance += amount


def transfer_safely(source, target, amount):
    """Move money likewise; everybody takes the lock of the lower number first."""
    first, second = sorted((source, target), key=lambda account: account.number)
    with first.lock, second.lock:
        if amount > source.balance:
            raise Overdrawn(f"{amount} is more than {source.balance}")
        source.balance -= amount
        target.balance += amount
