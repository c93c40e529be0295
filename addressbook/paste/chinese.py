"""The words of addresses in Chinese, Japanese and Korean: what tells an address, a firm, a person, a department."""

from __future__ import annotations

import re
from enum import Enum

from addressbook.paste.places import starts_in_chinese, traditional


class Kind(Enum):
    ADDRESS = "address"
    COMPANY = "company"
    PERSON = "person"
    DEPARTMENT = "department"
    ROLE = "role"
    COURTESY = "courtesy"
    NEUTRAL = "neutral"  # figures and Latin letters: part of whatever stands before them
    UNKNOWN = "unknown"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = frozenset(
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾鐘彭游詹胡施沈余趙盧梁顏柯孫魏翁戴范方宋鄧杜"
    "傅侯曹薛丁卓馬董唐溫藍石蔣田康鄒白涂塗尤韓巫顧伍龍姚崔馮麥關霍岑甄譚區歐莫黎陸鄺湯袁任文倪倫駱賀利嚴單裴尹毛路龔"
    "符邵包查萬屈雷連申戚花席鮑童辛冼柴祝貝樊姜孔阮勞尚鄔凌司秦於于易向項喻湛練危甘季金錢殷滕熊紀聶詩戎管解薄容揭植梅"
    "畢郝常皮齊孟穆房裘繆應宣杭諸吉邢榮荀羊封儲靳武景束喬胥聞党貢姬冀燕茹習步巢"
    "龐滿鳳龍閔苟仇荊惠權晏艾芮幸莘郝閻甯洛區竇阎路向卜尤司利屠蒲戈梅隋仲侍單遲樓覃佟嚴桑匡麻冉狄晉耿焉段麥候敖盤農晁厲申屠鄂鞏"
    "汪盛刁鈕古柳史陶苗岳韋翟闕寧錦焦俞樂瞿左彥池商牛車卞宗桂程饒水舒"
)
_DOUBLE = ("歐陽", "司徒", "上官", "司馬", "諸葛", "東方", "尉遲", "公孫", "令狐", "皇甫", "張簡", "范姜")
_TITLES = _words(
    """
    姑娘 牧師 神父 修女 大廚 大師 護士 督察 督學 大律師 院士 爺爺 嫲嫲 奶奶 叔叔 哥哥 姐姐 媽媽 爸爸 嬸嬸 姨姨 同志 店長
    先生 小姐 女士 太太 婆婆 公公 伯伯 阿姨 師傅 老師 同學 經理 主任 教授 醫生 醫師 律師 博士
    校長 院長 總監 會計 師奶 太 伯 叔 姐 氏 生 哥 嬸 姨
    """
)
_TITLES_FOR_ANY = _words("先生 小姐 女士 太太 同學 婆婆 伯伯")
_ROLES = _words("校長 經理 主任 董事 總監 會計 秘書 院長 店長 總經理 行政主任 客戶主任 工程師 課長 部長")
# Who is there, where no name is given.
_WHOEVER = frozenset(_words("夫人 老闆 老闆娘 老板 老板娘 店主 東主 負責人 經辦人 姑娘 護士"))
_IN_HOUSES = frozenset(
    _words("高層 低層 中層 樓上 樓下 商場 車房 後座 前座 地下 地庫 閣樓 天台 平台 花園 後面 前門 後門")
)
_UNITS = frozenset("號樓室座期層舖")
# What somebody does in a centre, where others only have rooms: 康怡物理治療中心, and not 南豐中心.
_ACTIVE = re.compile(
    r"(?:補習|教育|學習|發展|青少年|青年|兒童|婦女|社區服務|資源|研究|文化|康樂|物流|配送|客戶服務|檢測|化驗|復康|展能|琴|音樂|美容|醫療|醫務|診療|護理|健身|服務|訓練|培訓|語言|語文|藝術|舞蹈|進修|活動|長者|家庭|治療|視光|寵物|牙科|體檢|維修|顧問|翻譯|影印|旅遊|洗衣"
    r").{0,3}中心$"
)
_COMPANY = re.compile(
    r"(?:有限公司|公司|集團|企業|商行|[參藥洋金米車布糧食衣]?行|[茶咖]?餐廳|茶座|單車|汽車|貨倉|倉庫|門市|辦事處|陳列室|酒樓|飯店|酒店|食品|雜貨|士多|超市|文具|電器|五金|書店|花店|[專小百]?賣?店|工作室"
    r"|教室|補習社|粉麵|麵家|茶室|冰室|燒臘|餅店|餅家|麵包|花藝|設計|模具|塑膠|電子|機械|裝修|地產|物業|運輸|速遞|髮型屋|髮廊|美容院|美甲|眼鏡|珠寶|金飾|海味|凍肉|糖水|教育中心|學校|小學|中學|大學|學院|書院|幼稚園|幼兒園|教會|教堂|醫院|診所|牙醫|藥房|藥店|律師樓|律師行|事務所|會計師行|基金會|基金"
    r"|協會|學會|商會|總會|讀書會|.{3}會|.{2}[老護戲劇]院|社|義工團|團|隊|俱樂部|旅行社|出版社|報社|銀行|廠|工廠|製衣廠|印刷|記|號|堂|坊|廊|屋|館|畫室|實驗室"
    r"|株式会社|合同会社|有限会社|商店|주식회사|\(주\)|㈜)$"
    r"|有限公司|株式会社|有限会社|합자회사|주식회사|\(주\)|㈜|股份|公司[（(]"
)
_FLOOR = r"[\dA-Za-z０-９一二三四五六七八九十百廿]"
_ADDRESS = re.compile(
    rf"{_FLOOR}(?:號|樓|室|座|字樓|期|層|舖|弄|巷|段|棟|單元|幢|院|號樓|地下|閣|之|翼|丁目|番地|F|階)"
    r"|\d.{0,3}[-－]\d"
    r"|(?:路|街|道|里|徑|圍|邨|苑|閣|廈|大廈|花園|廣場|信箱|山莊|新村|村|灣|工業邨|工業中心|中心|樓|座|地下|後座|前座|閣樓|天台|舖|信託|一期|二期|三期)$"
    r"|郵政信箱|大廈|商場|屋邨|工業大廈"
    r"|(?:都|道|府|県|市|区|區|町|村|縣|鄉|鎮|省|州)(?=.{1,})(?<=..)"
)
_BESIDE = re.compile(
    r"^[（(].*(?:出口|側|旁|旁邊|後面|樓下|附近)[)）]$|^[（(]?(?:鄰?近|即|位於|對面|旁邊)|(?:ビル|マンション|ハイツ|アパート|荘|コーポ|プラザ|タワー)$"
)
_KOREAN_ADDRESS = re.compile(r"[가-힣](?:특별시|광역시|특별자치시|[시군구읍면동로길])(?=\s|\d|$)|\d층|\d호")
_DEPARTMENT = re.compile(r"(?:部|部門|組|處|科|課|系)$")
# "Senior manager": who says what somebody is, and not who.
_RANKED = re.compile(
    r"^(?:高級|助理|副|總|資深|首席|見習|市場|營業|銷售|財務|行政|人事|人力資源|項目|業務|區域|客戶|技術|採購|部門|設計|執行|項目|創意|營運|物流|品質)"
    r"{1,3}(?:校長|經理|主任|董事|總監|會計|秘書|院長|店長|工程師|課長|部長|顧問|專員|主管|總裁)$"
)
# When and how to deliver.
_WISH = re.compile(
    r"^(?:[上下]午|早上|晚上|中午|平日|星期|周[一二三四五六日]|請|請勿|勿|可放|放[在管]|送前|送貨|到付|順豐|工作日|門口|如無人|收貨前)"
    r"|(?:後送|前送|後收|前收|送貨|派送|致電|電聯|來電|管理處|放門口|時間|付款|急件|易碎)$"
)
_COURTESY = re.compile(
    r"(?:嗎|呀|㗎|喎|吖|啦|[?？!！])$|呢度|以下地址|幫我|可唔可以|可以幫|^(?:早晨|哈囉|多謝|謝謝|唔該|麻煩|你好|您好|老闆|請|敬啟|此致|順祝|ありがとう|감사)"
)
# A department behind a firm's name, in one word: 運通速遞倉務部.
_FIRM_BEFORE_DEPARTMENT = re.compile(
    r"^.{2,20}(?:公司|集團|行|社|廠|店|會|銀行|中心|速遞|物流|貿易|科技|學校|醫院|大學|中學|小學|協會|酒店|實業|國際|印刷|出版|設計|工程|製衣|電子)"
    r".{2,5}[部組處科]$"
)
_AREA_ALONE = re.compile(r"^[\u3400-\u9fff]{2,5}(?:省|市|縣|自治區)$|^[\u3400-\u9fff]{2,4}(?:區|鎮|鄉|街道)$")
_BRANCH = re.compile(r"(?:分店|總店|旗艦店|專門店|公司|餐廳|茶室)$")
_ADDRESS_LETTER = re.compile(r"[號樓室座期層舖路街道里]")
_RECEIVED = re.compile(r"[ \u3000]*[（(]?(?:親啟|敬啟|啟|台啟|收)[）)]?$")
_RECEIVED_ALONE = frozenset(_words("收 啟 親啟 敬啟 台啟 鈞啟 親收 查收 台收"))
_LOCAL = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_HONORIFIC = re.compile(r"(?:様|さん|殿|御中|님|귀하|과장|부장|대리|사장)$")


