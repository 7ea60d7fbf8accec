"""Pictures that an operator gives us to show: no more than an image, and no larger than a page can bear."""

from dataclasses import dataclass, field
from typing import Self

from validate_service.core.errors import PolicyError

MOST_BYTES = 512 * 1024

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""How the file of each kind begins."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture.

    Attributes:
        content: The file.
        media_type: What it is, by its first bytes and not by anybody's word, such as ``image/png``.
    """

    content: bytes = field(repr=False)
    media_type: str

    @classmethod
    def parse(cls, name: str, content: bytes) -> Self:
        r"""Return the picture that *content* is.

        Args:
            name: What the picture is for, for the error's text.
            content: The file.

        Raises:
            PolicyError: it is larger than 512 KiB, or neither PNG nor JPEG nor GIF.

        >>> Image.parse("logo", b"GIF89a...").media_type
        'image/gif'
        """
        if len(content) > MOST_BYTES:
            raise PolicyError(f"{name} must be at most {MOST_BYTES // 1024} KiB.")
        for signature, media_type in SIGNATURES.items():
            if content.startswith(signature):
                return cls(content, media_type)
        raise PolicyError(f"{name} must be a PNG, JPEG or GIF; SVG is refused because it can hold scripts.")
