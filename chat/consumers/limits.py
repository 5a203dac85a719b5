"""How much one socket may send, and how far behind it may fall. Numbers are part of ``docs/websocket.md``."""

from collections import deque

FRAMES_PER_SECOND = 20.0
FRAMES_BURST = 40
COMMANDS_AT_ONCE = 64
EVENTS_UNACKED = 200
BYTES_UNACKED = 256 * 1024
REPLY_BYTES_UNACKED = 1024 * 1024


class FrameBucket:
    """20 frames a second, 40 in a burst."""

    __slots__ = ("_since", "_tokens")

    def __init__(self, now: float) -> None:
        self._tokens = float(FRAMES_BURST)
        self._since = now

    def take(self, now: float) -> bool:
        """Whether one more frame is within the limit."""
        self._tokens = min(FRAMES_BURST, self._tokens + (now - self._since) * FRAMES_PER_SECOND)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Window:
    """What was sent and not acknowledged with ``events.ack``: bounds the memory that a slow reader costs."""

    __slots__ = ("_sizes", "_unacked_bytes", "acked", "reply_bytes", "sent")

    def __init__(self) -> None:
        self.sent = self.acked = 0
        self.reply_bytes = 0
        self._sizes: deque[int] = deque()
        self._unacked_bytes = 0

    def event(self, size: int) -> bool:
        """Count one event; False if the client has fallen too far behind."""
        self.sent += 1
        self._sizes.append(size)
        self._unacked_bytes += size
        return len(self._sizes) <= EVENTS_UNACKED and self._unacked_bytes <= BYTES_UNACKED

    def reply(self, size: int) -> bool:
        self.reply_bytes += size
        return self.reply_bytes <= REPLY_BYTES_UNACKED

    def ack(self, count: int) -> bool:
        """The client has received ``count`` events in all; False if that cannot be."""
        if not self.acked <= count <= self.sent:
            return False
        for _ in range(count - self.acked):
            self._unacked_bytes -= self._sizes.popleft()
        self.acked = count
        self.reply_bytes = 0
        return True
