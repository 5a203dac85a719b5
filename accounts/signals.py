"""Facts that accounts announces upwards."""

from django.dispatch import Signal

# user_id, holds (a list to add words to): may this person's data go now? "open_shop" refuses, others hold it.
erasure_considered = Signal()
# user_id: the person's data must go or be made anonymous everywhere.
user_erased = Signal()
