"""How texts of different length are put together for one run of a network."""

from itertools import combinations

import pytest

from compliance.engine.models.packing import batches


def _cost(parts, lengths, start_cost):
    return sum(start_cost + len(part) * max(lengths[at] for at in part) for part in parts)


def test_short_texts_do_not_pay_for_a_long_one():
    lengths = [20, 90, 22, 21, 19]

    parts = batches(lengths, most_texts=32, most_pieces=2_048, start_cost=15)

    assert sorted(map(sorted, parts)) == [[0, 2, 3, 4], [1]]


def test_texts_of_nearly_one_length_share_a_run():
    assert len(batches([20, 22, 21, 20], most_texts=32, most_pieces=2_048, start_cost=15)) == 1


@pytest.mark.parametrize("lengths", [[], [7], [3, 1, 4, 1, 5, 9, 2, 6], [50] * 40, [5, 500, 5, 499, 6]])
def test_every_text_is_in_one_batch_within_bounds(lengths):
    parts = batches(lengths, most_texts=8, most_pieces=100, start_cost=4)

    assert sorted(at for part in parts for at in part) == list(range(len(lengths)))
    for part in parts:
        assert len(part) <= 8
        assert len(part) == 1 or len(part) * max(lengths[at] for at in part) <= 100


def test_no_other_parting_in_order_of_length_costs_less():
    lengths = [12, 40, 13, 90, 41, 15, 38, 88]
    ordered = sorted(lengths)

    found = _cost(batches(lengths, most_texts=32, most_pieces=2_048, start_cost=15), lengths, 15)

    every = (
        [list(range(a, b)) for a, b in zip((0, *cuts), (*cuts, 8), strict=True)]
        for count in range(8)
        for cuts in combinations(range(1, 8), count)
    )
    assert found == min(_cost(parts, ordered, 15) for parts in every)
