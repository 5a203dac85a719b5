from django.db import migrations

# The same result as before, so the index stays. A function in plpgsql is not written into the query, and its price is
# the true one: the planner took the expression for cheap and computed it for every message instead of using the index.
PRICED = r"""
CREATE OR REPLACE FUNCTION chat_search_vector(body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 5000 AS $$
BEGIN
    RETURN pg_catalog.to_tsvector('pg_catalog.simple', pg_catalog.regexp_replace(
        pg_catalog.regexp_replace(pg_catalog.lower(body), '[^[:alnum:]]+', ' ', 'g'),
        '([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])', ' \1 ', 'g'));
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0012_rescans"),
    ]

    operations = [migrations.RunSQL(PRICED, migrations.RunSQL.noop)]
