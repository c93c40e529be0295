"""The words of Latin addresses: what tells a part of an address, a company, a person, a title, a greeting."""

from __future__ import annotations

import re

_ADDRESS = """
    flat flats room rm unit suite ste apt apartment floor fl level g/f shop stall office block blk tower twr house
    hse building bldg bld centre center mansion mansions court garden gardens estate est terrace villa villas
    residence residences plaza arcade mall square place road rd street st str avenue ave av avda lane ln drive dr
    blvd boulevard way path close crescent highway hwy pkwy parkway village tsuen chuen lot dd d.d. box p.o. gpo
    phase site warehouse factory postbus bp km carr edificio piso calle paseo rua avenida alameda travessa via
    viale piazza corso rue allée quai chemin impasse cedex résidence bât bâtiment straße strasse str. weg platz
    allee gasse gatan vägen jalan jl jln lorong lebuh lebuhraya persiaran taman kampung soi moo sector plot nagar
    marg salai chowk residency brgy barangay purok ward district polígono poligono industrial int. col. colonia
    fracc station post yard wharf pier airport gate quay mews row hill ul. aleja trida utca bulevardi
"""
_COMPANY = """
    ltd ltd. limited inc inc. incorporated llc llp plc co co. company corp corp. corporation gmbh ag kg ohg ug
    e.v. sa s.a. sas sarl s.a.r.l. srl s.r.l. spa s.p.a. sl s.l. slu bv b.v. nv n.v. ab as a/s aps oy oyj pty pte
    sdn bhd kk k.k. k.k ltda ltda. eireli pt cv tbk jsc doo d.o.o. sp. kft zrt s.r.o. group holdings foundation
    association society club union school university college institute academy kindergarten church hospital clinic
    pharmacy bank hotel restaurant cafe bakery studio studios workshop laboratory agency services service systems
    solutions technologies logistics trading enterprises industries manufactory works bros brothers partners
    museum library gallery orchestra charity trust bureau consulate embassy store shop. boutique press publishing
    books supply supplies centre. centre league council committee spett.le fa. firma
"""
_TITLES = """
    mr mr. mrs mrs. ms ms. miss dr dr. prof prof. professor sir madam mx rev. rev herr herrn frau familie family
    mme m. mlle monsieur madame sr sr. sra sra. señor señora don doña sig. sig.ra signor signora de dhr. dhr mevr.
    mevr heer capt. hon. ir. drs. datuk
"""
_ROLES = """
    manager director officer accountant engineer executive assistant secretary consultant ceo cfo cto coo
    president chairman partner solicitor lecturer teacher designer developer supervisor clerk coordinator
    administrator analyst architect founder buyer merchandiser representative specialist advisor head
"""
_DEPARTMENTS = "department dept dept. division abteilung section abt. servicio serv."
_GREETINGS = """
    hi hello dear regards thanks thx cheers sincerely rgds pls please greetings cordially
"""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


