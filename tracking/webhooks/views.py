"""Pages of webhooks, beside the API keys: where an account is told of its shipments, and what it was told."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import kept_forms
from accounts.mail_limits import TooMuchMail
from accounts.step_up import step_up
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission
from tracking.webhooks import access, selectors, services
from tracking.webhooks.forms import ChangeForm, WebhookForm
from tracking.webhooks.models import Webhook
from tracking.webhooks.words import not_on, too_many, too_often

FORM = "tracking/webhooks/form.html"


@requires(Permission.WEBHOOK_MANAGE)
@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the account's webhooks; there are few."""
    page = selectors.webhook_page(size=services.MOST)
    return render(
        request, "tracking/webhooks/list.html", {"webhooks": page.rows, "may_add": len(page.rows) < services.MOST}
    )


@requires(Permission.WEBHOOK_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Make a webhook; its secret stands on the page that answers, and nowhere again."""
    form = WebhookForm(kept_forms.typed(request))
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    try:
        webhook = services.make(**form.cleaned_data, now=timezone.now())
    except services.TooMany:
        return _form(request, form, refused=too_many())
    except TooMuchMail as refused:
        return _form(request, form, refused=str(refused), status=429)
    return render(request, "tracking/webhooks/secret.html", {"webhook": webhook, "is_new": True})


@requires(Permission.WEBHOOK_MANAGE)
@require_safe
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Show a webhook, and what it was, is and is to be told."""
    found = access.get_webhook(webhook_id)
    try:
        page = selectors.delivery_page(found, cursor=request.GET.get("cursor", ""))
    except BadCursor:  # a link that was cut off: the first page
        page = selectors.delivery_page(found, cursor="")
    return render(request, "tracking/webhooks/webhook.html", {"webhook": found, "page": page})


@requires(Permission.WEBHOOK_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def change_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Change where to and of what, pause it, or switch it on."""
    found = access.get_webhook(webhook_id, lock=request.method == "POST")
    now = {"url": found.url, "description": found.description, "events": found.events}
    form = ChangeForm(kept_forms.typed(request), initial={**now, "state": "active" if found.is_active else "paused"})
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, webhook=found)
    try:
        services.change(webhook=found, values=form.values(), now=timezone.now())
    except TooMuchMail as refused:
        return _form(request, form, webhook=found, refused=str(refused), status=429)
    messages.success(request, _("The webhook is changed."))
    return redirect("tracking:webhook", found.pk)


@requires(Permission.WEBHOOK_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def rotate_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Give a webhook a new secret; it stands on the page that answers, and nowhere again."""
    found = access.get_webhook(webhook_id, lock=request.method == "POST")
    context = {"webhook": found}
    if request.method != "POST":
        return render(request, "tracking/webhooks/rotate.html", context)
    try:
        services.rotate(webhook=found, now=timezone.now())
    except TooMuchMail as refused:
        return render(request, "tracking/webhooks/rotate.html", {**context, "refused": str(refused)}, status=429)
    return render(request, "tracking/webhooks/secret.html", {"webhook": found, "is_new": False})


@requires(Permission.WEBHOOK_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    found = access.get_webhook(webhook_id, lock=request.method == "POST")
    if request.method != "POST":
        return render(request, "tracking/webhooks/delete.html", {"webhook": found})
    services.delete(webhook=found)
    messages.success(request, _("The webhook is deleted. Nothing is sent there any more."))
    return redirect("tracking:webhooks")


@requires(Permission.WEBHOOK_MANAGE)
@require_POST
def test_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Send a message that tells of nothing."""
    found = access.get_webhook(webhook_id, lock=True)
    try:
        services.test(webhook=found, now=timezone.now())
    except services.WrongState:
        messages.error(request, not_on())
    except services.TooOften as refused:
        messages.error(request, too_often(str(refused)))
    else:
        messages.success(request, _("A test is on its way. Load this page again in a moment to see how it went."))
    return redirect("tracking:webhook", found.pk)


@requires(Permission.WEBHOOK_MANAGE)
@require_POST
def redeliver(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one message again."""
    found = access.get_webhook(webhook_id, lock=True)
    delivery = access.get_delivery(found, delivery_id, lock=True)
    try:
        services.redeliver(webhook=found, delivery=delivery, now=timezone.now())
    except services.WrongState:
        messages.error(request, not_on())
    except services.TooOften as refused:
        messages.error(request, too_often(str(refused)))
    else:
        messages.success(request, _("The message is sent again, under the same id."))
    return redirect("tracking:webhook", found.pk)


def _form(
    request: HttpRequest, form: forms.Form, *, webhook: Webhook | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    if refused:
        form.add_error(None, refused)
    return render(request, FORM, {"form": form, "webhook": webhook}, status=status)
