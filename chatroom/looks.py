"""
Who looks like whom, and whom a name must not make believe to be.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import chain
from typing import Final

import regex

from chatroom.errors import BadName
from chatroom.names import seen, skeleton

#: Scripts by their codes of ISO 15924: all that Unicode has, but for those of signs
#: that stand in every script.
_SCRIPTS: Final = """
    Adlm Aghb Ahom Arab Armi Armn Avst Bali Bamu Bass Batk Beng Bhks Bopo Brah Brai Bugi Buhd
    Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Cyrl Deva Diak Dogr Dsrt Dupl Egyp Elba Elym
    Ethi Gara Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hang Hani Hano Hatr Hebr Hira
    Hluw Hmng Hmnp Hung Ital Java Kali Kana Kawi Khar Khmr Khoj Kits Knda Krai Kthi Lana Laoo
    Latn Lepc Limb Lina Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Mlym
    Modi Mong Mroo Mtei Mult Mymr Nagm Nand Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya
    Osge Osma Ougr Palm Pauc Perm Phag Phli Phlp Phnx Plrd Prti Rjng Rohg Runr Samr Sarb Saur Sgnw
    Shaw Shrd Sidd Sind Sinh Sogd Sogo Sora Soyo Sund Sunu Sylo Syrc Tagb Takr Tale Talu Taml
    Tang Tavt Telu Tfng Tglg Thaa Thai Tibt Tirh Tnsa Todr Toto Tutg Ugar Vaii Vith Wara Wcho
    Xpeo Xsux Yezi Yiii Zanb
"""

#: Which are written together: UTS 39, section 5.2, "Highly Restrictive".
_TOGETHER: Final = (
    ("Latn", "Hani", "Hira", "Kana"),
    ("Latn", "Hani", "Bopo"),
    ("Latn", "Hani", "Hang"),
)

#: Who would be taken for the room itself; only the host program may be called so.
RESERVED: Final = (
    *("server", "system", "admin", "administrator", "chatroom"),
    *("服务器", "服務器", "伺服器", "系统", "系統", "系统消息", "系統訊息", "系统通知", "系統通知"),
    *("管理员", "管理員", "系统管理员", "系統管理員", "聊天室"),
)

#: Between letters a sign hides nobody: ``ad-min`` is read as ``admin``.
_NO_SIGNS: Final = str.maketrans("", "", " ._-'")


@lru_cache(maxsize=1024)
def looks(name: str) -> frozenset[str]:
    """
    Return what *name* looks like, in whatever case it is read: two names clash that
    have one of these in common.

    Which characters look alike depends on their case, and people take names for the
    same that differ in case. In small letters alone it would not be seen that a small
    L stands in ``ADMlN``, nor that ``TOM`` can be written in Cyrillic.

    Args:
        name: A name that `chatroom.names.clean_name` returned.
    """
    typed = seen(name)
    return frozenset({typed, typed.casefold(), skeleton(name), seen(name.upper())})


def is_mixed(name: str) -> bool:
    """
    Whether scripts are mixed in *name* that people do not write together.
    """
    return not name.isascii() and _one_script().fullmatch(name) is None


def check_own(name: str) -> None:
    """
    Refuse a name by which somebody would be taken for what they are not.

    Args:
        name: A name that `chatroom.names.clean_name` returned.

    Raises:
        BadName: It is reserved, or made of scripts that are not written together.
    """
    if is_mixed(name):
        raise BadName("A name is made of letters of one alphabet.")
    if not _reserved().isdisjoint(looks(name.translate(_NO_SIGNS))):
        raise BadName("This name is the server's own.")


# Compiled for the first who needs it: that takes a while, and most names are ASCII.
@cache
def _one_script() -> regex.Pattern[str]:
    """What is of one script, or of some that are written together."""
    sets = (
        "".join(rf"\p{{scx={script}}}" for script in scripts)
        for scripts in chain(_TOGETHER, ([script] for script in _SCRIPTS.split()))
    )
    return regex.compile("|".join(rf"[\p{{scx=Zyyy}}\p{{scx=Zinh}}{each}]+" for each in sets))


@cache
def _reserved() -> frozenset[str]:
    return frozenset(chain.from_iterable(map(looks, RESERVED)))