def is_local(text: str) -> bool:
    """Tell whether a text has letters of a local script."""
    return _LOCAL.search(text) is not None


def without_received(text: str) -> str:
    """Take the word away that only says for whom it is: 陳大文收."""
    return _RECEIVED.sub("", _RECEIVED.sub("", text)) if len(text) > 2 else text


def is_person(text: str) -> bool:
    """Tell whether a text can be a Chinese name: a surname and one or two letters, or with a title.

    Two with a stroke between them are two people: 陳生/林小姐.
    """
    known = traditional(text).replace(" ", "").replace("\u3000", "")
    if known in _IN_HOUSES:
        return False
    if "/" in known or "／" in known or "、" in known:
        return all(is_person(one) if one else False for one in re.split("[/／、]", known))
    known = re.sub(r"[（(][A-Za-z .'’-]{2,20}[)）]$", "", known)
    known = re.sub(r"[（(](先生|小姐|女士|太太|老師|醫生)[）)]$", r"\1", known)
    bare, titled = known, False
    for title in _TITLES:
        if known.endswith(title) and len(known) > len(title):
            bare, titled = known.removesuffix(title), len(title) > 1
            break
    if re.fullmatch(r"阿[\u3400-\u9fff]{1,2}|[\u3400-\u9fff]{1,2}[叔姐哥嫂姨伯嬸]", known):
        return True
    if (
        known.endswith(_TITLES_FOR_ANY)
        and 1 <= len(bare) <= 3
        and all("\u3400" <= letter <= "\u9fff" for letter in bare)
    ):
        return bare[-1] not in _UNITS
    if not titled and known[-1:] in "樓廈邨閣":
        return False
    names = [bare, known] if not titled else [bare]
    return any(_is_name(name, titled=titled or name != known) for name in names)


