"""Teams of an account: every member sees them, owners and managers make them and say who is in them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, kept_forms
from accounts.models import Account, Member
from accounts.teams import services
from accounts.teams.forms import PutInForm, TeamForm
from accounts.teams.models import Team, TeamMember
from security import scope
from security.marks import requires
from security.permissions import Permission
from security.refusals import NotFound

form_page = require_http_methods(["GET", "HEAD", "POST"])


@requires(Permission.MEMBER_VIEW)
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    """List the account's teams by name, with how many are in each."""
    _require_business(request)
    found = sorted(Team.objects.annotate(size=Count("members")), key=lambda team: team.name.casefold())
    return render(request, "accounts/teams.html", {"teams": found})


@requires(Permission.MEMBER_MANAGE)
@form_page
def add_team(request: HttpRequest) -> HttpResponse:
    _require_business(request)
    form = TeamForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            team = services.create_team(name=form.cleaned_data["name"], now=timezone.now())
        except services.InvalidTeam as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The team has been made. Now say who is in it."))
            return redirect("accounts:team", team.pk)
    return render(request, "accounts/team_form.html", {"form": form, "team": None})


@requires(Permission.MEMBER_VIEW)
@require_safe
def team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Show who is in a team, and what it may open of that which the reader manages."""
    return _team_page(request, access.get_team(team_id))


@requires(Permission.MEMBER_MANAGE)
@form_page
def rename_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    found = access.get_team(team_id)
    form = TeamForm(kept_forms.typed(request), initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_team(team=found, name=form.cleaned_data["name"])
        except services.InvalidTeam as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The team has its new name."))
            return redirect("accounts:team", found.pk)
    return render(request, "accounts/team_form.html", {"form": form, "team": found})


@requires(Permission.MEMBER_MANAGE)
@require_POST
def put_in(request: HttpRequest, team_id: UUID) -> HttpResponse:
    found = access.get_team(team_id, lock=True)
    form = PutInForm(request.POST, outside=_outside(found))
    if not form.is_valid():
        return _team_page(request, found, form=form)
    count = services.put_in(team=found, members=form.chosen, now=timezone.now())
    said = ngettext(
        "%(count)d person has been put into the team.", "%(count)d people have been put into the team.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("accounts:team", found.pk)


@requires(Permission.MEMBER_MANAGE)
@require_POST
def take_out(request: HttpRequest, team_id: UUID, user_id: UUID) -> HttpResponse:
    found = access.get_team(team_id, lock=True)
    if services.take_out(team=found, user_id=user_id):
        said = _("They have been taken out of the team, and can no longer open what only the team may.")
        messages.success(request, said)
    else:
        messages.info(request, _("They are not in this team."))
    return redirect("accounts:team", found.pk)


@requires(Permission.MEMBER_MANAGE)
@form_page
def dissolve_team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    found = access.get_team(team_id, lock=request.method == "POST")
    if request.method == "POST":
        services.dissolve_team(team=found)
        messages.success(request, _("The team is dissolved."))
        return redirect("accounts:teams")
    size = TeamMember.objects.filter(team=found).count()
    return render(request, "accounts/dissolve_team.html", {"team": found, "size": size, "opens": _opens(found)})


def _team_page(request: HttpRequest, found: Team, *, form: PutInForm | None = None) -> HttpResponse:
    typed = kept_forms.typed_at(request, kept_forms.name_of("accounts:put-into-team", team_id=found.pk))
    context = {
        "team": found,
        "inside": TeamMember.objects.filter(team=found).select_related("user").order_by("joined_at", "pk"),
        "opens": _opens(found),
    }
    if scope.get().may(Permission.MEMBER_MANAGE):
        context["form"] = form or PutInForm(typed, outside=_outside(found))
    return render(request, "accounts/team.html", context)


def _opens(found: Team) -> list[services.Opened]:
    return [opened for ask in services.opens for opened in ask(found)]


def _outside(found: Team) -> list[Member]:
    inside = TeamMember.objects.filter(team=found).values("user_id")
    members = Member.objects.filter(account_id=scope.current().account).exclude(user_id__in=inside)
    return list(members.select_related("user").order_by("joined_at", "pk"))


def _require_business(request: HttpRequest) -> None:
    account: Account = request.account  # type: ignore[attr-defined]
    if account.kind != Account.Kind.BUSINESS:
        raise NotFound
