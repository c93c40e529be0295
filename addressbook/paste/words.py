"""How the words of Latin addresses are read: what tells a part of one, a company, a person, a title, a greeting."""

from __future__ import annotations

import re

from addressbook.paste import vocabulary

_THING = re.compile(r"^\w{4,}(?:ings?|tions?|ware|craft|[^aeious\W]s|ies)$")

_UNIT = re.compile(
    r"(?:^|(?<= ))(?:(?:flat|room|rm|unit|suite|shop|block|blk|house|no)s?\b\.? ?(?=\S*\d|\w{1,2}\b|[A-Z]-)|\d)",
    re.IGNORECASE,
)

_COUPLE = re.compile(r"[\w'’-]+ (?:&|and|und|et|\+) [\w'’-]+ [\w'’-]+")  # "Hannah & Tom Becker"
_PAIR = re.compile(r"\w[’'s]* (?:&|\+|and|et|und) [A-ZÀ-Þ]")
_COUPLE = re.compile(r"[\w'’-]+ (?:&|and|und|et|\+) [\w'’-]+ [\w'’-]+")  # "Hannah & Tom Becker"
_TITLE_BEHIND = re.compile(r" \((?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx)\.?\)$", re.IGNORECASE)
_CARE_OF = re.compile(r"^(?:c/o|c\.o\.|care of|presso|chez|bei|hos|per adr)\b", re.IGNORECASE)

_STREET_ENDING = re.compile(
    r"(?:\w{3}(?:straße|strasse|str|gatan|gata|vägen|väg|gracht|straat|weg|laan|plein|gasse|allee|platz)|-(?:ro|gil|gu|dong|ku))$"
)

_NAME_WORD = re.compile(r"^[^\W\d_][^\W\d_.'’\-]*(?:['’\-.][^\W\d_]+)*\.?$")


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without the marks around them."""
    return [bare for word in vocabulary.plain(text).replace(",", " ").split() if (bare := word.strip('()[]"“”:;!?*'))]


def is_unit(text: str) -> bool:
    """Tell whether a part begins with the word of a flat, a floor or a house: "Flat H", "Ground Floor"."""
    words = words_of(text)
    return bool(words) and (words[0] in vocabulary.UNIT_WORDS or words[-1] in {"floor", "f", "g/f"})


def is_abbreviation(word: str) -> bool:
    """Tell whether the stop behind a word is a part of it: "Ltd.", "3/F.", "S.A."."""
    known = word.casefold().strip("(（").rstrip(".")
    is_floor = re.fullmatch(r"\d{1,2}f", known) is not None  # "5F., No. 120"
    return is_floor or known in vocabulary.ABBREVIATED or len(known) < 2 or "." in known or "/" in known


def _has(text: str, table: frozenset[str]) -> bool:
    return any(word in table or word.rstrip(".") in table for word in words_of(text))


def is_address(text: str) -> bool:
    """Tell whether a part has what parts of addresses have: a digit, or one of their words."""
    if any(letter.isdigit() for letter in text):
        return True
    words = words_of(text)
    return _has(text, vocabulary.ADDRESS) or any(_STREET_ENDING.search(word) for word in words)


def has_street(text: str) -> bool:
    """Tell whether a part names a street, and not only a flat or a tower."""
    return _has(text, vocabulary.STREETS) or any(_STREET_ENDING.search(word) for word in words_of(text))


def is_company(text: str) -> bool:
    """Tell whether a part is the name of a firm or a body: by a word that they have, or its legal form."""
    words = words_of(text)
    if any(letter.isdigit() for letter in text) and not is_legal(text):
        return False
    if not words or (words[-1].rstrip(".") in vocabulary.ADDRESS and not is_legal(text)):
        return False
    return (
        _has(text, vocabulary.COMPANY)
        or _has(text, vocabulary.BODIES)
        or words[-1] in {"ag", "as", "sa", "ab", "kg", "nv", "spa"}
    )


def looks_like_a_firm(text: str) -> bool:
    """Tell whether a part is written as names of firms are and those of people are not: "Pen & Ink", "The Nook"."""
    if text[:1].isdigit() or is_unit(text) or has_title(text) or has_street(text):
        return False
    is_couple = _COUPLE.fullmatch(text) is not None and not has_trade(text)
    is_pair = _PAIR.search(text) is not None and not is_couple and not _has(text, vocabulary.TITLES)
    if any(letter.isdigit() for letter in text):
        return is_pair  # "Shed 7 Timber & Joinery"
    is_quoted = re.search(r"[\"“”„«»][^\"“”„«»]{2,40}[\"“”„«»]", text) is not None
    is_named = text.casefold().startswith("the ") and len(text.split()) > 1 and not is_role(text)
    return is_pair or is_quoted or is_named


def is_faculty(companies: list[str]) -> bool:
    """Tell whether what was taken for a company is a part of a university: "School of Geography"."""
    return (
        bool(companies)
        and re.match(r"(?:School|Faculty|Institute|College|Centre|Center) (?:of|for) ", companies[0]) is not None
    )


def is_beside(text: str) -> bool:
    """Tell whether a part says what an address is near: "Opp. City Library"."""
    words = words_of(text)
    return bool(words) and words[0].rstrip(".") in {
        "opp",
        "opposite",
        "near",
        "nr",
        "behind",
        "beside",
        "next",
        "above",
    }


def has_trade(text: str) -> bool:
    """Tell whether a part has a word of firms and bodies, wherever it stands: "Perfect Pitch Music Centre"."""
    return _has(text, vocabulary.COMPANY)


def is_institution(text: str) -> bool:
    """Tell whether a part names a body that has a house of its own: a school, a hospital, a university."""
    has_street = words_of(text)[-1:] and words_of(text)[-1].rstrip(".") in vocabulary.STREETS  # "Church Lane"
    return _has(text, vocabulary.INSTITUTIONS) and not has_street and not any(letter.isdigit() for letter in text)


def is_body(text: str) -> bool:
    """Tell whether a part ends, before what is in brackets, with the word of a body that no building has."""
    words = words_of(re.sub(r" ?\(.*\)$", "", text))
    return bool(words) and words[-1] in vocabulary.BODIES and not any(letter.isdigit() for letter in text)


def may_be_thing(text: str) -> bool:
    """Tell whether what looks like a person's name has a word that few people are called: "Brightwater Aquariums"."""
    words = words_of(text)
    return not has_title(text) and any(_THING.search(word) and word not in vocabulary.PEOPLE for word in words)


