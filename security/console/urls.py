"""The console's own pages."""

from django.urls import path

from security.console.views import audit, cases, dashboard

app_name = "console"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("you/", dashboard.you, name="you"),
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
