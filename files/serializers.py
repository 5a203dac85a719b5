"""The JSON shape of uploads."""

from rest_framework import serializers

from files.access import seen_state
from files.models import Upload


class UploadInput(serializers.Serializer):
    file = serializers.FileField()
    purpose = serializers.ChoiceField(choices=Upload.Purpose.choices)


class UploadOutput(serializers.Serializer):
    """``url`` is a signed path for this reader, or null while the file waits for its scan or is held back."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    state = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_state(self, upload: Upload) -> str:
        return seen_state(upload, is_whole=self.context["is_whole"])

    def get_url(self, upload: Upload) -> str | None:
        return self.context["path_of"](upload) if self.get_state(upload) == Upload.State.CLEAN else None
