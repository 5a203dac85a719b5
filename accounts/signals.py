"""Facts that accounts announces upwards."""

from django.dispatch import Signal

# user_id: the person's data must go or be made anonymous everywhere.
user_erased = Signal()