def is_legal(text: str) -> bool:
    """Tell whether a part has the legal form of a company, which no address has."""
    return any(word in vocabulary.LEGAL or word.rstrip(".") in vocabulary.LEGAL for word in words_of(text))


def is_department(text: str) -> bool:
    words = words_of(text)
    if words[1:2] == ["of"] and words[0] in vocabulary.ROLES:  # "Head of Department"
        return False
    is_service = (
        len(words) > 1
        and words[0] == "service"
        and words[-1] not in vocabulary.ADDRESS | vocabulary.ROLES | {"centre", "center"}
    )
    return _has(text, vocabulary.DEPARTMENTS) or is_service


def may_be_surname(text: str) -> bool:
    """Tell whether a part that ends with a street's word can be a person too: "James Hill", "Mary Lane"."""
    written = text.split()
    if not 2 <= len(written) <= 3 or written[-1].casefold() not in vocabulary.SURNAMES_TOO:
        return False
    return all(_NAME_WORD.match(word) and word[0].isupper() for word in written)


def head_of(text: str) -> tuple[str, str]:
    """Part a text written without commas: (who, the rest), nothing and the text where it does not begin with somebody.

    "Ann Lee Flat 8 12/F Laguna City" and "Orchid Pte Ltd 71 Ayer Rajah Crescent" are parted; "Tai Po Centre 4" is not.
    """
    written = text.split(" ")
    for at, word in enumerate(written[:-1]):
        rest = " ".join(written[at + 1 :])
        if (
            word.casefold().strip(".,") in vocabulary.LEGAL_END
            and any(letter.isdigit() for letter in rest)
            and not is_legal(rest)
        ):
            return " ".join(written[: at + 1]), rest
        if any(letter.isdigit() for letter in word):
            break
    if is_legal(text) and not any(letter.isdigit() for letter in text):
        return "", text  # "Lanna Silk House Co., Ltd."
    care_of = re.search(r" (?=[Cc]/[Oo]\b)", text)
    if care_of and any(letter.isdigit() for letter in text):
        who, rest = text[: care_of.start()], text[care_of.end() :]
        if is_person(who) or is_company(who) or is_body(who):
            return who, rest
    unit = _UNIT.search(text)
    head = text[: unit.start()].strip() if unit else ""
    return (
        (head, text[unit.start() :]) if unit and len(written) > 3 and (is_person(head) or is_body(head)) else ("", text)
    )


def is_care_of(text: str) -> bool:
    return _CARE_OF.match(text) is not None


def is_greeting(text: str) -> bool:
    words = words_of(text)
    is_close = 1 < len(words) < 5 and words[-1] in {"regards", "wishes", "thanks"}
    return bool(words) and (
        words == ["best"] or words[0] in vocabulary.GREETINGS or is_close or " ".join(words[:2]) in vocabulary.PHRASES
    )


def is_role(text: str) -> bool:
    """Tell whether a part says what somebody is: "Senior Accountant"."""
    words = words_of(text)
    return (
        0 < len(words) <= 6
        and bool({words[-1], words[0]} & vocabulary.ROLES)
        and (words[1:2] == ["of"] or words[-1] == "professor" or not _has(text, vocabulary.TITLES))
    )


def ends_with_role(text: str) -> bool:
    """Tell whether the last word is somebody's position: "Warehouse Supervisor", and not "Head Office"."""
    return is_role(text) and words_of(text)[-1] in vocabulary.ROLES


def has_title(text: str) -> bool:
    words = words_of(text)
    is_behind = text.endswith((")", "）")) and bool(words) and words[-1] in vocabulary.TITLES  # "Grace Lam (Ms)"
    if words[1:2] == ["of"]:  # "Professor of Geology" is a role
        return False
    return len(words) > 1 and (words[0] in vocabulary.TITLES or words[0] + "." in vocabulary.TITLES or is_behind)


def is_person(text: str) -> bool:
    """Tell whether a part can be a person's name: one to six words, each with a capital, and none of an address."""
    text = _TITLE_BEHIND.sub("", text)
    written = text.replace(",", " ").split()
    if not 1 <= len(written) <= 7 or any(letter.isdigit() for letter in text) or written[0] in {"The", "THE"}:
        return False
    if not all(_NAME_WORD.match(word) or word.casefold() in vocabulary.SMALL for word in written):
        return False
    if has_title(text) and (len(written) <= 3 or not _has(text, vocabulary.ADDRESS)):
        return True
    if _has(text, vocabulary.ADDRESS) or is_company(text) or is_role(text):
        return False
    return len(written) > 1 and all(word[0].isupper() or word.casefold() in vocabulary.SMALL for word in written)
