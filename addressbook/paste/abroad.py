"""Addresses of other countries in Latin letters: postcode, state and town by the country's own format, lines above."""

from __future__ import annotations

import re

from addressbook import addresses
from addressbook.details import MAX_LINES
from addressbook.paste import lands, people, words
from addressbook.paste.cutting import Part
from addressbook.paste.reading import Reading

# Countries where a part of the town has a line of its own between the street and the town.
_WITH_DISTRICT = frozenset({"BR", "CN", "MX", "NZ", "PH", "TH", "ZA"})
_DISTRICT = re.compile(
    r"^(?:brgy\.?|barangay|col\.?|colonia|khwaeng|khet) |(?: district| qu| subdistrict)$", re.IGNORECASE
)
# Counties stand in many British addresses; the post there needs none of them.
_COUNTY_NAMES = """
    avon, bedfordshire, berkshire, buckinghamshire, cambridgeshire, cheshire, cleveland, cornwall, cumbria,
    derbyshire, devon, dorset, durham, county durham, co durham, east sussex, essex, gloucestershire,
    greater london, greater manchester, hampshire, herefordshire, hertfordshire, kent, lancashire, leicestershire,
    lincolnshire, merseyside, middlesex, norfolk, northamptonshire, northumberland, nottinghamshire, oxfordshire,
    rutland, shropshire, somerset, staffordshire, suffolk, surrey, tyne and wear, warwickshire, west midlands,
    west sussex, wiltshire, worcestershire, north yorkshire, south yorkshire, west yorkshire, yorkshire, gwent,
    gwynedd, ceredigion, dyfed, powys, pembrokeshire, carmarthenshire, clwyd, glamorgan, south glamorgan,
    monmouthshire, anglesey, conwy, denbighshire, flintshire, aberdeenshire, angus, argyll, ayrshire, fife,
    highland, lanarkshire, lothian, midlothian, moray, perthshire, renfrewshire, stirlingshire, co antrim,
    co down, county antrim, county down, co armagh, co tyrone
"""
_COUNTIES = frozenset(" ".join(_COUNTY_NAMES.split()).split(", "))
_OTHER_SCRIPT = re.compile(r"[\u0370-\u052f\u0590-\u06ff\u0900-\u097f]")
_ISLANDS = {"JE": ("channel islands", "ci"), "GG": ("channel islands", "ci")}  # said instead of the country
_HONOUR = re.compile(r" Darul \w+$", re.IGNORECASE)  # Malaysian states have a second name
_IS_COUNTY = re.compile(r"^(?:co\.?|county) |(?: province| state| prefecture| oblast)$", re.IGNORECASE)
# States by names that the library does not have.
_OTHER_NAMES = {
    ("ID", "di yogyakarta"): "Daerah Istimewa Yogyakarta",
    ("ID", "d.i. yogyakarta"): "Daerah Istimewa Yogyakarta",
    ("ID", "jakarta"): "DKI Jakarta",
    ("MY", "penang"): "Pulau Pinang",
    ("MY", "malacca"): "Melaka",
    ("MY", "kl"): "Kuala Lumpur",
    ("MY", "w.p. kuala lumpur"): "Kuala Lumpur",
    ("MY", "wilayah persekutuan"): "Kuala Lumpur",
    ("PH", "ncr"): "Metro Manila",
    ("TH", "krung thep"): "Bangkok",
    ("IN", "orissa"): "Odisha",
    ("IN", "new delhi"): "Delhi",
    ("MX", "ciudad de méxico"): "CDMX",
    ("MX", "méxico d.f."): "CDMX",
    ("CN", "peking"): "Beijing Shi",
}
_MARK = re.compile(r"^[A-Z]{1,3}-(?=\d{3,5}\b)")
_CODE_BEHIND = re.compile(r"(.+?) ?[-–/] ?([A-Z]{2})$")  # "Curitiba - PR"
# Countries whose format has the town above the state, and where both often have one name.
_STATE_BEFORE_TOWN = frozenset({"PH", "TH"})
_SINGAPORE = re.compile(r"\bS ?\(?(\d{6})\b\)?")


def read(parts: list[Part], reading: Reading, *, country: str) -> people.Sorted:
    """Read the Latin parts of an address abroad: sets postcode, state, town; returns who and which lines."""
    parts = _without_other_scripts(parts, reading)
    tail = _Tail(_parted(parts, reading), country, reading)
    tail.take_labelled()
    tail.take_country()
    tail.take_postcode()
    tail.take_state()
    tail.take_county()
    tail.take_city()
    tail.take_province()
    tail.take_district()
    reading.set(**tail.found)
    _say_what_is_missing(reading, country)
    return people.sort(tail.rest(), end=tail.end(), soft_end=tail.soft_end(), reading=reading)


