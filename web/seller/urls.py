from django.urls import path

from web.seller import (
    appeal_views,
    automatic_views,
    correction_views,
    customer_views,
    desk_views,
    dispute_views,
    faq_views,
    handling_views,
    health_views,
    hours_views,
    messages_views,
    performance_views,
    policy_views,
    replies_views,
    sms_views,
    team_views,
    ticket_views,
)

app_name = "seller"
urlpatterns = [
    path("", messages_views.front, name="home"),
    path("<slug:slug>/messages/", messages_views.inbox_page, name="messages"),
    path("<slug:slug>/messages/<int:pk>/", messages_views.conversation_page, name="conversation"),
    path("<slug:slug>/messages/<int:pk>/clock/", messages_views.clock_fragment, name="clock"),
    path("<slug:slug>/messages/many/", handling_views.do_many, name="many"),
    path("<slug:slug>/messages/many/<uuid:step_id>/undo/", handling_views.undo, name="undo"),
    path("<slug:slug>/messages/<int:pk>/status/", handling_views.change_status, name="status"),
    path("<slug:slug>/messages/<int:pk>/assign/", handling_views.change_assignee, name="assign"),
    path("<slug:slug>/messages/<int:pk>/snooze/", handling_views.snooze, name="snooze"),
    path("<slug:slug>/messages/<int:pk>/no-answer/", handling_views.mark_no_answer, name="no_answer"),
    path("<slug:slug>/messages/<int:pk>/labels/", handling_views.put_labels, name="put_labels"),
    path("<slug:slug>/messages/<int:pk>/notes/", handling_views.write_note, name="note"),
    path(
        "<slug:slug>/messages/<int:pk>/notes/<int:note_id>/remove/",
        handling_views.remove_note,
        name="note_remove",
    ),
    path("<slug:slug>/messages/<int:pk>/block/", customer_views.block_customer, name="block"),
    path("<slug:slug>/messages/<int:pk>/unblock/", customer_views.unblock_customer, name="unblock"),
    path("<slug:slug>/messages/<int:pk>/mute/", customer_views.mute_customer, name="mute"),
    path("<slug:slug>/messages/<int:pk>/report/", customer_views.report_message, name="report_message"),
    path(
        "<slug:slug>/messages/<int:pk>/transcript.<str:ending>", customer_views.transcript, name="transcript"
    ),
    path("<slug:slug>/messages/search/", customer_views.search_messages, name="search"),
    path("<slug:slug>/ratings/", customer_views.ratings, name="ratings"),
    path("<slug:slug>/performance/", performance_views.performance, name="performance"),
    path("<slug:slug>/performance/sessions.csv", performance_views.performance_csv, name="performance_csv"),
    path("<slug:slug>/performance/disputes/", dispute_views.dispute_list, name="disputes"),
    path("<slug:slug>/performance/disputes/new/", dispute_views.dispute, name="dispute"),
    path(
        "<slug:slug>/performance/disputes/<str:reference>/", dispute_views.dispute_page, name="dispute_page"
    ),
    path(
        "<slug:slug>/performance/disputes/<str:reference>/withdraw/",
        dispute_views.withdraw,
        name="dispute_withdraw",
    ),
    path("<slug:slug>/settings/hours/", hours_views.hours, name="hours"),
    path("<slug:slug>/settings/hours/holiday/", hours_views.holiday_mode, name="holiday_mode"),
    path(
        "<slug:slug>/settings/hours/holiday/<int:pk>/end/", hours_views.end_holiday_mode, name="holiday_end"
    ),
    path("<slug:slug>/settings/replies/", replies_views.replies, name="replies"),
    path("<slug:slug>/settings/replies/<int:pk>/", replies_views.reply, name="reply"),
    path("<slug:slug>/settings/replies/<int:pk>/remove/", replies_views.remove, name="reply_remove"),
    path("<slug:slug>/settings/sms/", sms_views.sms, name="sms"),
    path("<slug:slug>/settings/sms/<int:pk>/take-back/", sms_views.sms_revoke, name="sms_revoke"),
    path("<slug:slug>/settings/automatic/", automatic_views.replies, name="automatic"),
    path("<slug:slug>/settings/automatic/<int:pk>/", automatic_views.reply, name="automatic_reply"),
    path("<slug:slug>/settings/automatic/<int:pk>/remove/", automatic_views.remove, name="automatic_remove"),
    path("<slug:slug>/settings/questions/", faq_views.questions, name="questions"),
    path("<slug:slug>/settings/questions/switch/", faq_views.switch, name="questions_switch"),
    path("<slug:slug>/settings/questions/<int:pk>/", faq_views.question, name="question"),
    path("<slug:slug>/settings/questions/<int:pk>/move/", faq_views.move, name="question_move"),
    path("<slug:slug>/settings/questions/<int:pk>/remove/", faq_views.remove, name="question_remove"),
    path("<slug:slug>/settings/inbox/", desk_views.desk, name="desk"),
    path("<slug:slug>/settings/inbox/assigning/", desk_views.auto_assign, name="auto_assign"),
    path("<slug:slug>/settings/inbox/labels/<int:pk>/", desk_views.label, name="label"),
    path("<slug:slug>/settings/inbox/labels/<int:pk>/remove/", desk_views.label_remove, name="label_remove"),
    path("<slug:slug>/settings/team/activity/", team_views.activity, name="team_activity"),
    path("<slug:slug>/settings/team/", team_views.team, name="team"),
    path("<slug:slug>/settings/team/<int:pk>/role/", team_views.role, name="team_role"),
    path("<slug:slug>/settings/team/<int:pk>/remove/", team_views.remove, name="team_remove"),
    path("<slug:slug>/tickets/", ticket_views.ticket_list, name="tickets"),
    path("<slug:slug>/tickets/<str:number>/", ticket_views.ticket_detail, name="ticket"),
    path("<slug:slug>/tickets/<str:number>/add/", ticket_views.ticket_add, name="ticket_add"),
    path("<slug:slug>/tickets/<str:number>/solved/", ticket_views.ticket_solved, name="ticket_solved"),
    path("<slug:slug>/health/", health_views.health, name="health"),
    path("<slug:slug>/health/violations/<int:decision_id>/", health_views.violation, name="violation"),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/correct/",
        correction_views.send_correction,
        name="correct",
    ),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/statement/",
        health_views.statement_page,
        name="statement",
    ),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/statement.json",
        health_views.statement_json,
        name="statement_json",
    ),
    path(
        "<slug:slug>/health/violations/<int:decision_id>/appeal/", appeal_views.appeal_new, name="appeal_new"
    ),
    path("<slug:slug>/health/rules/", policy_views.policies, name="policies"),
    path("<slug:slug>/health/appeals/", appeal_views.appeal_list, name="appeals"),
    path("<slug:slug>/health/appeals/<str:reference>/", appeal_views.appeal, name="appeal"),
    path(
        "<slug:slug>/health/appeals/<str:reference>/answer/", appeal_views.appeal_answer, name="appeal_answer"
    ),
    path(
        "<slug:slug>/health/appeals/<str:reference>/withdraw/",
        appeal_views.appeal_withdraw,
        name="appeal_withdraw",
    ),
]
