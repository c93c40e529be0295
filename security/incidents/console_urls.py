"""Incidents in the staff console."""

from django.urls import path

from security.incidents import console_views as views

app_name = "incidents"
urlpatterns = [
    path("", views.incident_list, name="incidents"),
    path("open/", views.open_incident, name="open"),
    path("<int:incident_number>/", views.incident, name="incident"),
    path("<int:incident_number>/move/", views.move, name="move"),
    path("<int:incident_number>/suspend/", views.suspend, name="suspend"),
    path("<int:incident_number>/sessions/end/", views.end_sessions, name="end-sessions"),
    path("<int:incident_number>/freeze/", views.freeze_feature, name="freeze"),
    path("<int:incident_number>/block/", views.block_source, name="block"),
    path("<int:incident_number>/note/", views.note, name="note"),
    path("<int:incident_number>/reach/", views.change_reach, name="reach"),
    path("<int:incident_number>/report/", views.make_report, name="make-report"),
    path("<int:incident_number>/reports/<int:version>/", views.report_file, name="report"),
    path("<int:incident_number>/reports/<int:version>/csv/", views.report_csv, name="report-csv"),
    path("<int:incident_number>/reports/<int:version>/document/", views.report_document, name="report-document"),
    path("<int:incident_number>/evidence/", views.ask_evidence, name="ask-evidence"),
    path("<int:incident_number>/evidence/<int:bundle_version>/", views.evidence, name="evidence"),
    path("<int:incident_number>/evidence/<int:bundle_version>/file/", views.evidence_file, name="evidence-file"),
    path("<int:incident_number>/notices/", views.draft_notices, name="draft"),
    path("<int:incident_number>/notices/<uuid:run_id>/", views.run, name="run"),
    path("<int:incident_number>/notices/<uuid:run_id>/texts/", views.texts, name="texts"),
    path("<int:incident_number>/notices/<uuid:run_id>/act/", views.act, name="act"),
    path("<int:incident_number>/form/", views.form, name="form"),
    path("<int:incident_number>/form/document/", views.form_document, name="document"),
    path("<int:incident_number>/reported/", views.reported, name="reported"),
]
