from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from compliance import receivers  # noqa: F401
        from compliance.access import may_read_appeal_file
        from files.access import let_read

        let_read("appeal", may_read_appeal_file)
