from django.db import migrations

APPEND_ONLY = [
    "policyversion",
    "enforcementscheme",
    "decision",
    "statement",
    "pointsentry",
    "caseevent",
    "appealevent",
]

CREATE = "".join(
    f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON compliance_{name} "
    "FOR EACH ROW EXECUTE FUNCTION parley_refuse_change();\n"
    for name in APPEND_ONLY
)
DROP = "".join(f"DROP TRIGGER {name}_append_only ON compliance_{name};\n" for name in APPEND_ONLY)

# Evidence is frozen with its case; only an erasure, which says so, may replace it.
FREEZE = """
CREATE TRIGGER case_evidence_frozen BEFORE UPDATE OF evidence ON compliance_case FOR EACH ROW
    WHEN (OLD.evidence IS DISTINCT FROM NEW.evidence AND NOT (NEW.evidence ? 'erased_at'))
    EXECUTE FUNCTION parley_refuse_change();
CREATE TRIGGER case_stays BEFORE DELETE ON compliance_case
    FOR EACH ROW EXECUTE FUNCTION parley_refuse_change();
"""
UNFREEZE = """
DROP TRIGGER case_stays ON compliance_case;
DROP TRIGGER case_evidence_frozen ON compliance_case;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refuse_change"), ("compliance", "0001_cases_to_appeals")]
    operations = [migrations.RunSQL(CREATE + FREEZE, UNFREEZE + DROP)]
