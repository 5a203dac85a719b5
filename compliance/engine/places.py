"""Places of a text, none over another: each is looked up in little time, however many there are."""

from bisect import bisect_left, insort


class Places(list[tuple[int, int]]):
    """(start, end) of disjoint places, in order.

    A list, so that the many messages without a place pay nothing for an empty one.
    """

    __slots__ = ()

    def overlaps(self, start: int, end: int) -> bool:
        """Whether a place that is known has a sign in common with this one."""
        # The last that begins before ``end`` also ends last, as none lies over another.
        at = bisect_left(self, (end, end))
        return at > 0 and self[at - 1][1] > start

    def add(self, start: int, end: int) -> None:
        """Keep a place; it must overlap none."""
        insort(self, (start, end))
