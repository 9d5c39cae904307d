"""Pictures: checked, resized and kept in the database, so that any web process can serve them."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import IO, TYPE_CHECKING

import sqlalchemy as sa
from flask import Blueprint, Response, abort, url_for
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, db
from app.errors import Refusal
from app.i18n import _l
from app.web import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("media", __name__)

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1600  # pixels, after resizing


class Picture(Base):
    """A picture as WebP, named by the SHA-256 of its bytes."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def url(self) -> str:
        return url_for("media.picture", digest=self.digest)


def store_picture(stream: IO[bytes]) -> Picture:
    """Read a JPEG, PNG or WebP, turn it upright, strip its metadata, shrink it to 1600 px and keep it.

    Raises Refusal("picture") when the bytes are no such picture or too large.
    """
    from PIL import Image, ImageOps  # heavy, and only needed here

    content = stream.read(MAX_BYTES + 1)
    refusal = Refusal("picture", _l("Choose a JPEG, PNG or WebP picture of at most 8 MB."), field="picture")
    if len(content) > MAX_BYTES:
        raise refusal
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise refusal
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((MAX_SIDE, MAX_SIDE))
            mode = "RGBA" if image.has_transparency_data else "RGB"
            out = io.BytesIO()
            image.convert(mode).save(out, "WEBP", quality=82)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise refusal from error
    return _keep(out.getvalue(), image.width, image.height)


def _keep(content: bytes, width: int, height: int) -> Picture:
    digest = hashlib.sha256(content).hexdigest()
    picture = db.session.scalar(sa.select(Picture).where(Picture.digest == digest))
    if picture is None:
        picture = Picture(digest=digest, width=width, height=height, content=content)
        db.session.add(picture)
        db.session.flush()
    return picture


@bp.get("/media/<string(length=64):digest>.webp")
@public
def picture(digest: str) -> ResponseReturnValue:
    content = db.session.scalar(sa.select(Picture.content).where(Picture.digest == digest))
    if content is None:
        abort(404)
    response = Response(content, mimetype="image/webp")
    response.cache_control.public = True
    response.cache_control.max_age = 31_536_000
    response.cache_control.immutable = True
    return response
