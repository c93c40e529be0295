"""The two addresses of each service: its description, and where its operations are called."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from ecship.soap import answers, writing, wsdl
from ecship.soap.calls import Call
from ecship.soap.table import Operation, of_service
from security import alarms, problems
from security.marks import Door, Mark, public, signed_in


@method_decorator(csrf_exempt, name="dispatch")  # it is called by no browser, and knows no session
class Service(View):
    """One service. What a call needs, its operation's own mark says (`mark_for`)."""

    http_method_names = ["get", "head", "post"]

    @public
    def get(self, request: HttpRequest, service: str) -> HttpResponse:
        """Describe the service, at the host that was asked, which `ALLOWED_HOSTS` has let pass."""
        if not of_service(service):
            raise Http404
        described = wsdl.describe(service, address=request.build_absolute_uri(request.path))
        response = HttpResponse(described, content_type=writing.MEDIA_TYPE)
        response.headers["Cache-Control"] = "no-store"  # no cache hands one host's address to whoever asks another
        return response

    @signed_in
    def post(self, request: HttpRequest, service: str) -> HttpResponse:
        """Carry out the operation that was called; what comes of it is JSON, or a problem, until it leaves."""
        call: Call | None = getattr(request, "soap", None)
        if call is None:
            return problems.problem_response(request, 400, kind=answers.MALFORMED)
        if call.operation is None:
            return problems.problem_response(request, 404, kind=answers.UNKNOWN_OPERATION)
        return _carried_out(request, call, call.operation)

    @staticmethod
    def mark_for(request: HttpRequest) -> Mark | None:
        """Return the mark of the operation that is called; what is no call at all may be said to anybody."""
        call: Call | None = getattr(request, "soap", None)
        if call is None:
            return Mark(Door.PUBLIC)
        if call.operation is None:
            return Mark(Door.SIGNED_IN)
        return call.operation.mark


def _carried_out(request: HttpRequest, call: Call, operation: Operation) -> HttpResponse:
    try:
        return JsonResponse(operation.run(request, call.fields))
    except Exception as error:
        named = alarms.named_in({str(place): value for place, value in enumerate(call.named)})
        refused = problems.response_to(error, request, ids=named)
        if refused is None:
            raise
        transaction.set_rollback(True)
        return refused