def _without_other_scripts(parts: list[Part], reading: Reading) -> list[Part]:
    """Keep what is written in Greek, Cyrillic and the like as the local name and lines: it is read no further."""
    others = [part for part in parts if _OTHER_SCRIPT.search(part.text)]
    if not others:
        return parts
    names = [part.text for part in others if part.kind == "name" or not any(letter.isdigit() for letter in part.text)]
    lines = [part.text for part in others if part.text not in names[:1]]
    reading.set(local_name="".join(names[:1]), local_lines=lines[:MAX_LINES])
    reading.left_over += lines[MAX_LINES:]
    reading.doubt("local_name", "by_position")
    reading.doubt("local_lines", "by_position")
    return [part for part in parts if not _OTHER_SCRIPT.search(part.text)]


def _parted(parts: list[Part], reading: Reading) -> list[Part]:
    """Part the first part where somebody's name runs into the street without a comma."""
    who, rest = words.head_of(parts[0].text) if parts and parts[0].is_free else ("", "")
    if not who:
        return parts
    if not words.is_legal(who):
        reading.doubt("name", "person_or_company")
        reading.doubt("lines", "part_of_lines")
    below = [Part(rest, "\n")]
    if words.is_care_of(rest) and (match := re.match(r"([^\d]{4,60}) (\d.*)", rest)):
        below = [Part(match.group(1), "\n"), Part(match.group(2), "\n")]
    return [Part(who, parts[0].sep), *below, *parts[1:]]


def _say_what_is_missing(reading: Reading, country: str) -> None:
    details = reading.details
    if addresses.needs_part(country, "postcode") and not details.postcode:
        reading.doubt("postcode", "no_postcode")
    for name in ("city", "state"):
        if addresses.needs_part(country, name) and not getattr(details, name):
            reading.doubt(name, "by_position")


