"""Tracking for machines: reading is public, entering events is for operators' keys alone."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from security import scope, strict
from security.limits import Limit
from security.marks import public, requires
from security.permissions import Permission
from security.problems import InvalidBody
from security.shapes import checked
from shipments import item_numbers
from tracking import access, limits, numbers, selectors, services
from tracking.events import Action, Code, Reason
from tracking.limits import SEARCH_SIZE
from tracking.selectors import Track

MANY = 500  # events in one request
TEXT_LENGTH = 200  # of a field; the service says what is too long for it


REASON_WORDS = (
    "Why it is held or was not delivered: "
    + ", ".join(f"`{reason}`" for reason in Reason.values)
    + ", or another post's own code. EME and EMH need one."
)


class EventSerializer(serializers.Serializer[Any]):
    """A happening as anybody may see it."""

    code = serializers.CharField()
    at = serializers.DateTimeField(default_timezone=UTC)
    place = serializers.CharField()
    text = serializers.CharField()


class TrackSerializer(serializers.Serializer[Track]):
    item_number = serializers.CharField()
    service = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    events = EventSerializer(many=True)


class TrackingSearchSerializer(serializers.Serializer[Any]):
    item_numbers = serializers.ListField(
        child=strict.Text(max_length=TEXT_LENGTH), min_length=1, max_length=SEARCH_SIZE
    )


class SearchAnswerSerializer(serializers.Serializer[Any]):
    results = TrackSerializer(many=True)
    malformed = serializers.ListField(child=serializers.CharField())


class NewEventSerializer(serializers.Serializer[Any]):
    """Something that happened to an item (UPU EMSEVT V3)."""

    item_number = strict.Text(max_length=TEXT_LENGTH, help_text="Such as RB123456785HK; blanks and case do not matter.")
    code = serializers.ChoiceField(choices=Code.choices)
    at = serializers.DateTimeField(help_text="When it happened, with its time zone.")
    place = strict.Text(
        max_length=TEXT_LENGTH, allow_blank=True, default="", help_text="The office; never the name of a person."
    )
    reason = strict.Text(max_length=TEXT_LENGTH, allow_blank=True, default="", help_text=REASON_WORDS)
    action = serializers.ChoiceField(choices=Action.choices, allow_blank=True, default="")


class NewEventsSerializer(serializers.Serializer[Any]):
    """Many at once: all of them or none."""

    events = serializers.ListField(child=NewEventSerializer(), min_length=1, max_length=MANY)


class RecordedSerializer(EventSerializer):
    item_number = serializers.CharField()
    is_new = serializers.BooleanField()


class RecordedListSerializer(serializers.Serializer[Any]):
    results = RecordedSerializer(many=True)


class TooMany(exceptions.Throttled):
    """Over the limit of lookups."""

    def __init__(self, verdict: limits.Verdict) -> None:
        super().__init__(wait=verdict.retry_in)


class LimitedView(APIView):
    """Counts lookups by source and says so in every answer, a refusal too."""

    api_limits: ClassVar[tuple[Limit, ...]] = ()  # items are counted, not requests
    verdict: limits.Verdict | None = None

    def count(self, request: Request, items: int = 1) -> None:
        self.verdict = limits.take(request._request, items=items, now=timezone.now())
        if not self.verdict.allowed:
            raise TooMany(self.verdict)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        except exceptions.APIException:  # what is refused is a lookup all the same
            self.count(request)
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.verdict.headers if self.verdict else {}).items():
            final.headers[name] = value
        return final


class Item(LimitedView):
    @extend_schema(operation_id="tracking_item", responses=TrackSerializer)
    @public
    def get(self, request: Request, item_number: str) -> Response:
        """One item's events. Unknown, without events and malformed are one and the same."""
        self.count(request)
        number = item_numbers.normalise(item_number)
        track = selectors.track_of(number) if item_numbers.is_valid(number) else None
        if track is None or not track.events:
            raise exceptions.NotFound(_("There are no events for this item number."))
        return Response(TrackSerializer(track).data)


class Search(LimitedView):
    @extend_schema(operation_id="tracking_search", request=TrackingSearchSerializer, responses=SearchAnswerSerializer)
    @public
    def post(self, request: Request) -> Response:
        """Up to 40 items at once, in the order asked; one without events has an empty list and no state."""
        try:
            typed = numbers.sort(checked(TrackingSearchSerializer, request.data)["item_numbers"])
        except exceptions.APIException:  # what cannot be read is a request all the same
            self.count(request)
            raise
        self.count(request, items=max(1, typed.count))
        tracks = selectors.tracks_of(typed.numbers)
        answer = {"results": list(tracks.values()), "malformed": typed.malformed}
        return Response(SearchAnswerSerializer(answer).data)


class Events(APIView):
    @extend_schema(
        operation_id="tracking_events",
        request=PolymorphicProxySerializer(
            component_name="NewEventOrEvents",
            serializers=[NewEventSerializer, NewEventsSerializer],
            resource_type_field_name=None,
        ),
        responses={200: RecordedListSerializer, 201: RecordedListSerializer},
    )
    @requires(Permission.TRACKING_WRITE)
    def post(self, request: Request) -> Response:
        """Record one event, or up to 500 as `{"events": [...]}`: all of them or none; 201 where any is new."""
        access.check_may_record()
        listed = isinstance(request.data, dict) and "events" in request.data
        body = checked(NewEventsSerializer if listed else NewEventSerializer, request.data)
        typed = body["events"] if listed else [body]
        results = _record(typed, is_list=listed)
        status = 201 if any(result["is_new"] for result in results) else 200
        return Response(RecordedListSerializer({"results": results}).data, status=status)


def _record(typed: list[dict[str, Any]], *, is_list: bool) -> list[dict[str, Any]]:
    """Record events; what the service refuses points to its field."""
    try:
        recorded = services.record_events(typed, by=scope.get().actor, now=timezone.now())
    except services.InvalidEvent as error:
        at = f"/events/{error.index}" if is_list else ""
        raise InvalidBody([(f"{at}/{error.field}", error.code, error.message)]) from error
    return [
        {
            "item_number": event.item_number,
            "code": event.code,
            "at": event.at,
            "place": event.place,
            "text": event.text,
            "is_new": is_new,
        }
        for event, is_new in recorded
    ]
