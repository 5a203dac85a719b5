from django.db import migrations

# Other apps put the same trigger on their own append-only tables. TRUNCATE stays possible: tests need it.
CREATE = """
CREATE FUNCTION parley_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION parley_refuse_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_audithead
    FOR EACH ROW EXECUTE FUNCTION parley_refuse_change();
"""
DROP = """
DROP TRIGGER audit_head_stays ON audit_audithead;
DROP TRIGGER audit_entry_append_only ON audit_auditentry;
DROP FUNCTION parley_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_trail")]
    operations = [migrations.RunSQL(CREATE, DROP)]
