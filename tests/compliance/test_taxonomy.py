"""policies.yaml is complete, consistent and checked."""

import pytest

from compliance.engine.pipeline import BINDING_CUSTOMERS, thresholds
from compliance.taxonomy import TaxonomyError, all_policies, get_policy, read_policies, taxonomy_version


def test_every_policy_of_the_taxonomy_is_there():
    assert len(all_policies()) == 18
    assert get_policy("minor_safety").needs_second_person


def test_engine_and_taxonomy_agree_on_withholding_and_on_customers():
    for policy in all_policies():
        limit = thresholds().get(policy.code)
        assert policy.withhold_at == (limit.withhold if limit else None), policy.code
        assert ("customer" in policy.binds) == (policy.code in BINDING_CUSTOMERS), policy.code


@pytest.mark.parametrize(
    "change, complaint",
    [("severity: low", "severity"), ("action: warn", "action"), ("points: 3", "points")],
)
def test_a_wrong_field_is_refused_with_its_policy_named(change, complaint):
    row = (
        "policies:\n  - {code: x, title: t, covers: c, clause: l, severity: low, points: 3, action: warn, "
        "dsa_category: null, lesson: l, binds: [seller]}\n"
    )
    assert read_policies(row)[0].points_max == 3
    wrong = {"severity: low": "severity: odd", "action: warn": "action: ban", "points: 3": "points: 0"}[
        change
    ]
    with pytest.raises(TaxonomyError, match=f"x: {complaint}"):
        read_policies(row.replace(change, wrong))


def test_the_version_names_number_and_content():
    assert taxonomy_version().startswith("1-")
