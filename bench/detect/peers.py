"""Other people's detectors, each behind one function: does this text hold what the tool looks for?"""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

Finds = Callable[[str], bool]
# What the keyword suite hides, so that a word filter is measured on its own list.
NAMES = (
    *(
        "whatsapp",
        "telegram",
        "instagram",
        "facebook",
        "wechat",
        "viber",
        "snapchat",
        "discord",
        "paypal",
        "venmo",
    ),
    *("zelle", "cash app", "western union", "bitcoin", "revolut"),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """``package`` must be importable for the peer to run; ``suites`` are the disguises it claims to
    handle."""

    package: str
    suites: tuple[str, ...]
    build: Callable[[], Finds]

    def load(self) -> Finds | None:
        """The peer's function; ``None`` where it is not installed."""
        if importlib.util.find_spec(self.package.split(".")[0]) is None:
            return None
        return self.build()


def _phonenumbers() -> Finds:
    library = importlib.import_module("phonenumbers")
    possible = library.Leniency.POSSIBLE
    return lambda text: any(True for _ in library.PhoneNumberMatcher(text, "US", leniency=possible))


def _linkify() -> Finds:
    linkify = importlib.import_module("linkify_it").LinkifyIt()
    return lambda text: bool(linkify.test(text))


def _better_profanity() -> Finds:
    library = importlib.import_module("better_profanity_rs")
    library.profanity.load_censor_words(list(NAMES))
    return lambda text: bool(library.profanity.contains_profanity(text))


def _alt_profanity_check() -> Finds:
    library = importlib.import_module("profanity_check")
    return lambda text: bool(library.predict([text])[0])


def _presidio() -> Finds:
    suffixes = importlib.import_module("tldextract.tldextract")
    suffixes.TLD_EXTRACTOR = suffixes.TLDExtract(
        suffix_list_urls=()
    )  # Else it downloads a list while measured.
    recognizers = importlib.import_module("presidio_analyzer.predefined_recognizers")
    found = [recognizers.PhoneRecognizer(), recognizers.EmailRecognizer(), recognizers.UrlRecognizer()]
    return lambda text: any(one.analyze(text, one.supported_entities, nlp_artifacts=None) for one in found)


PEERS: dict[str, Peer] = {
    "phonenumbers": Peer("phonenumbers", ("phones",), _phonenumbers),
    "linkify-it-py": Peer("linkify_it", ("links",), _linkify),
    "presidio-analyzer": Peer("presidio_analyzer", ("phones", "links"), _presidio),
    "better-profanity-rs": Peer("better_profanity_rs", ("keywords",), _better_profanity),
    "alt-profanity-check": Peer("profanity_check", (), _alt_profanity_check),
}
