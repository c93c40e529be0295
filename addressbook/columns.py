"""What the columns of a file of contacts are called: our own names in three languages, and those of other programs.

Files that we write have the columns of `COLUMNS`, in this order, under their headings in one of the languages; files
that we read are matched by all of these names, whatever their case, width, accents, blanks and Chinese script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from addressbook.folding import folded


@dataclass(frozen=True)
class Column:
    """One column: the name by which programs know it, and its headings."""

    name: str
    english: str
    traditional: str
    simplified: str

    def heading(self, language: str) -> str:
        """Return the heading in a language of the site."""
        return {"zh-hant": self.traditional, "zh-hans": self.simplified}.get(language, self.english)


# All that a contact consists of; what has lines has a column for each.
COLUMNS = (
    Column("name", "Name", "姓名", "姓名"),
    Column("company", "Company", "公司", "公司"),
    Column("country", "Country or territory", "國家或地區", "国家或地区"),
    Column("line1", "Address line 1", "地址第一行", "地址第一行"),
    Column("line2", "Address line 2", "地址第二行", "地址第二行"),
    Column("line3", "Address line 3", "地址第三行", "地址第三行"),
    Column("line4", "Address line 4", "地址第四行", "地址第四行"),
    Column("city", "Town or city", "城市", "城市"),
    Column("district", "District", "分區", "地区"),
    Column("state", "State, province or area", "州、省或區域", "州、省或区域"),
    Column("postcode", "Postcode", "郵政編碼", "邮政编码"),
    Column("local_name", "Name in the local script", "當地文字姓名", "当地文字姓名"),
    Column("local_line1", "Local address line 1", "當地文字地址第一行", "当地文字地址第一行"),
    Column("local_line2", "Local address line 2", "當地文字地址第二行", "当地文字地址第二行"),
    Column("local_line3", "Local address line 3", "當地文字地址第三行", "当地文字地址第三行"),
    Column("local_line4", "Local address line 4", "當地文字地址第四行", "当地文字地址第四行"),
    Column("email", "E-mail address", "電郵地址", "电子邮件地址"),
    Column("phone", "Telephone", "電話", "电话"),
    Column("fax", "Fax", "傳真", "传真"),
    Column("can_send", "Use as sender", "用作寄件人", "用作寄件人"),
    Column("can_receive", "Use as recipient", "用作收件人", "用作收件人"),
    Column("tags", "Tags", "標籤", "标签"),
    Column("notes", "Notes", "備註", "备注"),
)
# What files of other programs have otherwise: these become parts of the columns above.
MORE = (
    Column("given_name", "First name", "名字", "名字"),
    Column("middle_name", "Middle name", "中間名", "中间名"),
    Column("family_name", "Last name", "姓氏", "姓氏"),
    Column("address", "Whole address", "完整地址", "完整地址"),
    Column("local_address", "Whole address in the local script", "當地文字完整地址", "当地文字完整地址"),
)
# What a program has beside: it becomes a part of the contact where that has nothing else, and a line of the notes else.
OTHER = (
    Column("nickname", "Nickname", "暱稱", "昵称"),
    Column("further", "Further details", "其他資料", "其他资料"),
    Column("other_line1", "Other address line 1", "另一地址第一行", "另一地址第一行"),
    Column("other_line2", "Other address line 2", "另一地址第二行", "另一地址第二行"),
    Column("other_line3", "Other address line 3", "另一地址第三行", "另一地址第三行"),
    Column("other_address", "Whole other address", "另一完整地址", "另一完整地址"),
    Column("other_city", "Town or city of the other address", "另一地址的城市", "另一地址的城市"),
    Column("other_state", "State or province of the other address", "另一地址的州或省", "另一地址的州或省"),
    Column("other_postcode", "Postcode of the other address", "另一地址的郵政編碼", "另一地址的邮政编码"),
    Column("other_country", "Country of the other address", "另一地址的國家或地區", "另一地址的国家或地区"),
)
TARGETS = (*COLUMNS, *MORE, *OTHER)
OTHER_ADDRESS = "other_"  # before the name of the column that it is of a contact's own address
LINES = ("line1", "line2", "line3", "line4")
LOCAL_LINES = ("local_line1", "local_line2", "local_line3", "local_line4")
YES, NO = "yes", "no"  # how files that we write say it
# Where a program has several addresses of a person, these come first when as many rows have them.
GROUPS = ("", "1", "business", "home", "other", "2", "3")


@dataclass(frozen=True)
class Known:
    """What a heading stands for: the column, and which of several (a person's business address, their second phone)."""

    column: str
    group: str = ""


def heading_key(heading: str) -> str:
    """Fold a heading to what spellings share: "E-mail Address", "email_address" and "Ｅ－ＭＡＩＬ ADDRESS" are one."""
    return re.sub(r"[\W_]+", "", folded(heading))


@cache
def _known() -> dict[str, Known]:
    found: dict[str, Known] = {}
    for column in TARGETS:
        for spelling in (column.name, column.english, column.traditional, column.simplified):
            found[heading_key(spelling)] = Known(column.name)
    for name, spellings in _ALSO.items():
        for spelling in spellings.split(";"):
            found.setdefault(heading_key(spelling), Known(name))
    for group, words in _GROUP_WORDS.items():
        for name, patterns in _OF_GROUPS.items():
            for pattern in patterns.split(";"):
                for word in words.split(";"):
                    found.setdefault(heading_key(pattern.replace("{}", word)), Known(name, group))
    found.pop("", None)
    return found


def known_as(heading: str) -> Known | None:
    """Return what a heading stands for, in any of the languages and programs; None when nobody calls a column so."""
    return _known().get(heading_key(heading))


def headings(language: str, columns: Sequence[Column] = COLUMNS) -> list[str]:
    """Return the line of headings of a file that we write."""
    return [column.heading(language) for column in columns]


# Tags of a contact in one cell: with semicolons between them; one that holds such a letter stands in quotation marks.
_TAG = re.compile(r':::|\s*"((?:[^"]|"")*)"\s*(?=[,，、;；\n]|:::|$)|((?:(?!:::)[^,，、;；\n])+)')
_PARTS_TAGS = re.compile(r'[,，、;；\n"]|:::')


def tags_as_text(tags: Sequence[str]) -> str:
    """Write tags into one cell, so that `tags_in` reads the same ones."""
    return "; ".join(_quoted_tag(tag) if _PARTS_TAGS.search(tag) else tag for tag in tags)


def tags_in(text: str) -> list[str]:
    """Read the tags in one cell, with commas, semicolons, breaks or Google's colons between them."""
    found = ((match[2] or "") if match[1] is None else match[1].replace('""', '"') for match in _TAG.finditer(text))
    return [tag.strip() for tag in found if tag.strip()]


def _quoted_tag(tag: str) -> str:
    doubled = tag.replace('"', '""')
    return f'"{doubled}"'


# Others' names: of EC-Ship's forms and messages, of shops' exports, in the three languages.
_ALSO = {
    "name": "Full name;Contact name;Contact;Contact person;Recipient;Recipient name;Receiver;Receiver name;Addressee;"
    "Addressee name;addresseeName;Consignee;Consignee name;Sender name;Customer;Customer name;Display name;File as;"
    "Ship to name;Shipping name;Attention;Attn;To;Person;"
    "名稱;聯繫人;聯絡人;聯絡人姓名;收件人;收件人姓名;收件人名稱;收貨人;寄件人;寄件人姓名;英文姓名;全名;客戶;客戶名稱;顯示名稱",
    "company": "Company name;Organization;Organisation;Organization name;Organisation name;Organization 1 - Name;"
    "addresseeCompanyName;Recipient company;Business name;Business;Firm;Shipping company;Employer;"
    "公司名稱;機構;機構名稱;組織;單位;商戶;英文公司名稱",
    "email": "E-mail;Email;Mail;Email address;E-mail 1 - Value;E-mail address 1;Primary email;Recipient email;"
    "recipientEmail;addresseeEmail;Contact email;Ship to email;"
    "電郵;電子郵件;電子郵件地址;電子信箱;郵箱;電子郵箱;收件人電郵",
    "phone": "Phone;Phone number;Telephone number;Telephone no;Tel;Tel no;Tel number;Contact number;Contact no;"
    "Contact phone;Contact tel;Recipient phone;Recipient contact no;recipientContactNo;addresseeTelNo;"
    "Ship to phone;Shipping phone;Phone 1 - Value;Primary phone;"
    "Phone no;Mobile no;"
    "電話號碼;電話號;聯絡電話;聯繫電話;收件人電話;聯絡號碼;手提電話;手機;手機號碼;流動電話;移動電話;行動電話",
    "fax": "Fax number;Fax no;Facsimile;recipientFax;addresseeFaxNo;傳真號碼;傳真號",
    "line1": "Address 1;Address1;addresseeAddr1;Street;Street 1;Street address;Address line1;Street line 1;"
    "Recipient address 1;Shipping address 1;Ship to address 1;地址1;地址一;街道;街道地址",
    "line2": "Address 2;Address2;addresseeAddr2;Street 2;Address line2;Street line 2;Recipient address 2;"
    "Shipping address 2;Ship to address 2;地址2;地址二",
    "line3": "Address 3;Address3;addresseeAddr3;Street 3;Address line3;Street line 3;Recipient address 3;"
    "Ship to address 3;地址3;地址三",
    "line4": "Address 4;Address4;addresseeAddr4;Street 4;Address line4;Recipient address 4;地址4;地址四",
    "address": "Address;Full address;recipientAddress;Recipient address;Shipping address;Mailing address;"
    "Postal address;Delivery address;Ship to address;"
    "地址;詳細地址;收貨地址;聯絡地址;收件人地址;收件地址;郵寄地址;通訊地址;送貨地址;英文地址",
    "local_name": "Chinese name;Name in Chinese;Local name;中文姓名;中文名;中文名稱",
    "local_address": "Chinese address;Address in Chinese;Local address;中文地址",
    "local_line1": "Chinese address 1;Chinese address line 1;中文地址1;中文地址第一行",
    "local_line2": "Chinese address 2;Chinese address line 2;中文地址2;中文地址第二行",
    "local_line3": "Chinese address 3;Chinese address line 3;中文地址3;中文地址第三行",
    "local_line4": "Chinese address 4;Chinese address line 4;中文地址4;中文地址第四行",
    "city": "City;Town;City/Town;Suburb;Locality;recipientCity;addresseeCity;Shipping city;"
    "Ship to city;城巿;市;鎮;縣市;市鎮",
    "district": "District name;區;地區;區份;行政區",
    "state": "State;Province;Region;County;State/Province;State/Province/Region;State or province;"
    "Area;Shipping state;Prefecture;"
    "省;州;省份;州省;省市;區域",
    "postcode": "Post code;Postal code;Zip;Zip code;Zip/Postal code;Postal/Zip code;recipientPostalNo;"
    "addresseePostalCode;Postal no;Shipping zip;Ship to zip;郵編;郵遞區號;郵政區號;郵區編號",
    "country": "Country;Country code;Country name;Country/Region;Country/Territory;Destination;Destination country;"
    "Destination code;recipientCountry;addresseeCountry;Territory;Nation;ISO country;Shipping country;"
    "Ship to country;國家;國家/地區;國家地區;目的地;國家代碼;國家代號",
    "tags": "Tag;Labels;Label;Groups;Group;Categories;Category;Group membership;Mailing list;"
    "標簽;類別;群組;組別;分類;分組",
    "notes": "Note;Remark;Remarks;Comment;Comments;Memo;Description;附註;備註說明;說明",
    "given_name": "Given name;Forename;First;名",
    "middle_name": "Additional name;Middle",
    "family_name": "Family name;Surname;Last;姓",
    "can_send": "Sender;Is sender;寄件",
    "can_receive": "Is recipient",
}
_GROUP_WORDS = {
    "business": "Business;Work;Company;商務;公司;工作", "home": "Home;住家;家庭;住宅", "other": "Other;其他",
    "1": "1", "2": "2", "3": "3",
}  # fmt: skip
# `{}` stands for the word of a group: "Business Street", "Address 1 - Street".
_OF_GROUPS = {
    "line1": "{} Street;{} Street 1;{} Address line 1;Address {} - Street;{} - 街;{}街道",
    "line2": "{} Street 2;{} Address line 2;Address {} - Extended address;Address {} - Street 2;{} - 街 2;{} 街 2",
    "line3": "{} Street 3;{} Address line 3;Address {} - PO Box;{} - 街 3;{} 街 3",
    "address": "{} Address;{} 地址",
    "city": "{} City;Address {} - City;{} - 市/鎮;{} - 城市;{} 市/鎮;{} 城市",
    "state": "{} State;Address {} - Region;{} - 縣/市;{} - 州/省;{} - 省/市/自治區;{} 州/省",
    "postcode": "{} Postal code;Address {} - Postal code;{} ZIP;{} - 郵遞區號;{} - 邮政编码;{} 郵遞區號",
    "country": "{} Country;{} Country/Region;Address {} - Country;{} - 國家/地區;{} 國家/地區",
    "phone": "{} Phone;{} Phone 2;{} Telephone;Phone {} - Value;{} 電話;{} 電話 2",
    "fax": "{} Fax;{} 傳真",
    "email": "E-mail {} Address;E-mail {} - Value;Email {} - Value;電子郵件 {} 地址;{} Email",
}
_ALSO["phone"] += ";Mobile;Mobile phone;Mobile number;Cell;Cell phone;Primary phone"
