"""The JSON shape of uploads."""

from rest_framework import serializers

from files.models import Upload


class UploadInput(serializers.Serializer):
    file = serializers.FileField()
    purpose = serializers.ChoiceField(choices=Upload.Purpose.choices)


class UploadOutput(serializers.Serializer):
    """``url`` is a signed path for this reader, or null while the file waits for its scan."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, upload: Upload) -> str | None:
        return self.context["path_of"](upload) if upload.is_clean else None
