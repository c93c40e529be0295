"""From what two contacts share to whether they may be one. Families and colleagues share much, and are not."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import OSA

from addressbook.alike import names, places
from addressbook.alike.names import Alike
from addressbook.alike.places import Where
from addressbook.alike.reasons import Reason
from addressbook.alike.traits import Traits

LEAST_DIGITS = 7  # of a number without its country code


@dataclass(frozen=True)
class Evidence:
    """What two contacts share. `name` is None where their names cannot be compared."""

    name: Alike | None
    is_nameless: bool  # one of them names no person
    is_organisation: bool  # neither does
    email: bool
    email_differs: bool
    email_is_shared: bool
    phone: bool
    is_mobile: bool
    phone_alike: bool
    phone_differs: bool
    where: Where

    @property
    def own_email(self) -> bool:
        return self.email and not self.email_is_shared

    @property
    def own_phone(self) -> bool:
        return self.phone and self.is_mobile

    @property
    def is_there(self) -> bool:
        return self.where >= Where.NUMBERS

    @property
    def reach_differs(self) -> bool:
        """Both can be reached, and by nothing in common."""
        return (self.email_differs or self.phone_differs) and not (self.email or self.phone or self.phone_alike)


def judge(one: Traits, other: Traits) -> tuple[str, ...]:
    """Return why two contacts may be one; nothing where they are not."""
    name = _names_alike(one, other)
    if name == Alike.OTHER:  # most pairs
        return ()
    evidence = weigh(one, other, name)
    return _reasons(evidence) if _is_one(evidence) else ()


def may_be_one(one: Traits, other: Traits) -> bool:
    """Tell at a small cost whether anything but the names speaks for it; where nothing does, `judge` finds nothing."""
    if one.email and one.email == other.email:
        return True
    return are_phones_alike(one.phone, other.phone) or places.alike(one.place, other.place) > Where.OTHER


def are_phones_alike(one: str, other: str) -> bool:
    """Tell whether two telephone numbers are the same, or differ in one digit."""
    return bool(one and other) and _phones_apart(one, other) <= 1


def weigh(one: Traits, other: Traits, name: Alike | None) -> Evidence:
    phones = bool(one.phone and other.phone)
    apart = _phones_apart(one.phone, other.phone) if phones else 9
    return Evidence(
        name=name,
        is_nameless=not (one.person and other.person),
        is_organisation=not (one.person or other.person),
        email=bool(one.email) and one.email == other.email,
        email_differs=bool(one.email and other.email) and one.email != other.email,
        email_is_shared=one.email_is_shared,
        phone=phones and apart == 0,
        is_mobile=one.is_mobile or other.is_mobile,
        phone_alike=phones and apart == 1,
        phone_differs=phones and apart > 0,
        where=places.alike(one.place, other.place),
    )


def _phones_apart(one: str, other: str) -> int:
    """Return in how many digits two numbers differ, one or many; a country code that one leaves out is none of them."""
    short, long = sorted((one.lstrip("+0"), other.lstrip("+0")), key=len)
    if len(short) >= LEAST_DIGITS and long.endswith(short):
        return 0
    return OSA.distance(short, long, score_cutoff=1)


def _names_alike(one: Traits, other: Traits) -> Alike | None:
    if not (one.person or other.person):
        return names.organisations_alike(one.organisation, other.organisation)
    how = names.alike(one.person, other.person) if one.person and other.person else None
    if how is None or how == Alike.OTHER:
        return max((found for found in (_swapped(one, other), _swapped(other, one)) if found), default=how)
    return how


def _swapped(one: Traits, other: Traits) -> Alike | None:
    """Tell whether the person of one stands in the company's field of the other, whose company is the other's name."""
    if not names.same(one.person, other.swapped_person):
        return None
    if not other.person:
        return Alike.SAME if not one.organisation else None
    crossed = names.organisations_alike(
        one.organisation, names.organisation(" ".join(other.person.latin), other.person.han)
    )
    return Alike.SAME if crossed == Alike.SAME else None


def _is_one(it: Evidence) -> bool:
    if it.is_organisation:
        return _is_one_organisation(it)
    if it.name == Alike.SAME:
        return _same_name(it)
    if it.name == Alike.NEAR:
        is_there = it.where >= Where.NEAR and not it.reach_differs
        return it.own_email or is_there or (it.phone and it.where != Where.OTHER)
    if it.name == Alike.CLOSE:
        return it.own_email or (it.own_phone and it.is_there)
    if it.name is None and not it.is_nameless:  # two scripts
        return it.own_email or (it.own_phone and it.where != Where.OTHER)
    return False


def _same_name(it: Evidence) -> bool:
    if it.email or it.phone or it.is_there:
        return True
    return it.phone_alike or (it.where == Where.UNKNOWN and not it.reach_differs)


def _is_one_organisation(it: Evidence) -> bool:
    if it.name is None:
        return (it.email or it.phone) and it.is_there
    if it.where == Where.OTHER:  # a branch has the same telephone number
        return False
    return it.name >= Alike.NEAR and (it.is_there or it.email or it.phone)


def _reasons(it: Evidence) -> tuple[str, ...]:
    found = {
        Reason.NAME: it.name == Alike.SAME,
        Reason.NAME_ALIKE: it.name in {Alike.NEAR, Alike.CLOSE},
        Reason.EMAIL: it.email,
        Reason.PHONE: it.phone,
        Reason.PHONE_ALIKE: it.phone_alike,
        Reason.ADDRESS: it.where == Where.SAME,
        Reason.ADDRESS_ALIKE: it.where in {Where.NEAR, Where.NUMBERS},
    }
    return tuple(reason for reason, holds in found.items() if holds)
