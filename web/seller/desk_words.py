"""Every text that the desk's scripts show by themselves, in the reader's language."""

from django.utils.translation import gettext


def desk_words() -> dict[str, str]:
    """Merged with ``web.chat_pages.client_words``; ``{name}`` and the like are filled in on the page."""
    return {
        "groupClosed": gettext("Closed"),
        "groupSpam": gettext("Spam"),
        "snoozedUntil": gettext("Snoozed until {time}"),
        "noAnswerNeeded": gettext("No response needed"),
        "choose": gettext("Choose {name}"),
        "chosen": gettext("{n} chosen"),
        "noteBy": gettext("Private note, only your team sees it"),
        "noteTo": gettext("Handed to {name}, only your team sees it"),
        "noteEdited": gettext("edited"),
        "noteChange": gettext("Change"),
        "noteDelete": gettext("Delete"),
        "noteNotSaved": gettext("The note was not saved: {reason}"),
        "isLooking": gettext("{name} is looking at this conversation"),
        "isWriting": gettext("{name} is writing in this conversation"),
        "areHere": gettext("{names} are in this conversation"),
        "overtaken": gettext(
            "{name} has answered since you began. Look at the answer before you send yours."
        ),
        "overtakenSend": gettext("Send anyway"),
        "overtakenLook": gettext("Look at it"),
        "paletteNone": gettext("Nothing with these words."),
        "paletteCount": gettext("{n} commands"),
        "goTo": gettext("Go to {view}"),
        "openChat": gettext("Open {name}"),
        "doFailed": gettext("That did not work: {reason}"),
    }
