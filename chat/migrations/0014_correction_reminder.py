from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0013_search_vector_has_its_price"),
    ]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="reminded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
