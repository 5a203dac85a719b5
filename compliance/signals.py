"""Facts that compliance announces upwards. Ids and plain values only; sent inside the transaction."""

from django.dispatch import Signal

# subject_kind, subject_id, mode ("mask" | "withhold"), spans ([[start, end]], code points): hide it.
content_hidden = Signal()
# subject_kind, subject_id: show it again, whole.
content_restored = Signal()
# shop_id, kinds (list of restriction kinds now running): something was imposed, began, ended or was lifted.
restriction_changed = Signal()
# case_id, subject_kind, subject_id, shop_id, conversation_id, author_kind, source.
case_opened = Signal()
# The same and outcome ("upheld" | "dismissed" | "overturned" | "reopened"), policy_code ("" unless upheld).
case_settled = Signal()
# decision_id, reversal_id, source (of the decision that fell), shop_id, subject_kind, subject_id.
decision_reversed = Signal()
# appeal_id, reference, decision_id, shop_id, status, door.
appeal_changed = Signal()
