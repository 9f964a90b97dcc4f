"""Let `datetime.now()` and `date.today()` be the virtual clock's.

The classes are subclasses that stand in the module's place for those in C. What C code makes is of the latter, and counts as theirs all the
same: the two are told apart by nothing but identity.
"""

from __future__ import annotations

from typing import Any


def patch(datetime: Any, time: Any) -> None:
    """Put such classes into the module, with a clock of `time`."""
    real_date, real_datetime = datetime.date, datetime.datetime

    class OfDate(type):
        def __instancecheck__(cls, thing: Any) -> bool:
            return isinstance(thing, real_date) if cls is date else type.__instancecheck__(cls, thing)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, real_date) if cls is date else type.__subclasscheck__(cls, kind)

    class OfDatetime(type):
        def __instancecheck__(cls, thing: Any) -> bool:
            return isinstance(thing, real_datetime) if cls is moment else type.__instancecheck__(cls, thing)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, real_datetime) if cls is moment else type.__subclasscheck__(cls, kind)

    class date(real_date, metaclass=OfDate):  # type: ignore[misc, valid-type]  # noqa: N801
        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(time.time())

        def __repr__(self) -> str:
            return _repr(self, date, real_date)

    class moment(real_datetime, metaclass=OfDatetime):  # type: ignore[misc, valid-type]  # noqa: N801
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls) -> Any:
            return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

        def date(self) -> Any:
            return date(self.year, self.month, self.day)

        def __repr__(self) -> str:
            return _repr(self, moment, real_datetime)

    for own, real, name in ((date, real_date, "date"), (moment, real_datetime, "datetime")):
        own.__name__ = own.__qualname__ = name
        own.__module__, own.__doc__ = "datetime", real.__doc__
        own.min, own.max = own(1, 1, 1), _last(own, real.max)
        setattr(datetime, name, own)


def _repr(thing: Any, own: type, real: Any) -> str:
    """Write an instance as the class in C does, which knows its module."""
    text: str = real.__repr__(thing)
    return f"datetime.{text}" if type(thing) is own else text


def _last(own: Any, last: Any) -> Any:
    time = (last.hour, last.minute, last.second, last.microsecond) if hasattr(last, "hour") else ()
    return own(last.year, last.month, last.day, *time)