ADDRESS, COMPANY, TITLES, ROLES, DEPARTMENTS, GREETINGS = (
    _table(words) for words in (_ADDRESS, _COMPANY, _TITLES, _ROLES, _DEPARTMENTS, _GREETINGS)
)
_LEGAL = _table(
    """
    ltd limited inc incorporated llc llp plc corp corporation gmbh sarl srl bv pty pte sdn bhd ltda slu d.o.o.
    k.k. b.v. s.r.l. s.l. s.a. spett.le company co pt
    """
)
_ABBREVIATED = _table(
    """
    co ltd inc corp bros mevr dhr dept div mr mrs ms dr prof rev hon sr sra sig mme mlle no nr st rd ave av avda
    blvd bldg hwy pkwy fl rm apt ste jl jln brgy bât int ul str bhd col fracc spett.le cía
    """
)
_PHRASES = {
    "best regards",
    "kind regards",
    "warm regards",
    "best wishes",
    "thank you",
    "many thanks",
    "yours sincerely",
}
_PHRASES |= {"yours faithfully", "yours truly", "sent from"}
_SURNAMES_TOO = _table(
    """
    hill lane ward house row gate street post park wood marsh banks field fields close court
    """
)
_LEGAL_END = _table(
    """
    ltd limited inc llc llp plc gmbh sarl s.l s.r.l b.v ltda bhd k.k pty
    """
)
_UNIT_WORDS = _table(
    """
    flat room rm unit suite shop block blk house ground po p.o gpo box apartment apt lot office tower
    """
)
_UNIT = re.compile(r"(?:^|(?<= ))(?:(?:flat|room|rm|unit|suite|shop|block|blk|house|no)\b|\d)", re.IGNORECASE)
_CARE_OF = re.compile(r"^(?:c/o|c\.o\.|care of)\b", re.IGNORECASE)
_STREET_ENDING = re.compile(
    r"(?:\w{3}(?:straße|strasse|str|gatan|gata|vägen|väg|gracht|straat|weg|laan|plein|gasse|allee|platz)|-(?:ro|gil|gu|dong|ku))$"
)
_NAME_WORD = re.compile(r"^[^\W\d_][^\W\d_.'’\-]*(?:['’\-.][^\W\d_]+)*\.?$")
_SMALL = _table(
    """
    de da do dos das del della di van der den von zu binti bin al el la le y e dela delos san and & of the bte s/o
    d/o 't
    """
)


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without the marks around them."""
    return [bare for word in text.casefold().replace(",", " ").split() if (bare := word.strip('()[]"“”:;!?*'))]


def is_unit(text: str) -> bool:
    """Tell whether a part begins with the word of a flat, a floor or a house: "Flat H", "Ground Floor"."""
    words = words_of(text)
    return bool(words) and (words[0] in _UNIT_WORDS or words[-1] in {"floor", "f", "g/f"})


def is_abbreviation(word: str) -> bool:
    """Tell whether the stop behind a word is a part of it: "Ltd.", "3/F.", "S.A."."""
    known = word.casefold().rstrip(".")
    return known in _ABBREVIATED or len(known) < 2 or "." in known or "/" in known


def _has(text: str, table: frozenset[str]) -> bool:
    return any(word in table or word.rstrip(".") in table for word in words_of(text))


def is_address(text: str) -> bool:
    """Tell whether a part has what parts of addresses have: a digit, or one of their words."""
    if any(letter.isdigit() for letter in text):
        return True
    words = words_of(text)
    return _has(text, ADDRESS) or any(_STREET_ENDING.search(word) for word in words)


def is_company(text: str) -> bool:
    """Tell whether a part is the name of a firm or a body: by a word that they have, or its legal form."""
    words = words_of(text)
    if any(letter.isdigit() for letter in text) and not is_legal(text):
        return False
    if not words or (words[-1].rstrip(".") in ADDRESS and not is_legal(text)):
        return False
    return _has(text, COMPANY) or words[-1] in {"ag", "as", "sa", "ab", "kg", "nv", "spa"}


def is_legal(text: str) -> bool:
    """Tell whether a part has the legal form of a company, which no address has."""
    return any(word in _LEGAL or word.rstrip(".") in _LEGAL for word in words_of(text))


def is_department(text: str) -> bool:
    return _has(text, DEPARTMENTS)


def may_be_surname(text: str) -> bool:
    """Tell whether a part that ends with a street's word can be a person too: "James Hill", "Mary Lane"."""
    written = text.split()
    if not 2 <= len(written) <= 3 or written[-1].casefold() not in _SURNAMES_TOO:
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
            word.casefold().strip(".,") in _LEGAL_END
            and any(letter.isdigit() for letter in rest)
            and not is_legal(rest)
        ):
            return " ".join(written[: at + 1]), rest
        if any(letter.isdigit() for letter in word):
            break
    unit = _UNIT.search(text)
    head = text[: unit.start()].strip() if unit else ""
    return (head, text[unit.start() :]) if unit and len(written) > 3 and is_person(head) else ("", text)


def is_care_of(text: str) -> bool:
    return _CARE_OF.match(text) is not None


def is_greeting(text: str) -> bool:
    words = words_of(text)
    return bool(words) and (words[0] in GREETINGS or " ".join(words[:2]) in _PHRASES)


def is_role(text: str) -> bool:
    """Tell whether a part says what somebody is: "Senior Accountant"."""
    words = words_of(text)
    return 0 < len(words) <= 6 and bool({words[-1], words[0]} & ROLES) and not _has(text, TITLES)


def has_title(text: str) -> bool:
    words = words_of(text)
    return len(words) > 1 and (words[0] in TITLES or words[0] + "." in TITLES)


def is_person(text: str) -> bool:
    """Tell whether a part can be a person's name: one to six words, each with a capital, and none of an address."""
    written = text.replace(",", " ").split()
    if not 1 <= len(written) <= 7 or any(letter.isdigit() for letter in text):
        return False
    if not all(_NAME_WORD.match(word) or word.casefold() in _SMALL for word in written):
        return False
    if has_title(text) and (len(written) <= 3 or not _has(text, ADDRESS)):
        return True
    if _has(text, ADDRESS) or is_company(text) or is_role(text):
        return False
    return len(written) > 1 and all(word[0].isupper() or word.casefold() in _SMALL for word in written)
