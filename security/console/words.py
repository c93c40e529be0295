"""What stands in the trail, in words: acts with personal data, and events. What is searched for is the code itself."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from security.console import registry
from security.detection.models import Cause
from security.models import Action, LiveState

# Whoever notes a new kind of event adds its words here; of a tripwire they are those of its cause.
EVENTS: dict[str, Promise] = {
    "refused": _("Refused"),
    "sign_in": pgettext_lazy("what somebody did", "Signed in"),
    "sign_in.failed": _("Failed to sign in"),
    "sign_out": _("Signed out"),
    "sign_in_closed": _("Somebody’s sign-in was removed"),
    "own_data": _("Somebody took what is held of themselves"),
    "not_me": _("A sign-in was reported as somebody else’s"),
    "company_linked": _("A company’s sign-in was linked"),
    "factor_recovery": _("A lost second factor"),
    "case": _("Came to attention"),
    LiveState.State.THROTTLED.value: _("Slowed down"),
    LiveState.State.STEP_UP.value: _("Asked to show who they are"),
    LiveState.State.SUSPENDED.value: _("Suspended"),
    "suspension.made": _("A suspension began"),
    "suspension.changed": _("A suspension was changed"),
    "suspension.asked": _("The release of a suspension was asked for"),
    "suspension.withdrawn": _("The request to release a suspension was taken back"),
    "suspension.released": _("A suspension was released"),
    "suspension.gone": _("A suspension was deleted"),
    "source_held": _("A network was slowed down"),
    "frozen": _("A feature was frozen"),
    "damaged": _("A sealed value could not be opened"),
    "no_numbers": _("Item numbers ran out"),
    "trail_default_rows": _("Entries of the trail fit no month"),
    "trail_late": _("The trail was sealed late"),
    "trail_sink": _("Heads of the trail could not be given out"),
    "trail_rolled_back": _("The trail ends earlier than its heads"),
    "trail_file_cut": _("The file of the trail’s heads was cut"),
    "staff.answer": _("Staff answered an appeal"),
    "staff.appeal": _("Staff read an appeal"),
    "staff.ask": _("Staff asked for a release"),
    "staff.ask_evidence": _("Staff asked for an evidence bundle"),
    "staff.block": _("Staff blocked a network"),
    "staff.case": _("Staff opened a case"),
    "staff.end": _("A staff account was ended"),
    "staff.enrol": _("A member of staff enrolled"),
    "staff.evidence": _("Staff fetched an evidence bundle"),
    "staff.export": _("Staff took a file"),
    "staff.find_person": _("Staff asked which accounts hold a person"),
    "staff.freeze": _("Staff froze a feature"),
    "staff.invite": _("A member of staff was invited"),
    "staff.lift": _("Staff lifted a block"),
    "staff.recovery.confirm": _("Staff confirmed the recovery of a lost factor"),
    "staff.recovery.look": _("Staff looked at the recovery of a lost factor"),
    "staff.recovery.refuse": _("Staff refused the recovery of a lost factor"),
    "staff.release": _("Staff released somebody"),
    "staff.search": _("Staff searched for an account"),
    "staff.suspend": _("Staff suspended somebody"),
    "staff.thaw": _("Staff ended a freeze"),
    "staff.threshold.approve": _("A change of a threshold was approved"),
    "staff.threshold.ask": _("A change of a threshold was proposed"),
    "staff.threshold.refuse": _("A change of a threshold was refused"),
    "staff.threshold.tighten": _("A threshold was put back to its default"),
    "staff.threshold.withdraw": _("A change of a threshold was withdrawn"),
    "staff.withdraw": _("A request for a release was taken back"),
}


def of_act(action: str, kind: str) -> str:
    """Say what was done with what kind of data; a code that has no words stands for itself."""
    done = Action(action).label if action in Action.values else action
    return f"{done}: {registry.words_of_kind(kind)}"


def of_event(kind: str) -> str:
    if kind in Cause.values:
        return str(Cause(kind).label)
    return str(EVENTS.get(kind, kind))
