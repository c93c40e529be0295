"""The console's own pages."""

from django.urls import path

from security.console.views import appeals, audit, cases, dashboard, sources, thresholds, watch

app_name = "console"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("you/", dashboard.you, name="you"),
    path("figures.json", watch.figures_json, name="figures"),
    path("health/", watch.queues, name="health"),
    path("actors/", watch.actors, name="actors"),
    path("actors/<slug:kind>/<uuid:actor_id>/", watch.actor, name="actor"),
    path("actors/<slug:kind>/<uuid:actor_id>/suspend/", watch.suspend, name="suspend"),
    path("suspensions/", watch.suspensions, name="suspensions"),
    path("suspensions/freeze/", watch.freeze_feature, name="freeze"),
    path("suspensions/freeze/<uuid:freeze_id>/end/", watch.thaw, name="thaw"),
    path("suspensions/<uuid:suspension_id>/", watch.one_suspension, name="suspension"),
    path("suspensions/<uuid:suspension_id>/release/", watch.release, name="release"),
    path("suspensions/<uuid:suspension_id>/withdraw/", watch.withdraw, name="withdraw"),
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<uuid:appeal_id>/", appeals.appeal, name="appeal"),
    path("appeals/<uuid:appeal_id>/answer/", appeals.answer, name="answer-appeal"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<uuid:block_id>/lift/", sources.lift, name="lift"),
    path("thresholds/", thresholds.thresholds, name="thresholds"),
    path("thresholds/<str:threshold>/", thresholds.threshold, name="threshold"),
    path("thresholds/<str:threshold>/change/", thresholds.propose, name="propose-threshold"),
    path("thresholds/<str:threshold>/tighten/", thresholds.tighten, name="tighten-threshold"),
    path("thresholds/<str:threshold>/<uuid:change_id>/", thresholds.decide, name="decide-threshold"),
    path("audit/", audit.audit, name="audit"),
    path("audit/file/", audit.audit_file, name="audit-file"),
    path("cases/", cases.own_cases, name="cases"),
    path("cases/open/", cases.open_case, name="open-case"),
    path("cases/all/", cases.all_cases, name="all-cases"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    path("cases/<uuid:case_id>/end/", cases.end_case, name="end-case"),
    path("cases/<uuid:case_id>/consent/", cases.note_consent, name="consent"),
    path("cases/<uuid:case_id>/<slug:name>/", cases.section, name="section"),
    path("cases/<uuid:case_id>/<slug:name>/<uuid:row_id>/", cases.reveal, name="reveal"),
]