class _Tail:
    """The parts below the street, found from the end of the address upwards.

    Parts keep their places: those that were read are `used`; `reach` is the last place that belongs to the address.
    """

    def __init__(self, parts: list[Part], country: str, reading: Reading) -> None:
        self.parts, self.country, self.reading = parts, country, reading
        self.found = dict.fromkeys(("postcode", "state", "city", "district"), "")
        self.used: set[int] = set()
        self.reach = self.country_at = -1
        self.spot: int | None = None  # where postcode or state stood: the town is there, or in the part above

    def has(self, name: str) -> bool:
        return addresses.has_part(self.country, name)

    def wants(self, name: str) -> bool:
        """Tell whether a part is still to be found."""
        return self.has(name) and not self.found[name]

    def rest(self) -> list[Part]:
        return [part for place, part in enumerate(self.parts) if place not in self.used]

    def end(self) -> int:
        """The place, among the rest, of the last part of the address."""
        return self._left_before(self.reach + 1) - 1

    def soft_end(self) -> int:
        """The place, among the rest, of the last part before the country's name."""
        return self._left_before(self.country_at) - 1

    def _left_before(self, place: int) -> int:
        return sum(at not in self.used for at in range(max(place, 0)))

    def _free(self) -> list[int]:
        """The places of the parts without a label that are not used, the last one first."""
        return [at for at in reversed(range(len(self.parts))) if at not in self.used and self.parts[at].is_free]

    def _above(self) -> int | None:
        """The place of the part above the spot; None for the first part, which is a name or a street."""
        spot = len(self.parts) if self.spot is None else self.spot
        place = next((at for at in reversed(range(spot)) if at not in self.used), 0)
        return place if place > 0 and self.parts[place].is_free else None

    def _use(self, place: int) -> None:
        self.used.add(place)
        self.reach = max(self.reach, place)
        self.spot = place if self.spot is None else min(place, self.spot)

    def _state_named(self, text: str) -> str:
        bare = _HONOUR.sub("", text.strip(" ,-–()"))
        other = _OTHER_NAMES.get((self.country, bare.casefold()), bare)
        return addresses.state_named(self.country, other) or ""

    # What a label announced, and the country ------------------------------------------------------------------

    def take_labelled(self) -> None:
        for place, part in enumerate(self.parts):
            is_more = part.kind == "postcode" and not addresses.postcode_of(self.country, part.text)
            if is_more or (part.kind == "city" and self._postcode_in(part.text)):
                part.kind = ""  # "PLZ/Ort: 04155 Leipzig"
            elif part.kind == "state" and not self.has("state"):
                self.reading.left_over.append(part.text)  # a county
                self.used.add(place)
            elif part.kind in self.found and self.has(part.kind):
                value = self._state_named(part.text) if part.kind == "state" else ""
                self.found[part.kind] = value or part.text
                self.used.add(place)

    def take_country(self) -> None:
        for place, part in enumerate(self.parts):
            if part.kind == "country":
                self.used.add(place)
            elif (
                place not in self.used and (part.is_free or part.kind == "state") and not self._is_state_code(part.text)
            ):
                if lands.named(part.text) == self.country or part.text.casefold() in _ISLANDS.get(self.country, ()):
                    self.used.add(place)
                    self.country_at = place
                elif not words.is_legal(part.text):
                    code, before = lands.named_at_end(part.text)
                    part.text = before if code == self.country else part.text

    def _is_state_code(self, text: str) -> bool:
        """Tell whether two letters are a state's, as "CA" in an American address, and no country's."""
        return len(text) == 2 and self.country == "US" and bool(self._state_named(text))

    # Postcode, and what stands beside it ----------------------------------------------------------------------

    def take_postcode(self) -> None:
        if not self.wants("postcode"):
            return
        for place in self._free():
            if found := self._postcode_in(self.parts[place].text):
                self.found["postcode"], before, after = found
                self._use(place)
                self._read_beside(place, before, after)
                return

    def _postcode_in(self, text: str) -> tuple[str, str, str] | None:
        """Return (postcode, text before, text behind) where a part holds one as whole words, the last one first."""
        written = _SINGAPORE.sub(r"\1", text).split()
        for count in (2, 1):
            for start in range(len(written) - count, -1, -1):
                window = _MARK.sub("", " ".join(written[start : start + count]).strip("()[].,"))
                window = window.replace(" ", "") if self.country == "IN" else window
                code = addresses.postcode_of(self.country, window)
                if code and not self._is_house_number(written, start, start + count):
                    before, after = " ".join(written[:start]), " ".join(written[start + count :])
                    return code, before.strip(" ,-–"), after.strip(" ,-–")
        return None

    def _is_house_number(self, written: list[str], start: int, end: int) -> bool:
        """Tell whether what could be a postcode belongs to a street's words instead."""
        first, is_last = written[start], end == len(written)
        if addresses.postcode_leads(self.country):
            if start == 0 or (not is_last and len(first) > 4):
                return False
        elif (is_last and (len(first) > 4 or not first.isdigit())) or len(first) > 5:
            return False
        around = " ".join([*written[:start], *written[end:]])
        return words.is_address(around) and not self._state_named(written[start - 1])

    def _read_beside(self, place: int, before: str, after: str) -> None:
        """Read town and state beside the postcode: behind it or before it, as the country writes them."""
        leads = addresses.postcode_leads(self.country) and bool(after)
        beside, other = (after, before) if leads or not before else (before, after)
        if self.country == "GB" and beside.casefold() in _COUNTIES and not self._is_below_street(place):
            self.reading.left_over.append(beside)
        elif lands.named(beside) != self.country or (self.has("city") and self.country not in _ISLANDS):
            other = f"{other} {self._street_of(beside)}".strip()
        if other:
            self.used.remove(place)
            self.parts[place].text = other

    def _is_below_street(self, place: int) -> bool:
        """Tell whether a street stands right above a part, which is its town then: "Conwy" is a county's name too."""
        above = next((part for at, part in reversed([*enumerate(self.parts[:place])]) if at not in self.used), None)
        return above is not None and above.is_free and words.has_street(above.text)

    def _street_of(self, text: str) -> str:
        """Take state and town out of a text; return what of it belongs to the street."""
        written = text.split()
        at = next((at for at in range(len(written)) if self._state_named(" ".join(written[at:]))), None)
        code = _CODE_BEHIND.match(text)
        if not self.wants("state"):
            pass
        elif at is not None and (at > 0 or self._state_comes_first()):
            self.found["state"] = self._state_named(" ".join(written[at:]))
            text = " ".join(written[:at]).rstrip(" ,-–")
        elif code and (state := self._state_named(code.group(2))):
            self.found["state"], text = state, code.group(1)
        if not text or not self.wants("city"):
            return text
        return self._take_town(text)

    def _state_comes_first(self) -> bool:
        """Tell whether a lone name that could be a state's and a town's is the state's."""
        if addresses.postcode_leads(self.country):
            return bool(self.found["city"])
        needs_both = addresses.needs_part(self.country, "state") or not addresses.needs_part(self.country, "city")
        return needs_both or self.country in _STATE_BEFORE_TOWN

    def _take_town(self, text: str) -> str:
        """Take the town; where a street stands before it in the same words, what follows the street's last word."""
        written = text.split()
        if "cedex" in text.casefold().split():
            self.found["city"] = text
            return ""
        cuts = (
            [at for at, word in enumerate(written[:-1]) if at and words.is_address(word)]
            if words.is_address(text)
            else []
        )
        if not cuts:
            self.found["city"] = text
            return ""
        self.found["city"] = " ".join(written[cuts[-1] + 1 :])
        self.reading.doubt("city", "by_position")
        self.reading.doubt("lines", "part_of_lines")
        return " ".join(written[: cuts[-1] + 1])

    # State, town, district in parts of their own --------------------------------------------------------------

    def take_state(self) -> None:
        """Take the part that names a state: near the end, and not the town itself."""
        if not self.wants("state"):
            return
        above = self._above()
        for place in self._free()[:5]:
            text = self.parts[place].text
            code, state = _CODE_BEHIND.match(text), self._state_named(text)
            if state and (not self.wants("city") or self._state_comes_first() or self._is_said_to_be_state(place)):
                self.found["state"] = state
                self.reading.left_over += [match.group().strip() for match in _HONOUR.finditer(text)]
            elif code and self.wants("city") and (state := self._state_named(code.group(2))):
                self.found |= {"state": state, "city": code.group(1)}
            elif not (place == above and self._town_with_state(text)):
                continue
            self._use(place)
            return

    def _is_said_to_be_state(self, place: int) -> bool:
        """Tell whether a state's name can be no town's: "Co. Clare", or a code below a town."""
        text, above = self.parts[place].text, self.parts[place - 1].text
        is_code = 2 <= len(text) <= 4 and text.isupper() and place > 1 and not words.is_address(above)
        return is_code or _IS_COUNTY.search(text) is not None

    def _town_with_state(self, text: str) -> bool:
        """Part "Toronto Ontario", where the country must have a state."""
        written = text.split()
        if words.is_address(text) or not self.wants("city") or not addresses.needs_part(self.country, "state"):
            return False
        for at in range(1, len(written)):
            if state := self._state_named(" ".join(written[at:])):
                self.found |= {"state": state, "city": " ".join(written[:at]).rstrip(" ,-–")}
                return True
        return False

    def take_county(self) -> None:
        """Leave a British county over, which stands between the town and the postcode."""
        place = self._above() if self.country == "GB" else None
        if place is not None and self.parts[place].text.casefold() in _COUNTIES:
            self.reading.left_over.append(self.parts[place].text)
            self._use(place)

    def take_city(self) -> None:
        place = self._above()
        if not self.wants("city") or place is None:
            return
        if self.spot is None:
            self.reading.doubt("city", "by_position")
        self.found["city"] = self.parts[place].text
        self._use(place)

    def take_province(self) -> None:
        """Where a province's name stands beside the postcode, the town is above it: in Turkey and Malaysia."""
        town, place = self.found["city"], self._above()
        if self.country not in {"TR", "MY"} or self.found["state"] or place is None or not self._state_named(town):
            return
        text = self.parts[place].text
        if words.is_address(text) or (self.parts[place].sep != "\n" and self.country == "MY"):
            return
        self.found |= {"state": self._state_named(town), "city": text}
        self.reading.doubt("city", "by_position")
        self._use(place)

    def _shares_line_with_street(self, place: int) -> bool:
        """Tell whether a part stands on the street's line, in a text whose town has a line of its own."""
        line = self.parts[place].line
        return (
            line < self.parts[-1].line
            and any(part.line == line and part.is_free and words.is_address(part.text) for part in self.parts[:place])
            and not words.has_street(self.parts[place - 1].text)
        )

    def take_district(self) -> None:
        """Take the part above the town, where the country has such a part and it is no street."""
        place = self._above()
        if self.country not in _WITH_DISTRICT or not self.wants("district") or place is None:
            return
        text, is_named = self.parts[place].text, _DISTRICT.search(self.parts[place].text)
        is_below_street = any(words.is_address(part.text) and part.is_free for part in self.parts[:place])
        is_name = text.count(" ") == 0 and text.isalpha()  # "Gardens" is a suburb where it stands alone
        if not is_named and (not is_below_street or (words.is_address(text) and not is_name) or words.is_company(text)):
            return
        if not is_named and self._shares_line_with_street(place):
            self.reading.doubt("district", "by_position")
            self.reading.doubt("lines", "part_of_lines")
            return
        if not is_named:
            self.reading.doubt("district", "by_position")
            self.reading.doubt("lines", "part_of_lines")
        self.found["district"] = text
        self._use(place)
