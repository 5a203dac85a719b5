from django.urls import path

from web.support import article_views, report_views, rule_views, team_views, views

app_name = "support"
urlpatterns = [
    path("", views.ticket_queue, name="queue"),
    path("next/", views.next_ticket, name="next"),
    path("bulk/", views.bulk, name="bulk"),
    path("views/", views.save_view, name="views"),
    path("figures/", report_views.figures_page, name="figures"),
    path("figures/tickets.csv", report_views.export, name="export"),
    path("articles/", article_views.article_list, name="articles"),
    path("articles/new/", article_views.edit, name="new_article"),
    path("articles/<slug:slug>/<slug:language>/", article_views.edit, name="article"),
    path("teams/", team_views.team_list, name="teams"),
    path("teams/new/", team_views.edit, name="new_team"),
    path("teams/<slug:code>/", team_views.edit, name="team"),
    path("teams/<slug:code>/switch/", team_views.switch, name="switch_team"),
    path("teams/<slug:code>/members/", team_views.set_member, name="team_members"),
    path("rules/", rule_views.rule_list, name="rules"),
    path("rules/new/", rule_views.edit, name="new_rule"),
    path("rules/<slug:code>/", rule_views.edit, name="rule"),
    path("rules/<slug:code>/do/<slug:what>/", rule_views.act, name="rule_act"),
    path("<str:number>/", views.ticket, name="ticket"),
    path("<str:number>/reply/", views.reply, name="reply"),
    path("<str:number>/pulse/", views.pulse, name="pulse"),
    path("<str:number>/do/<slug:what>/", views.act, name="act"),
]
