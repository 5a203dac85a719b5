import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("compliance", "0009_held_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="part_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="compliance.case",
            ),
        ),
    ]
