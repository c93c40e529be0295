"""What forms say of a label's line is true: so many letters stay whole, and large, on every label."""

from __future__ import annotations

import pytest

from addressbook.details import LABEL_LINE
from labels import drawing, geometry
from labels.documents import frame
from labels.model import Layout, Party
from labels.products import service_for
from shipments import catalogue

LETTERS = "Flat 12B, 23/F, Block 4, Example Garden, 88 Nathan Road, Tsim Sha Tsui"
CHINESE = "香港九龍旺角彌敦道一二三四五六七號幸福大廈十二樓乙室第四座示範花園東翼"


def in_latin(letters: int) -> Party:
    return Party(lines=(LETTERS[:letters].strip(" ,"),) * 3, country="HONG KONG", country_code="HK")


def in_chinese(letters: int) -> Party:
    return Party(lines=(), local_lines=(CHINESE[: letters // 2],) * 3, country="HONG KONG", country_code="HK")


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("party", [in_latin(LABEL_LINE), in_chinese(LABEL_LINE)], ids=["Latin", "Chinese"])
def test_a_line_of_the_length_that_forms_name_stays_whole(party: Party, layout: Layout) -> None:
    for code in catalogue.SERVICES:
        for has_customs in (False, True):
            plan = geometry.plan(*frame(service_for(code, "US"), layout), barcode=True, customs=has_customs)
            sender, recipient = drawing.address_of_sender(party, plan), drawing.address_of_recipient(party, plan)
            for drawn in (sender, recipient):
                assert drawn["columns"][0]["lines"].split("\n") == [*(party.lines or party.local_lines)]
                assert drawn["size"] >= drawing.LEGIBLE
            assert recipient["size"] >= drawing.TO_SIZES[0] / 2


@pytest.mark.parametrize("party", [in_latin(2 * LABEL_LINE), in_chinese(2 * LABEL_LINE)], ids=["Latin", "Chinese"])
def test_one_of_twice_that_length_does_not(party: Party) -> None:
    plan = geometry.plan(*frame(service_for("EMS", "US"), Layout.THERMAL), barcode=True, customs=True)

    assert len(drawing.address_of_recipient(party, plan)["columns"][0]["lines"].split("\n")) > 3
