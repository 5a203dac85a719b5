import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("compliance", "0008_sent_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_kind", models.CharField(max_length=24)),
                ("subject_id", models.BigIntegerField()),
                ("fields", models.JSONField()),
                ("held_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_text",
                        to="compliance.decision",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at", None)),
                        fields=["subject_kind", "subject_id"],
                        name="held_text_now",
                    )
                ],
            },
        ),
    ]
