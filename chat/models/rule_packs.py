"""Rule packs: how a response rate is computed and judged, as versioned data."""

from django.db import models


class RulePackVersion(models.Model):
    """One version of a pack, from ``chat/rule_packs.yaml``. Never edited once it has been in force."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    title = models.CharField(max_length=120)
    evidence = models.CharField(max_length=200)
    clock = models.JSONField()  # Read by chat.response_clock.clock_rules_from.
    judging = models.JSONField()  # Read by metrics.definitions.judging_rules_from.

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="chat_pack_version_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class ShopRulePack(models.Model):
    """A shop follows this pack from then on. Without a row its kind decides."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="rule_packs")
    code = models.SlugField(max_length=40)
    effective_from = models.DateTimeField()
    set_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "effective_from"], name="chat_shop_pack_once_per_time"),
        ]

    def __str__(self) -> str:
        return f"{self.shop} follows {self.code}"