def _is_name(name: str, *, titled: bool) -> bool:
    if not name or any(not "\u3400" <= letter <= "\u9fff" for letter in name):
        return False
    surname = 2 if name[:2] in _DOUBLE else 1
    if surname == 1 and name[0] not in _SURNAMES:
        return False
    given = len(name) - surname
    return (0 if titled else 1) <= given <= 2


def has_title(text: str) -> bool:
    """Tell whether a text is somebody with a title that nothing else has: 陳小姐, and not 高層."""
    return is_person(text) and traditional(text).endswith(_TITLES_FOR_ANY)


def is_whoever(text: str) -> bool:
    """Tell whether a word says who somebody is there, and not their name: 老闆."""
    return traditional(text) in _WHOEVER


def is_building(text: str) -> bool:
    """Tell whether a Japanese word names a building, or a Chinese one what an address is beside."""
    return _BESIDE.search(text) is not None


def kind_of(text: str) -> Kind:
    """Tell what a word or a line in a local script is."""
    known = traditional(text)
    if not is_local(text):
        return Kind.NEUTRAL
    if known in _UNITS or known in _IN_HOUSES:
        return Kind.ADDRESS
    if known in _RECEIVED_ALONE:
        return Kind.COURTESY
    if known in _WHOEVER:
        return Kind.PERSON
    if known in _ROLES or _RANKED.search(known):
        return Kind.ROLE
    if _WISH.search(known):
        return Kind.COURTESY
    if _COURTESY.match(known):
        return Kind.COURTESY
    has_digit = any(letter.isdigit() for letter in known)
    if _ACTIVE.search(known) and not has_digit:
        return Kind.COMPANY
    if _COMPANY.search(known) and not has_digit and not (starts_in_chinese(known) and _ADDRESS.search(known)):
        return Kind.COMPANY if not is_person(text) or len(known) > 3 else Kind.PERSON
    if has_digit and _BRANCH.search(known) and not _ADDRESS_LETTER.search(known):
        return Kind.COMPANY  # 眼鏡88分店
    if _BESIDE.search(known):
        return Kind.ADDRESS
    if _HONORIFIC.search(known):
        return Kind.PERSON
    if _AREA_ALONE.search(known) and (known[-1] in "省市縣" or not is_person(text)):
        return Kind.ADDRESS
    if _DEPARTMENT.search(known) and not has_digit and _FIRM_BEFORE_DEPARTMENT.search(known):
        return Kind.COMPANY
    if starts_in_chinese(known) and (len(known) <= 4 or _ADDRESS.search(known)):
        return Kind.ADDRESS
    if is_person(text) and not has_digit:
        return Kind.PERSON
    if (
        _ADDRESS.search(known)
        or _KOREAN_ADDRESS.search(known)
        or (has_digit and is_local(text))
        or starts_in_chinese(known)
    ):
        return Kind.ADDRESS
    if _DEPARTMENT.search(known):
        return Kind.DEPARTMENT
    return Kind.UNKNOWN
