"""Pages about oneself, and about the active account: members, invitations, keys, the access log."""

from django.urls import path

from accounts.views import closing, copies, factor_rule, joining, keys, members, own, teams

app_name = "accounts"
urlpatterns = [
    path("", members.overview, name="overview"),
    path("you/", own.you, name="you"),
    path("you/close/", closing.close_sign_in, name="close-sign-in"),
    path("you/data/", own.data, name="own-data"),
    path("open/", own.open_account, name="open"),
    path("delete/", closing.delete, name="delete"),
    path("keep/", closing.keep, name="keep"),
    path("copy/", copies.copies, name="copies"),
    path("copy/<uuid:copy_id>/", copies.show, name="copy"),
    path("copy/<uuid:copy_id>/file/", copies.download, name="copy-file"),
    path("copy/<uuid:copy_id>/remove/", copies.remove, name="copy-remove"),
    path("copy/<uuid:copy_id>/go-on/", copies.go_on, name="copy-go-on"),
    path("settings/", members.settings, name="settings"),
    path("second-factor/", factor_rule.factor_rule, name="factor-rule"),
    path("invite/", members.invite, name="invite"),
    path("invitations/<uuid:invitation_id>/withdraw/", members.withdraw, name="withdraw"),
    path("members/<uuid:member_id>/role/", members.change_role, name="role"),
    path("members/<uuid:member_id>/remove/", members.remove, name="remove"),
    path("leave/", members.leave, name="leave"),
    path("teams/", teams.teams, name="teams"),
    path("teams/add/", teams.add_team, name="add-team"),
    path("teams/<uuid:team_id>/", teams.team, name="team"),
    path("teams/<uuid:team_id>/rename/", teams.rename_team, name="rename-team"),
    path("teams/<uuid:team_id>/members/add/", teams.put_in, name="put-into-team"),
    path("teams/<uuid:team_id>/members/<uuid:user_id>/remove/", teams.take_out, name="take-out-of-team"),
    path("teams/<uuid:team_id>/dissolve/", teams.dissolve_team, name="dissolve-team"),
    path("switch/<uuid:account_id>/", members.switch, name="switch"),
    path("activate/<str:token>/", joining.activate, name="activate"),
    path("join/<str:token>/", joining.join, name="join"),
    path("keys/", keys.key_list, name="keys"),
    path("keys/add/", keys.add_key, name="add-key"),
    path("keys/<uuid:key_id>/end/", keys.end_key, name="end-key"),
    path("access-log/", keys.access_log, name="access-log"),
]
