"""
An invitation as a picture: the link to a room as a QR code.

It is asked for by POST. What stands behind the ``#`` of a link is for those who
have the link: browsers do not send it along, and in the address of a picture it
would lie in every log on the way.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from io import BytesIO
from typing import Final

import segno
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

from chatroom.codecs.answer import protection
from chatroom.limits import LINK_BYTES
from chatroom.origins import allowed
from chatroom.site import short_answer

#: Where it is, beside the pages.
NAME: Final = b"invitation.svg"

#: As browsers write an address: in ASCII, everything else escaped.
_LINK: Final = re.compile(rb"https?://[!-~]+")
#: One of eight patterns laid over a code. To try which looks best takes seven times
#: as long as to draw it, on the reactor's thread; readers know them all.
_MASK: Final = 2
#: The margin that readers look for, in modules.
_BORDER: Final = 4


class Invitation(Resource):
    """
    Draws the link that is sent to it: for pages of the room, and to pages of the
    room only.

    Args:
        allow_origins: Entries of `chatroom.origins` that are welcome beside the
            room's own pages.
    """

    isLeaf = True

    def __init__(self, allow_origins: Collection[str] = ()) -> None:
        super().__init__()
        self._allow_origins = allow_origins

    def render(self, request: IRequest) -> bytes:
        """
        Answer with an SVG that has no size of its own, or say what is wrong.
        """
        if request.method != b"POST":
            allow = ((b"Allow", b"POST"),)
            return short_answer(request, 405, "Send a link to have it drawn.", allow)
        origin, host = request.getHeader(b"origin"), request.getHeader(b"host")
        if origin is None or not allowed(
            origin, host, has_cookies=False, allow=self._allow_origins
        ):
            return short_answer(request, 403, "Only pages of the room have links drawn here.")
        # It may stand anywhere, or be a file: an embedder's server reads bodies its own way.
        request.content.seek(0)
        link = request.content.read(LINK_BYTES + 1)
        if len(link) > LINK_BYTES:
            return short_answer(request, 413, "The link is too long.")
        # No picture that comes from here leads elsewhere.
        if not _LINK.fullmatch(link) or not link.startswith(origin + b"/"):
            return short_answer(request, 400, "This is no link to a room here.")
        picture = _drawn(link.decode("ascii"))
        for name, value in (
            (b"Content-Type", b"image/svg+xml; charset=utf-8"),
            (b"Content-Length", b"%d" % len(picture)),
            (b"Cache-Control", b"no-store"),
            *protection(),
        ):
            request.setHeader(name, value)
        return picture


def _drawn(link: str) -> bytes:
    picture = BytesIO()
    segno.make_qr(link, error="m", mask=_MASK).save(
        picture,
        kind="svg",
        border=_BORDER,
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return picture.getvalue()
