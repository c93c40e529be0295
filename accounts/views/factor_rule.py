"""Whether an account asks a second factor of all its members, and who has none yet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import factor_rules, kept_forms
from accounts.forms import FactorRuleForm
from accounts.models import Account, Member, User
from accounts.step_up import step_up
from security import scope
from security.marks import requires
from security.permissions import Permission
from security.refusals import NotFound


@requires(Permission.ACCOUNT_MANAGE)
@step_up
def factor_rule(request: HttpRequest) -> HttpResponse:
    """Ask for a second factor from a day on, or not any more. Raises NotFound for a personal account."""
    account: Account = request.account  # type: ignore[attr-defined]
    if account.kind != Account.Kind.BUSINESS:
        raise NotFound
    form = FactorRuleForm(kept_forms.typed(request), initial={"required": account.factor_required_from is not None})
    if request.method == "POST" and form.is_valid() and _save(request, account, form):
        return redirect("accounts:factor-rule")
    members = list(
        Member.objects.filter(account_id=scope.current().account).select_related("user").order_by("joined_at")
    )
    lacking = factor_rules.lacking(member.user_id for member in members)
    listed = [(member, member.user_id not in lacking) for member in members]
    return render(
        request,
        "accounts/factor_rule.html",
        {"form": form, "listed": listed, "starts_at": account.factor_required_from},
    )


def _save(request: HttpRequest, account: Account, form: FactorRuleForm) -> bool:
    assert isinstance(request.user, User)
    if not form.cleaned_data["required"]:
        factor_rules.stop_requiring(account=account)
        messages.success(request, _("A second factor is not asked for any more."))
        return True
    try:
        factor_rules.require(account=account, by=request.user, starts_at=timezone.now() + form.grace)
    except factor_rules.OwnFactorFirst:
        form.add_error("required", _("Set up a second factor of your own first."))
        return False
    messages.success(request, _("All members are asked for a second factor. We told them by mail."))
    return True
