"""`{% csrf_token %}` as every template of the site has it: with the account that the form is drawn for beside it."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.safestring import SafeString

from accounts import form_account

register = template.Library()


class FormTokensNode(CsrfTokenNode):
    def render(self, context: Context) -> SafeString:
        tokens = SafeString(super().render(context))
        request = context.get("request")
        return tokens if request is None else SafeString(tokens + form_account.field(request))


@register.tag
def csrf_token(parser: Parser, token: Token) -> FormTokensNode:
    return FormTokensNode()
