"""Language codes (BCP 47) and how a provider's list is matched with what a bot asks for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Language(StrEnum):
    """The languages the documented services name; the value is the BCP 47 code."""

    AF = "af"
    AM = "am"
    AR = "ar"
    AR_AE = "ar-AE"
    AR_EG = "ar-EG"
    AR_SA = "ar-SA"
    AS = "as"
    AZ = "az"
    BE = "be"
    BG = "bg"
    BN = "bn"
    BN_IN = "bn-IN"
    BS = "bs"
    CA = "ca"
    CS = "cs"
    CY = "cy"
    DA = "da"
    DE = "de"
    DE_AT = "de-AT"
    DE_CH = "de-CH"
    DE_DE = "de-DE"
    EL = "el"
    EN = "en"
    EN_AU = "en-AU"
    EN_CA = "en-CA"
    EN_GB = "en-GB"
    EN_IE = "en-IE"
    EN_IN = "en-IN"
    EN_NZ = "en-NZ"
    EN_US = "en-US"
    EN_ZA = "en-ZA"
    ES = "es"
    ES_AR = "es-AR"
    ES_CL = "es-CL"
    ES_CO = "es-CO"
    ES_ES = "es-ES"
    ES_MX = "es-MX"
    ES_US = "es-US"
    ET = "et"
    EU = "eu"
    FA = "fa"
    FI = "fi"
    FIL = "fil"
    FR = "fr"
    FR_BE = "fr-BE"
    FR_CA = "fr-CA"
    FR_CH = "fr-CH"
    FR_FR = "fr-FR"
    GA = "ga"
    GL = "gl"
    GU = "gu"
    HE = "he"
    HI = "hi"
    HI_IN = "hi-IN"
    HR = "hr"
    HU = "hu"
    HY = "hy"
    ID = "id"
    IS = "is"
    IT = "it"
    IT_IT = "it-IT"
    JA = "ja"
    JA_JP = "ja-JP"
    JV = "jv"
    KA = "ka"
    KK = "kk"
    KM = "km"
    KN = "kn"
    KO = "ko"
    KO_KR = "ko-KR"
    LO = "lo"
    LT = "lt"
    LV = "lv"
    MI = "mi"
    MK = "mk"
    ML = "ml"
    MN = "mn"
    MR = "mr"
    MS = "ms"
    MT = "mt"
    MY = "my"
    NB = "nb"
    NE = "ne"
    NL = "nl"
    NL_BE = "nl-BE"
    NL_NL = "nl-NL"
    NO = "no"
    OR = "or"
    PA = "pa"
    PL = "pl"
    PL_PL = "pl-PL"
    PS = "ps"
    PT = "pt"
    PT_BR = "pt-BR"
    PT_PT = "pt-PT"
    RO = "ro"
    RU = "ru"
    RU_RU = "ru-RU"
    SI = "si"
    SK = "sk"
    SL = "sl"
    SO = "so"
    SQ = "sq"
    SR = "sr"
    SU = "su"
    SV = "sv"
    SV_SE = "sv-SE"
    SW = "sw"
    TA = "ta"
    TE = "te"
    TH = "th"
    TL = "tl"
    TR = "tr"
    TR_TR = "tr-TR"
    UK = "uk"
    UR = "ur"
    UZ = "uz"
    VI = "vi"
    WO = "wo"
    XH = "xh"
    YO = "yo"
    YUE = "yue"
    ZH = "zh"
    ZH_CN = "zh-CN"
    ZH_HK = "zh-HK"
    ZH_TW = "zh-TW"
    ZU = "zu"


def base_of(code: str) -> str:
    """Return the language without its region: ``en`` for ``en-US``, lower case."""
    return code.replace("_", "-").split("-")[0].lower()


def canonical(code: str) -> str:
    """Return ``code`` as BCP 47 writes it: ``en_us`` becomes ``en-US``, ``zh-hant-tw`` becomes ``zh-Hant-TW``."""
    base, *rest = code.strip().replace("_", "-").split("-")
    shaped = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest]
    return "-".join([base.lower(), *shaped])


def best_match(wanted: str, offered: Iterable[str]) -> str | None:
    """Return the code of ``offered`` (as spelled there) nearest to ``wanted``, or None.

    In this order: the same code, the language without region, any region of the language (the first one offered).
    """
    spelled = {canonical(code): code for code in reversed(list(offered))}
    code = canonical(wanted)
    if code in spelled:
        return spelled[code]
    base = base_of(code)
    if base in spelled:
        return spelled[base]
    return next((spelled[other] for other in reversed(spelled) if base_of(other) == base), None)
