"""The session rules read once more, slowly and literally, to check the clock against.

It shares no code with ``chat.response_clock``: for every message all earlier ones are looked at again, and
everything about a session is worked out anew from its whole list. Input and output are plain dicts; a message
has seq, at, who, text and the optional keys of ``PLAIN``.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LISTS = Path(__file__).parents[2] / "chat" / "wordlists"
PLAIN = {
    "file": False,
    "delivered": True,
    "spam": False,
    "platform": False,
    "hours": "open",
    "faq": False,
}


def bare(text):
    for picture in regional_and_keycap_pictures(text):
        text = text.replace(picture, "")
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    names = [(sign, unicodedata.category(sign)) for sign in text]
    left = "".join(
        sign
        for sign, kind in names
        if kind[0] not in {"P", "S"} and kind not in {"Cf", "Me"} and sign != "\ufe0f"
    )
    return " ".join(left.split())


def regional_and_keycap_pictures(text):
    """A sign that an emoji selector turns into a picture, with the selector and the keycap after it."""
    return [text[place - 1 : place + 1] for place, sign in enumerate(text) if sign == "\ufe0f" and place]


def lines_of(name):
    return {bare(line) for line in (LISTS / name).read_text(encoding="utf-8").split("\n") if line.strip()}


HELLO = lines_of("greetings.txt")
THANKS = lines_of("courtesies.txt")


def seconds(later, earlier):
    return (later["at"].astimezone(UTC) - earlier["at"].astimezone(UTC)).total_seconds()


def answers(message):
    return message["file"] or (bare(message["text"]) not in HELLO and bare(message["text"]) != "")


def answer_in(session):
    """The first meaningful message of a shop person after a customer's; none where the shop began."""
    if session[0]["who"] == "member":
        return None
    for place, message in enumerate(session):
        asked = any(earlier["who"] == "customer" for earlier in session[:place])
        if message["who"] == "member" and asked and answers(message):
            return message
    return None


def own_reason(message):
    if message["spam"]:
        return "spam"
    if message["platform"]:
        return "platform_handled"
    return {"open": None, "holiday_mode": "holiday_mode", "outside_hours": "outside_hours"}[message["hours"]]


def clock_in(session):
    """The first counted customer message, unless the shop opened the session or had answered before."""
    if session[0]["who"] == "member":
        return None
    answer = answer_in(session)
    for message in session:
        if answer is not None and message["seq"] > answer["seq"]:
            return None
        if message["who"] == "customer" and own_reason(message) is None:
            return message
    return None


def due(clock, zone):
    local = clock["at"].astimezone(zone)
    if clock["faq"] and local.strftime("%a") in ("Sat", "Sun"):
        monday = local.date()
        while monday.strftime("%a") != "Mon":
            monday += timedelta(days=1)
        return datetime(monday.year, monday.month, monday.day, 12, tzinfo=zone).astimezone(UTC)
    return clock["at"].astimezone(UTC) + timedelta(seconds=86_400)


def split(messages, events):
    """Each delivered message of the two sides goes to the session before it or starts a new one."""
    sessions, resolved = [], []
    for message in messages:
        if not message["delivered"] or message["who"] not in ("customer", "member"):
            continue
        for event in [event for event in events if event["after_seq"] < message["seq"]]:
            events = [other for other in events if other is not event]
            if event["kind"] != "resolved" or not sessions:
                continue
            session = sessions[-1]
            may_close = reason_of(session, sessions) is not None or answer_in(session) is not None
            if session[0]["who"] == "customer" and may_close:
                resolved.append(id(session))
        if sessions and joins(message, sessions[-1], id(sessions[-1]) in resolved):
            sessions[-1].append(message)
        else:
            sessions.append([message])
    return sessions


def joins(message, session, is_resolved):
    first, last = session[0], session[-1]
    if first["who"] == "member":
        return seconds(message, first) < 86_400
    limit = 86_400 if last["who"] == "member" else 259_200
    if seconds(message, last) < limit and not is_resolved:
        return True
    return message["who"] == "member" and answer_in(session) is None


def reason_of(session, sessions):
    if session[0]["who"] == "member":
        return "seller_initiated"
    if is_courtesy(session, sessions):
        return "courtesy"
    return own_reason(session[0]) if clock_in(session) is None else None


def is_courtesy(session, sessions):
    asked = [message for message in session if message["who"] == "customer"]
    if not all(bare(message["text"]) in THANKS and not message["file"] for message in asked):
        return False
    before = [
        message
        for other in sessions
        for message in other
        if message["seq"] < session[0]["seq"] and message["who"] == "member"
    ]
    return bool(before) and seconds(session[0], max(before, key=lambda message: message["seq"])) <= 604_800


def slow_ledger(messages, *, at, zone=ZoneInfo("UTC"), events=()):
    messages = sorted(({**PLAIN, **message} for message in messages), key=lambda message: message["seq"])
    sessions = split(messages, list(events))
    return [line(session, sessions, at, zone) for session in sessions]


def line(session, sessions, at, zone):
    clock, answer = clock_in(session), answer_in(session)
    reason = reason_of(session, sessions)
    deadline = due(clock, zone) if clock else None
    if reason:
        verdict = "excluded"
    elif answer:
        verdict = "in_time" if answer["at"].astimezone(UTC) <= deadline else "late"
    else:
        verdict = "missed" if at > deadline else "open"
    return {
        "opened_at": session[0]["at"].astimezone(UTC),
        "clock_started_at": None if reason else clock["at"].astimezone(UTC),
        "deadline": None if reason else deadline,
        "answered_at": answer["at"].astimezone(UTC) if answer else None,
        "verdict": verdict,
        "reason": reason,
    }
