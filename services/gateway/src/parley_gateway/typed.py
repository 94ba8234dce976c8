"""The texts that people and programs type, as types that check them: no NUL, no half of a surrogate pair, not too long (R31)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

MOST_BYTES = 16 * 1024
MOST_CHARACTERS = 4_000


def _clean(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("bad_text", "must not contain the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("bad_text", "must be Unicode text: it contains half of a surrogate pair") from None
    return text


def _message_text(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise PydanticCustomError(
            "too_long",
            "has {length} characters, at most {most} are allowed",
            {"length": len(text), "most": MOST_CHARACTERS},
        )
    if not text.strip():
        raise PydanticCustomError("bad_text", "must not be empty")
    return text


def _trimmed(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


Clean = Annotated[str, AfterValidator(_clean)]
Trimmed = Annotated[Clean, BeforeValidator(_trimmed)]
"""A text without white space around it."""
MessageText = Annotated[Clean, AfterValidator(_message_text)]
"""A message, a note, an e-mail: some text, of at most `MOST_CHARACTERS`."""
Id = Annotated[Clean, Field(min_length=1, max_length=64)]
Short = Annotated[Clean, Field(max_length=200)]
Agreed = Annotated[Clean, Field(max_length=1_000)]
"""A text that visitors agree to before a chat, or none."""
Comment = Annotated[Trimmed, Field(max_length=1_000)]
"""What a visitor adds to a rating."""
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A number that everybody can keep: browsers, databases and whatever writes JSON."""
