"""Facts that shops announces upwards."""

from django.dispatch import Signal

# user_id, shop_id: this person may no longer act for this shop; open sockets must close.
access_revoked = Signal()
# shop_id: the shop was closed for good.
shop_closed = Signal()
