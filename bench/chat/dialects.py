"""What the three servers speak."""

import json
import uuid
from dataclasses import dataclass

from bench.chat.load import Seat

_NAMESPACE = uuid.uuid4()


def _token_of(text: str) -> str:
    return text.rsplit(" ", 1)[-1]


@dataclass(frozen=True, slots=True)
class Tutorial:
    port: int
    name: str = "tutorial"

    def greeting(self, seat: Seat) -> bytes | None:
        return None

    def message(self, seat: Seat, token: str, text: str) -> bytes:
        return json.dumps({"message": f"{text} {token}"}).encode()

    def read(self, payload: bytes) -> tuple[str, str] | None:
        return "both", _token_of(json.loads(payload)["message"])

    def receipt(self, events: int) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class Bare:
    port: int
    name: str = "bare"

    def greeting(self, seat: Seat) -> bytes | None:
        return None

    def message(self, seat: Seat, token: str, text: str) -> bytes:
        return json.dumps({"message": f"{text} {token}"}).encode()

    def read(self, payload: bytes) -> tuple[str, str] | None:
        frame = json.loads(payload)
        return ("ack" if "ack" in frame else "event"), _token_of(frame["message"])

    def receipt(self, events: int) -> bytes | None:
        return None


@dataclass(frozen=True, slots=True)
class Parley:
    """As ``docs/websocket.md`` says."""

    port: int
    name: str = "parley"

    def greeting(self, seat: Seat) -> bytes | None:
        data = {"conversations": {str(seat.place): 0}}
        return json.dumps({"type": "subscribe", "ref": "s", "data": data}).encode()

    def message(self, seat: Seat, token: str, text: str) -> bytes:
        data = {
            "conversation": seat.place,
            "client_ref": str(uuid.uuid5(_NAMESPACE, token)),
            "body": f"{text} {token}",
        }
        return json.dumps({"type": "message.send", "ref": token, "data": data}).encode()

    def read(self, payload: bytes) -> tuple[str, str] | None:
        frame = json.loads(payload)
        if frame["type"] == "ack" and "message" in frame["data"]:
            return "ack", frame["ref"]
        if frame["type"] == "change" and frame["data"]["message"]:
            return "event", _token_of(frame["data"]["message"]["body"])
        if frame["type"] == "error":
            raise RuntimeError(f"refused: {frame}")
        return None

    def receipt(self, events: int) -> bytes | None:
        return json.dumps({"type": "events.ack", "data": {"count": events}}).encode()
