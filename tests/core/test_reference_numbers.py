import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reference_numbers import ALPHABET, compose, generate, parse

bodies = st.text(ALPHABET, min_size=8, max_size=8)


def test_a_number_looks_like_the_one_in_the_guide():
    number = generate("T")

    assert re.fullmatch(r"T-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]", number)
    assert parse(number, prefix="T") == number
    assert generate("T") != number


@pytest.mark.parametrize(
    "typed",
    [
        "t-0k1m-92qf-{check}",
        " T OKIM 92QF {check} ",
        "okim92qf{check}",
        "T–OKlM–92QF–{check}",
        "T0KLM92QF{check}",
    ],
)
def test_case_spaces_dashes_and_look_alikes_do_not_matter(typed):
    number = compose("T", "0K1M92QF")

    assert parse(typed.format(check=number[-1].lower()), prefix="T") == number


@pytest.mark.parametrize(
    "typed", ["", "T-", "T-7K3M-92QF", "T-7K3M-92QU-X", "T-7K3M-92QF-XX", "💥", "T" * 500]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="reference number"):
        parse(typed, prefix="T")


@pytest.mark.parametrize("prefix", ["", "O", "t", "T-"])
def test_a_prefix_outside_the_alphabet_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        generate(prefix)


def test_a_number_of_another_kind_is_refused():
    ticket = generate("T")

    with pytest.raises(ValueError):
        parse(ticket, prefix="A")
    with pytest.raises(ValueError, match="check character"):
        parse(ticket.removeprefix("T-"), prefix="A")


@given(bodies, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(body, position, wrong):
    characters = compose("T", body).replace("-", "")[1:]
    changed = characters[:position] + wrong + characters[position + 1 :]
    if changed != characters:
        with pytest.raises(ValueError, match="check character"):
            parse(changed, prefix="T")


@given(bodies, st.integers(0, 8), st.integers(0, 8))
def test_every_swap_of_two_characters_is_found(body, left, right):
    characters = list(compose("T", body).replace("-", "")[1:])
    swapped = characters.copy()
    swapped[left], swapped[right] = swapped[right], swapped[left]
    if swapped != characters:
        with pytest.raises(ValueError, match="check character"):
            parse("".join(swapped), prefix="T")
