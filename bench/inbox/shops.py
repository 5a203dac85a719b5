"""Two shops that differ in size only, filled by the database itself. Import after ``django.setup()``."""

from django.db import connection, transaction

from accounts.models import User
from chat.models import Label
from shops.models import Shop, ShopMember

AGENTS = 4

# Each conversation has a customer, two or three messages, a session, and often a receipt of the first agent.
# Of a hundred: 40 resolved, 8 spam, 8 snoozed, 44 open; of the open ones half wait with a running clock, a
# quarter of these overdue and a quarter due soon. So every view fills a page at either size.
_FILL = """
WITH numbers AS (
    SELECT n, n %% 100 AS part, n / 4 %% 2 = 0 AS waits,
           now() - (ARRAY[30, 23, 5, 1])[1 + n %% 4] * interval '1 hour' - n * interval '10 ms' AS at
    FROM generate_series(1, %(size)s) n
), people AS (
    INSERT INTO accounts_user (password, is_superuser, email, display_name, time_zone, language, is_active,
                               is_staff, created_at)
    SELECT '', false, %(slug)s || '-' || n || '@bench.invalid', 'Customer ' || n, 'UTC', 'en', true, false,
           now()
    FROM numbers RETURNING id, split_part(split_part(email, '@', 1), %(slug)s || '-', 2)::int AS n
)
INSERT INTO chat_conversation (customer_id, shop_id, origin, status, handled_by, assigned_to_id, last_seq,
                               change_no, changed_at, last_message_at, last_preview, waiting_since, due_at,
                               snoozed_until, created_at)
SELECT people.id, %(shop)s, 'live',
       CASE WHEN part < 40 THEN 'resolved' WHEN part < 48 THEN 'spam' ELSE 'open' END, 'shop',
       CASE WHEN n %% 3 = 0 THEN NULL ELSE (%(agents)s::bigint[])[1 + n / 7 %% 4] END,
       2 + n %% 2, 2 + n %% 2, at, at, 'When does my parcel come, number ' || n || '?',
       CASE WHEN waits AND part >= 48 THEN at END,
       CASE WHEN waits AND part >= 48 THEN at + interval '24 hours' END,
       CASE WHEN part >= 92 THEN now() + interval '1 day' END, at
FROM people JOIN numbers USING (n);
"""
_MESSAGES = """
INSERT INTO chat_message (conversation_id, seq, change_no, author_id, author_kind, body, body_hash, state,
                          mask_spans, attachment_count, is_imported, created_at)
SELECT c.id, seq, seq, CASE WHEN seq = 2 THEN (%(agents)s::bigint[])[1] ELSE c.customer_id END,
       CASE WHEN seq = 2 THEN 'member' ELSE 'customer' END, 'When does my parcel come?', '', 'visible',
       '[]', 0, false, c.last_message_at - (3 - seq) * interval '1 second'
FROM chat_conversation c, generate_series(1, c.last_seq) seq WHERE c.shop_id = %(shop)s;
"""
_SESSIONS = """
INSERT INTO chat_session (conversation_id, shop_id, first_seq, last_seq, opened_at, last_message_at,
                          clock_started_at, deadline, answered_at, answered_seq, reason, is_provisional,
                          counted_at, pack_code, pack_version, draft)
SELECT id, shop_id, 1, last_seq, last_message_at, last_message_at, last_message_at,
       last_message_at + interval '24 hours', CASE WHEN due_at IS NULL THEN last_message_at END,
       CASE WHEN due_at IS NULL THEN 2 END, '', false, '{}', 'bench', 1, '{}'
FROM chat_conversation WHERE shop_id = %(shop)s;
"""
_RECEIPTS = """
INSERT INTO chat_receipt (conversation_id, user_id, delivered_seq, read_seq, updated_at)
SELECT id, (%(agents)s::bigint[])[1], last_seq, CASE WHEN id %% 5 = 0 THEN 1 ELSE last_seq END, now()
FROM chat_conversation WHERE shop_id = %(shop)s AND id %% 20 <> 0;
"""
_LABELS = """
INSERT INTO chat_conversationlabel (conversation_id, label_id, put_at)
SELECT id, (%(labels)s::bigint[])[1 + id %% 4], now()
FROM chat_conversation WHERE shop_id = %(shop)s AND id %% 3 = 0;
"""


def fill(slug: str, size: int) -> tuple[Shop, User]:
    """A shop with so many conversations, and the first of its agents."""
    with transaction.atomic():
        shop = Shop.objects.create(slug=slug, name=slug)
        people = [
            User.objects.create(email=f"{slug}-agent-{n}@bench.invalid", display_name=f"Agent {n}")
            for n in range(AGENTS)
        ]
        ShopMember.objects.bulk_create(ShopMember(shop=shop, user=user, role="agent") for user in people)
        labels = [Label.objects.create(shop=shop, name=f"Label {n}") for n in range(4)]
        values = {
            "slug": slug,
            "size": size,
            "shop": shop.pk,
            "agents": [user.pk for user in people],
            "labels": [label.pk for label in labels],
        }
        with connection.cursor() as cursor:
            for statement in (_FILL, _MESSAGES, _SESSIONS, _RECEIPTS, _LABELS):
                cursor.execute(statement, values)
    return shop, people[0]


def settle() -> None:
    """Statistics and visibility as a database that has run for a while has them."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
