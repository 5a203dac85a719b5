"""Where two messages meet: what costly detectors are spared, and that they lose nothing by it."""

import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.detectors.links import suffixes
from compliance.engine.pipeline import scan_batch
from compliance.engine.traits import may_be_figure, may_be_host
from compliance.engine.window import joined_reading, may_cross

# Words too long for the weighing of hosts; with a plain dot they are read all the same.
_LONGEST_ENDING = 12


def _after(before, text):
    return text, Context(history=(Turn("seller", before),))


def _crossing(before, text, detector):
    reading, seam = joined_reading(*_after(before, text))
    return may_cross(detector, reading, seam, frozenset())


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("my page is mellow-mug.", "shop and there you order"),
        ("write to anna", "at velvetmoth dot com"),
        ("look at mellowmug", "dot com"),
        ("my site: mellowmug.", "Com"),
        ("call 212 555", "0147 after six"),
        ("call two one two five five five", "zero one four seven"),
        ("add me on tele", "gr4m please"),
    ],
)
def test_what_two_messages_hold_together_is_found(before, text):
    (result,) = scan_batch([_after(before, text)], use_models=False)
    assert "contact_redirect" in {finding.policy for finding in result.findings}


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (
            "It is two years on the linen shirt, as the product page says.",
            "You are welcome, have a nice day!",
        ),
        ("Order 1571 0314 left us on time, the carrier shows it for Monday.", "Thanks, it is on the shelf."),
    ],
)
def test_the_end_of_a_sentence_is_no_dot_of_a_host(before, text):
    reading, seam = joined_reading(*_after(before, text))
    assert reading.text[seam - 2 : seam] == ". "
    assert not _crossing(before, text, "links")
    assert not _crossing(before, text, "phones")


def test_every_ending_of_a_host_is_noticed_behind_a_full_stop():
    endings = [ending for ending in suffixes() if len(ending) <= _LONGEST_ENDING]
    assert [one for one in endings if not may_be_host(f"says.{one}", between_sentences=True)] == []


@pytest.mark.parametrize("word", ["5", "five", "o", "I.".lower(), "v-i", "c1nco", "siete"])
def test_a_piece_of_a_number_is_noticed(word):
    assert may_be_figure(word)


@pytest.mark.parametrize("word", ["a", "y", "page", "l'etiquette"])
def test_other_words_are_no_piece_of_a_number(word):
    assert not may_be_figure(word)


def test_contact_found_already_is_not_looked_for_again():
    reading, seam = joined_reading(*_after("call 212 555", "0147"))
    assert not may_cross("phones", reading, seam, frozenset({"contact_redirect"}))
    assert may_cross("phrases", reading, seam, frozenset({"contact_redirect"}))
