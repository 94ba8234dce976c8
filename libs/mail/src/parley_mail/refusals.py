"""The stable codes of refusals (R31) of mails and files, and the exceptions that carry them."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    "too_large",
    "too_many_parts",
    "too_deep",
    "too_many_headers",
    "too_many_lines",
    "unreadable",
    "empty",
    "bad_address",
    "bad_header",
    "no_recipient",
    "too_many_recipients",
]
CODES: tuple[str, ...] = get_args(Code)
FileCode = Literal["too_large", "unknown_file", "damaged"]


class MailRefused(Exception):
    """A mail that is not read, or not written (R31): a stable `code` and a sentence that says what is wrong. Nothing else comes out of this library for
    what somebody wrote."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class FileRefused(Exception):
    """A file that is not kept, or not handed out (R31)."""

    def __init__(self, code: FileCode, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
