"""The words that people write before a part of an address, "Tel:" or 收件人：, and which part each announces."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# What each label announces. `address` and `free` announce nothing by themselves: what follows is read like the rest.
_TABLE = {
    "name": """
        my name is, i am, full name, name, recipient name, recipient's name, recipient, receiver, consignee,
        contact person, contact name, contact, customer name, customer, attention, attn, att, fao, f.a.o.,
        addressee, z.hd., z. hd., zhd, z. h., zu händen, a/a, a la atención de, à l'attention de, a l'attention de,
        att., a/c, buyer, purchaser, guest, for, atención, atencion, inhaberin, geschäftsführer, gérant, gérante,
        titular, titolare, encargado, responsabile, ansprechpartner, ansprechpartnerin, kontakt, contacto,
        contatto, contactpersoon, kontaktperson, inh., inhaber, prop., ask for, 店主, 東主, 經辦人, 經辦, t.a.v.,
        tav, t.a.v, alla c.a., alla cortese attenzione di, c.a., all'attenzione di, ao cuidado de, att.:, 經手人,
        負責人, 收件, 收貨, 姓名, 收件者, 收貨者, 收件人姓名, 收件人, 收貨人, 聯絡人, 聯繫人, 客戶姓名, 客戶,
        收信人, 致, 收, お名前, 氏名, 宛名, 받는 사람, 받는사람, 수취인, 이름, naam, nom, nom complet,
        destinataire, destinatario, nombre, nombre completo, nome, nome completo, namn, navn, nimi, empfänger,
        ontvanger, geadresseerde, odbiorca, tên, họ tên, họ và tên, người nhận, nama, penerima, ad soyad,
        kepada yth., kepada yth, kepada
    """,
    "first": """
        first name, given name, forename, 名, vorname, voornaam, prénom, prenom, förnamn, fornavn, imię
    """,
    "last": """
        last name, surname, family name, 姓, nachname, achternaam, nom de famille, apellidos, apellido, cognome,
        sobrenome, efternamn, etternavn, efternavn, nazwisko
    """,
    "company": """
        institution, school name, name of school,
        company name, company, organisation, organization, firm, 公司名稱, 名稱, 店名, 商號, 店舖名稱, 學校名稱,
        機構名稱, 單位名稱, 學校, 公司, 機構, 単位, 會社名, 会社名, 회사, firma, bedrijf, société, entreprise,
        empresa, azienda, ditta, företag, firma navn
    """,
    "address": """
        中文地址, 英文地址, chinese address, english address, address in english,
        my address is, our address is, the address is, 以下地址, 下列地址, 下面地址, 以下的地址,
        shipping address, delivery address, mailing address, postal address,
        office address, home address, address, street address, street, addr, add, adresse, dirección, indirizzo,
        收件地址, 收貨地址, 收貨人地址, 收貨信息, 收件信息, 送貨地址, 郵寄地址, 詳細地址, 通訊地址, 公司地址, 地址,
        所在地區, 住所, 주소, 所在地址, 街道地址, 街道, 街名, 街道名稱, 郵政信箱, street name,
        street name and number, road, address line 1, address line 2, address line 3, address line 4, address 1,
        address 2, straat, straat en nummer, adres, rue, straße, strasse, anschrift, calle, direccion, domicilio,
        via, endereço, morada, rua, gatuadress, adress, gateadresse, ulica, địa chỉ, alamat, ご住所, adresse 1,
        adresse 2
    """,
    "free": """
        bill to, billing address, invoice to, deliver to, delivery to, ship to, send to, mail to, to, 寄至, 寄往,
        寄到, 寄給, 寄去, 寄, 送至, 送到, 請寄去, 請寄往, 請寄到, 請寄, お届け先, 送付先, 配送先, 宛先, 届け先,
        送り先, lieferadresse, rechnungsadresse, afleveradres, verzendadres, adresse de livraison, livrer à,
        dirección de envío, enviar a, indirizzo di spedizione, spedire a, billing and shipping, shipping to,
        delivery address is, 받는 곳, 보내실 곳
    """,
    "flat": """
        flat no, room no, unit no, flat number, unit number, flat, room, unit, apartment, 單位, 單位號碼, 房號,
        室號
    """,
    "floor": """
        floor no, floor, level, 樓層, 層數
    """,
    "block": """
        block no, block, 座數, 座號
    """,
    "tower": """
        tower
    """,
    "building": """
        building name, building, estate name, housing estate, estate, village, 大廈名稱, 大廈, 屋苑名稱, 屋苑,
        樓宇, 屋邨, 村名
    """,
    "sender": """
        return, from, sender, sender name, return address, return to, shipper, consignor, 寄件人, 寄件人姓名,
        寄件地址, 寄件人地址, 寄件人電話, absender, expéditeur, remitente, mittente, afzender
    """,
    "city": """
        city, town, suburb, town/city, city/town, 城市, 都市, gemeente, plaats, woonplaats, stad, ville, commune,
        ort, stadt, wohnort, ciudad, población, localidad, municipio, città, comune, località, cidade, localidade,
        postort, poststed, miasto, kota, kommune
    """,
    "district": """
        district, 地區, 區域, bairro, barrio, kecamatan
    """,
    "state": """
        state, province, prefecture, county, region, area, state/province, 省份, 省, provincia, estado, bundesland,
        provincie, département, województwo
    """,
    "postcode": """
        postcode, post code, postal code, zip code, zip, plz, cap, cep, 郵編, 郵政編碼, 郵遞區號, 郵便番号,
        우편번호, code postal, código postal, codigo postal, codice postale, postnummer, postnr, kod pocztowy,
        kode pos, c.p., c.p, postleitzahl, pincode, pin code, eircode
    """,
    "country": """
        country/region, country, 國家, 國家/地區, 国, 국가, land, pays, país, pais, paese, kraj, quốc gia, negara
    """,
    "phone": """
        call, sms, text, 查詢電話, 店舖電話, 店鋪電話, 公司電話, 住宅電話, 辦公室電話, sđt, telp, my no. is, my no is,
        my number is, my mobile is, my tel is, call me at, contact me at, h, wa, main, reception, hotline, enquiry,
        enquiries, switchboard, general line, hk tel, whats app, wechat/tel, and my phone number is,
        my phone number is, and my phone is, my phone is, tel. no., tel no, home tel, office tel, home, work,
        landline, direct line, mobil, handy, móvil, movil, celular, portable, cellulare, gsm, natel, tel,
        telephone, phone number, phone no, phone, mobile number, mobile no, mobile, mob, cell, hand phone,
        handphone, hp, h/p, contact number, contact no, office, direct, whatsapp, ph, tfno, teléfono, telefono,
        telefon, téléphone, tél, tlf, cel, cell., t, m, d, p, o, c, k, tl, puh, tlf., 연락처, 聯絡電話,
        連絡電話, 聯繫電話, 聯絡, 電話號碼, 電話番号, 電話, 手機號碼, 手機, 手提, 手提電話, 電, 전화번호, 전화, 휴대폰,
        téléphone portable, telefoon, telefoonnummer, gsm-nummer, telefonnummer, telefone, telemóvel, mobilnummer,
        rufnummer, số điện thoại, điện thoại, đt, no. hp, 携帯, お電話番号
    """,
    "fax": """
        facsimile no, facsimile, fax no, fax number, fax, telefax, f, 傳真號碼, 傳真, 팩스
    """,
    "email": """
        e-mail address, email address, e-mail, email, mail, e, 電郵地址, 電郵, 電子郵件, 郵箱, 이메일, メール,
        メールアドレス, eメール
    """,
    "other": """
        sent, subject, cc, bcc, your ref, our ref, wechat, wechat id, line id, instagram, facebook, telegram,
        signal, skype, remarks, remark, note, notes, date, order, order no, order number, time, delivery time,
        備註, 備注, 附註, 訂單編號, 訂單號碼, 微信, 時間, 日期, 送貨時間, 郵寄方式, 貨品
    """,
    "web": """
        website, web, url, w, 網址, 網站
    """,
}
# These words also begin ordinary text: they are labels only before a colon.
_NEED_COLON = {
    "buyer", "purchaser", "guest", "for", "atención", "atencion", "bill to", "billing address", "invoice to",
    "call", "sms", "text", "inhaberin", "geschäftsführer", "gérant", "gérante", "titular", "titolare", "encargado",
    "responsabile", "return", "ansprechpartner", "ansprechpartnerin", "kontakt", "contacto", "contatto",
    "contactpersoon", "kontaktperson", "街道名稱", "street name", "street name and number", "road", "inhaber",
    "名稱", "店名", "商號", "店舖名稱", "學校名稱", "機構名稱", "單位名稱", "學校", "sđt", "sent", "subject", "cc",
    "bcc", "your ref", "our ref", "店主", "東主", "經辦", "flat no", "room no", "unit no", "flat number",
    "unit number", "flat", "room", "unit", "apartment", "單位", "單位號碼", "房號", "室", "室號", "floor no",
    "floor", "level", "樓層", "層數", "樓", "block no", "block", "座", "座數", "座號", "tower", "building name",
    "building", "estate name", "housing estate", "estate", "village", "大廈名稱", "大廈", "屋苑名稱", "屋苑",
    "樓宇", "屋邨", "村名", "sender name", "return address", "return to", "shipper", "consignor", "寄件人姓名",
    "寄件地址", "寄件人地址", "寄件人電話", "absender", "expéditeur", "remitente", "mittente", "afzender", "街道",
    "街名", "wa", "main", "reception", "hotline", "enquiry", "enquiries", "switchboard", "general line",
    "郵政信箱", "hk tel", "naam", "nom", "nom complet", "destinataire", "destinatario", "nombre",
    "nombre completo", "nome", "nome completo", "namn", "navn", "nimi", "empfänger", "ontvanger", "geadresseerde",
    "odbiorca", "tên", "họ tên", "họ và tên", "người nhận", "nama", "penerima", "ad soyad", "kepada",
    "vorname", "voornaam",
    "prénom", "prenom", "förnamn", "fornavn", "imię", "nachname", "achternaam", "nom de famille", "apellidos",
    "apellido", "cognome", "sobrenome", "efternamn", "etternavn", "efternavn", "nazwisko", "firma", "bedrijf",
    "société", "entreprise", "empresa", "azienda", "ditta", "företag", "firma navn", "straat", "straat en nummer",
    "adres", "rue", "straße", "strasse", "anschrift", "calle", "direccion", "domicilio", "via", "endereço",
    "morada", "rua", "gatuadress", "adress", "gateadresse", "ulica", "địa chỉ", "alamat", "ご住所", "adresse 1",
    "adresse 2", "宛先", "lieferadresse", "rechnungsadresse", "afleveradres", "verzendadres",
    "adresse de livraison", "livrer à", "dirección de envío", "enviar a", "indirizzo di spedizione", "spedire a",
    "billing and shipping", "shipping to", "delivery address is", "받는 곳", "보내실 곳", "gemeente", "plaats",
    "woonplaats", "stad", "ville", "commune", "ort", "stadt", "wohnort", "ciudad", "población", "localidad",
    "municipio", "città", "comune", "località", "cidade", "localidade", "postort", "poststed", "miasto", "kota",
    "kommune", "provincia", "estado", "bundesland", "provincie", "département", "województwo", "bairro", "barrio",
    "kecamatan", "code postal", "código postal", "codigo postal", "codice postale", "postnummer", "postnr",
    "kod pocztowy", "kode pos", "postleitzahl", "land", "pays", "país", "pais", "paese", "kraj", "quốc gia",
    "negara", "name", "contact", "customer", "company", "firm", "address", "street", "add", "to", "from", "sender",
    "city", "town", "suburb", "district", "state", "province", "prefecture", "county", "region", "area", "country",
    "zip", "cap", "cep", "office", "direct", "home", "work", "landline", "handy", "portable", "mail", "web", "w",
    "url", "e", "p", "o", "c", "k", "tl", "c.a.", "收件", "收貨", "att", "recipient", "receiver", "consignee",
    "a/a", "收", "寄", "姓", "名", "省", "国", "聯絡", "公司", "客戶", "地區", "區域", "機構", "城市", "都市",
    "致", "組織", "住所", "주소", "이름", "회사", "국가", "国家", "寄件人", "organisation", "organization",
    "full name", "first name", "last name", "given name", "surname", "family name", "forename", "plz",
    "deliver to", "delivery to", "ship to", "send to", "mail to", "寄至", "寄往", "寄到", "寄給", "寄去", "送至",
    "送到", "i am", "客戶姓名", "address 1", "address 2", "単位", "addressee", "company name", "wechat",
    "wechat id", "line id", "instagram", "facebook", "telegram", "signal", "skype", "remarks", "remark", "note",
    "notes", "date", "order", "order no", "order number", "time", "delivery time", "備註", "備注", "附註",
    "訂單編號", "訂單號碼", "微信", "時間", "日期", "送貨時間", "郵寄方式", "貨品", "street address", "adresse",
    "dirección", "indirizzo", "website",
}  # fmt: skip
# Simplified spellings of the Chinese labels.
_SIMPLER = str.maketrans(
    "貨聯絡繫戶會稱機構詳細訊區編碼遞電話號手機傳真郵國家網給寄單經負責層數樓廈",
    "货联络系户会称机构详细讯区编码递电话号手机传真邮国家网给寄单经负责层数楼厦",
)
# Labels that say whose it is: 申請人姓名, 學校地址, 家長電話. A name may stand before one too: 李小美電話.
_WHOSE = """
    申請人 家長 學生 學校 公司 客戶 收件人 收貨人 收件者 收貨者 寄件人 聯絡人 聯繫人 聯絡 聯繫 連絡 住客 租客 會員
    顧客 買家 賣家 商戶 收貨商戶 店舖 辦公室 住宅 家居 日間 夜間 手提 緊急聯絡 緊急 備用 其他 主要 本人 父親 母親
    監護人 受益人 病人 院友 老師 負責人 經辦人 通訊 通信 郵寄 送貨 收貨 收件 派送 投遞 帳單 發票 註冊 永久 現時 詳細
    預約 查詢 訂位 訂座 分店 總店 門市 店 校 機構 單位 辦事處 工廠 倉庫 中文 英文 單位聯絡 聯絡人手提 參加者 得獎者
    作者 訂戶 讀者 院校
