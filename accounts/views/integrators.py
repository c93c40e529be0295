"""Integrators: which may act in this account, and the account's own, by which a business serves others."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from accounts import access, kept_forms, mail_limits
from accounts.integrators import services
from accounts.integrators.forms import IntegratorForm, LetForm
from accounts.integrators.models import Integrator
from accounts.mail_limits import TooMuchMail
from accounts.models import Account, Member, User
from accounts.roles import Role
from accounts.step_up import step_up
from security.marks import identity, requires
from security.permissions import Permission


@requires(Permission.KEY_MANAGE)
def integrator_list(request: HttpRequest) -> HttpResponse:
    account = _account(request)
    own = list(Integrator.objects.filter(account_id=account.pk).order_by("created_at"))
    owners = Member.objects.filter(account_id=account.pk, role=Role.OWNER)
    context = {
        "links": services.links_into(account.pk),
        "integrators": own,
        "resting": _resting(own, set(owners.values_list("user_id", flat=True)) if own else set()),
        "is_business": account.kind == Account.Kind.BUSINESS,
    }
    return render(request, "accounts/integrators/list.html", context)


def _resting(own: list[Integrator], owners: set[UUID]) -> set[UUID]:
    return {one.pk for one in own if one.made_by_id not in owners}


@requires(Permission.KEY_MANAGE)
@step_up
def let(request: HttpRequest) -> HttpResponse:
    """Ask for the link by which an integrator may act for the reader in this account."""
    form = LetForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid() and _counted(request, form):
        name = form.cleaned_data["name"]
        try:
            services.ask(name=name, account=_account(request), by=_user(request), now=timezone.now())
        except services.LinkedAlready:
            form.add_error("name", _("This integrator may act for you already. It can do so in one account only."))
        else:
            messages.success(request, _("We mailed you a link. Open it within 24 hours to let the integrator act."))
            return redirect("accounts:integrators")
    return render(request, "accounts/integrators/let.html", {"form": form}, status=_status(form))


@never_cache
@identity
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the mailed link: what the integrator would be let do, and the button that lets it."""
    user = _user(request)
    try:
        if request.method == "POST":
            services.confirm(token=token, user=user, now=timezone.now())
            messages.success(request, _("The integrator may act for you from now on."))
            return redirect("accounts:integrators")
        wish = services.find_wish(token=token, user=user, now=timezone.now())
    except services.LinkInvalid:
        return render(request, "accounts/integrators/confirm.html", {"invalid": True}, status=404)
    return render(request, "accounts/integrators/confirm.html", {"wish": wish})


@requires(Permission.KEY_MANAGE)
@step_up
def end_link(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """End a link, from either side."""
    shown = services.find_link(link_id)
    if request.method == "POST":
        services.end_link(link_id)
        messages.success(request, _("The integrator may not act there any more."))
        return redirect("accounts:integrators")
    return render(request, "accounts/integrators/end_link.html", {"link": shown})


@sensitive_variables("key")
@requires(Permission.KEY_MANAGE)
@step_up
def add(request: HttpRequest) -> HttpResponse:
    """Make an integrator of this business; its key stands on the page that answers, and nowhere again."""
    form = IntegratorForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid() and _counted(request, form):
        account, by, name = _account(request), _user(request), form.cleaned_data["name"]
        try:
            made, key = services.make(account=account, by=by, name=name, now=timezone.now(), **form.settings)
        except services.NameTaken:
            form.add_error("name", _("Another integrator is called so. Choose another name."))
        except services.OnlyBusinesses:
            form.add_error(None, _("Only a business account has integrators. Open a business account first."))
        except services.TooManyIntegrators:
            form.add_error(None, _("An account has 10 integrators at most. End one first."))
        else:
            return render(request, "accounts/integrators/key.html", {"integrator": made, "key": key})
    return render(request, "accounts/integrators/form.html", {"form": form}, status=_status(form))


@requires(Permission.KEY_MANAGE)
@step_up
def show(request: HttpRequest, integrator_id: UUID) -> HttpResponse:
    """Show one integrator: for whom it may act, and how strictly its calls are looked at."""
    integrator = access.get_integrator(integrator_id)
    form = IntegratorForm(kept_forms.typed(request), integrator=integrator)
    if request.method == "POST" and form.is_valid():
        services.change(integrator=integrator, **form.settings)
        messages.success(request, _("The integrator’s settings are saved."))
        return redirect("accounts:integrator", integrator.pk)
    context = {"integrator": integrator, "form": form, "links": services.links_of(integrator)}
    return render(request, "accounts/integrators/show.html", context)


@sensitive_variables("key")
@requires(Permission.KEY_MANAGE)
@step_up
def new_key(request: HttpRequest, integrator_id: UUID) -> HttpResponse:
    """Give an integrator another key: the old one is void at once."""
    integrator = access.get_integrator(integrator_id)
    form = Form(request.POST or None)
    if request.method == "POST" and _counted(request, form):
        key = services.new_key(integrator=integrator, by=_user(request), now=timezone.now())
        return render(request, "accounts/integrators/key.html", {"integrator": integrator, "key": key})
    context = {"integrator": integrator, "form": form}
    return render(request, "accounts/integrators/new_key.html", context, status=_status(form))


@requires(Permission.KEY_MANAGE)
@step_up
def end(request: HttpRequest, integrator_id: UUID) -> HttpResponse:
    integrator = access.get_integrator(integrator_id)
    if request.method == "POST":
        services.end(integrator)
        messages.success(request, _("The integrator is ended. Nothing can use its key any more."))
        return redirect("accounts:integrators")
    return render(request, "accounts/integrators/end.html", {"integrator": integrator})


def _counted(request: HttpRequest, form: Form) -> bool:
    """Count a change that others get a mail about; False, and it stands in the form, where there are too many."""
    try:
        mail_limits.tell(by=_user(request).pk, now=timezone.now())
    except TooMuchMail as refused:
        form.add_error(None, str(refused))
        form.is_too_much = True  # type: ignore[attr-defined]
        return False
    return True


def _status(form: Form) -> int:
    return 429 if getattr(form, "is_too_much", False) else 200


def _account(request: HttpRequest) -> Account:
    account: Account = request.account  # type: ignore[attr-defined]
    return account


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
