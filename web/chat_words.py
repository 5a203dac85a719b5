"""Texts of the chat client beside those of the thread itself: emoji, files, notices, terms."""

from django.utils.translation import gettext


def extra_words() -> dict[str, str]:
    return {
        "close": gettext("Close"),
        "cancel": gettext("Cancel"),
        "emoji": gettext("Emoji"),
        "emojiSearch": gettext("Search emoji"),
        "emojiRecent": gettext("Recent"),
        "emojiFound": gettext("Found"),
        "emojiNone": gettext("No emoji has this name."),
        "emojiFailed": gettext("The emoji could not be loaded."),
        "emoji_smileys": gettext("Faces"),
        "emoji_people": gettext("People and hands"),
        "emoji_hearts": gettext("Hearts and parties"),
        "emoji_animals": gettext("Animals and plants"),
        "emoji_food": gettext("Food"),
        "emoji_travel": gettext("Travel and weather"),
        "emoji_objects": gettext("Things"),
        "emoji_symbols": gettext("Signs"),
        "newMessage": gettext("New message"),
        "warranty": gettext("Warranty:"),
        "terms": gettext("Terms when it was ordered"),
        "fileTooBig": gettext("{size} is too big: the limit is {limit} for this kind of file."),
        "fileEmpty": gettext("This file is empty."),
        "fileKind": gettext("This kind of file can’t be sent. Photos, PDF, MP4, WebM and text can."),
        "fileChecking": gettext("Uploaded, being checked"),
        "fileReady": gettext("Ready to send"),
        "filesTooMany": gettext("{n} files at most go with one message."),
        "fileBad": gettext("Malware was found in this file. It can’t be sent."),
        "uploadLost": gettext("The connection was lost. Try again."),
    }