"""
_CORES = "地址|姓名|電話|电话|手機|手机|傳真|传真|電郵|电邮|名稱|名称"
_BRITISH_CODE = re.compile(r"[A-Za-z]{1,2}\d[\dA-Za-z]? ?\d[A-Za-z]{2}\b")  # "HP16 0AL" is no home phone
_NUMBER_BEHIND = re.compile(r"[+＋(（]?\d[\d ()\-.]{5}")
_PAUSES = {"", " ", ",", "，", "。", ";", "；"}
_REACH = {"phone", "fax"}


class Label(NamedTuple):
    """A label found in a text: what it announces, and where it begins and ends."""

    kind: str
    start: int
    end: int


@cache
def _kinds() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, words in _TABLE.items():
        for word in (part.strip() for part in words.split(",")):
            for spelling in (word, word.translate(_SIMPLER)):
                found.setdefault(spelling, kind)
    return found


@cache
def whose() -> list[str]:
    """Return the words that say whose an address or a number is, in both scripts."""
    words = _WHOSE.split()
    return list(dict.fromkeys([*words, *(word.translate(_SIMPLER) for word in words)]))


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", " ?") for word in sorted(words, key=len, reverse=True))


@cache
def _pattern() -> re.Pattern[str]:
    """One pattern for all labels: before a colon, or bare before what they announce; nothing backtracks far."""
    kinds = _kinds()
    every = _alternatives(list(kinds))
    bare = [word for word in kinds if word not in _NEED_COLON and word.translate(_SIMPLER) not in _NEED_COLON]
    reach = _alternatives([word for word in bare if kinds[word] in _REACH and len(word) > 1])
    words = _alternatives([word for word in bare if kinds[word] in {"name", "email", "postcode", "web", "address"}])
    single = _alternatives([word for word in bare if kinds[word] in _REACH and len(word) == 1])
    glued = _alternatives([word for word in bare if len(word) > 2 and word[0] > "\u4e00" and word[-1] > "\u4e00"])
    longer = _alternatives([word for word in kinds if len(word) > 1 or word.isascii()])  # 陈建国 电话： is no 国
    pairs = _alternatives([word for word in kinds if len(word) > 1 and word[0] > "\u3000"])
    start = r"(?:(?<![\w.@/])|(?<=[\u3000-\u9fff\uac00-\ud7af）)])|(?<=\d)(?=[\u3000-\u9fff]))"
    return re.compile(
        rf"{start}[（(\[]?(?:(?P<pair>{longer})[ /]{{1,3}}(?:{every})|(?P<colon>{every}))"
        rf"[）)\]]?\.?[ ]?(?:[:：]|[-–](?= ))[ ]?"
        rf"|(?:^|(?<=[\s，,;；|]))(?:{_alternatives(whose())})(?P<core>{_CORES})[ ]?[:：][ ]?"
        rf"|(?:^|(?<=[\s，,;；|]))(?:{pairs})(?P<last>{pairs})[ ]?[:：][ ]?"
        rf"|{start}[（(\[]?(?P<reach>{reach})[）)\]]?\.?[ ]?(?=[+＋(（]?\d)"
        rf"|(?:^|(?<=, )|(?<=[，\d] )|(?<=，)|(?<=\| ))"
        rf"[（(\[]?(?P<single>{single})(?:[）)\]] ?|[.]? )(?=[+＋(（]?\d[\d ()\-.]{{5}})"
        rf"|{start}[（(\[]?(?P<word>{words})(?:[）)\]]|[.,]?[ ]|(?=\d))(?=\S)"
        rf"|{start}(?P<glued>{glued})(?=[\u4e00-\u9fffA-Z])",
        re.IGNORECASE,
    )


def is_label(text: str) -> bool:
    """Tell whether a text is nothing but a label."""
    return text.casefold().rstrip(" .:：") in _kinds()


def find(text: str) -> list[Label]:
    """Return the labels in a line, from left to right."""
    found = [
        Label(_kind_of(match), match.start(), match.end())
        for match in _pattern().finditer(text)
        if not (_is_letter(match) and not _NUMBER_BEHIND.match(text, match.end()))
        and not _BRITISH_CODE.match(text, match.start())
    ]
    # A word that announces nothing of an address must stand alone: 營業時間 is no 時間.
    return [label for label in found if label.kind != "other" or text[label.start - 1 : label.start] in _PAUSES]


def _is_letter(match: re.Match[str]) -> bool:
    """Tell whether a label is one Latin letter, which announces nothing but a number: "D: 8" is a door in Turkey."""
    word = next(group for group in match.groups() if group)
    return len(word) == 1 and word.isascii() and word not in "eEwW"


def _kind_of(match: re.Match[str]) -> str:
    word = next(group for group in match.groups() if group).casefold()
    kinds = _kinds()
    return kinds.get(word) or kinds.get(" ".join(word.split())) or _spaced(word)


@cache
def _tight() -> dict[str, str]:
    return {word.replace(" ", ""): kind for word, kind in _kinds().items()}


def _spaced(word: str) -> str:
    return _tight()[word.replace(" ", "")]
