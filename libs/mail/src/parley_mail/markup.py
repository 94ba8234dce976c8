"""HTML of strangers, twice: as text that can be read, and as HTML that loads nothing and runs nothing.

It is read once by libxml2, whose cost grows with the length alone, and written anew: few tags, rightly nested, not deep. What that gives is judged by `nh3`
(ammonia), which alone decides what goes out; by itself it takes minutes for half a megabyte of nested tags. nh3's word is final: nothing changes the text
after it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

import nh3
from lxml import etree

from . import cleaning
from .contents import PICTURES
from .guarded import tried
from .values import MIB


def _all(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLOCKS = _all(
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul"
)
_PARAGRAPHS = _all("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_SHOWN = _all(
    "a b blockquote br caption center code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre s small span strike strong sub sup table "
    "tbody td tfoot th thead tr tt u ul"
)
_VOID = frozenset(("br", "hr", "img"))
_GONE = _all(
    "applet audio base canvas datalist embed frame frameset head iframe link map math meta noembed noframes noscript object option script select style "
    "svg template textarea title video xmp plaintext"
)
"""With all that is in them."""
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "lang", "style", "title", "valign", "width", "height", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt"},
    "font": {"color", "size"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "table": {"border", "cellpadding", "cellspacing"},
    "ol": {"start"},
}
_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_PLAIN_VALUE = re.compile(r"[\w\s#%.,+()\-/]{0,200}")
_PICTURE = re.compile(r"cid:[A-Za-z0-9@._+$%=&~-]{1,250}")
_PROPERTIES = _all(
    "color background-color font-weight font-style font-size font-family line-height text-align text-decoration text-indent text-transform vertical-align "
    "white-space margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left border border-top "
    "border-right border-bottom border-left border-color border-style border-width border-collapse border-spacing width height max-width direction "
    "list-style-type"
)
_STYLE_VALUE = re.compile(r"(?:rgba?\([\d\s.,%/]{1,40}\)|[\w\s#%.,'\-]){1,100}")
_HIDDEN = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d]*[1-9])|max-height\s*:\s*0(?![.\d]*[1-9])"
)
DEEPEST = 100
_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class Rendered:
    """`text` to read, `html` to show; `left_out`: pictures that would have been loaded from elsewhere; `cut`: one of the two ends before the mail does."""

    text: str
    html: str
    left_out: int
    cut: bool


def rendered(raw: str, most_text: int, most_html: int) -> Rendered:
    """HTML, as both. It costs time by its length alone, whatever is in it."""
    walk = _Walk(most_text, most_html)

    def fed() -> None:
        parser = etree.HTMLParser(target=walk, recover=True, no_network=True, huge_tree=True)
        clean = cleaning.text(raw)
        for start in range(0, len(clean), _AT_ONCE):
            parser.feed(clean[start : start + _AT_ONCE])
        parser.close()

    tried(None, fed)
    return Rendered(walk.readable(), sanitised(walk.shown()), walk.left_out, walk.cut)


def of_text(raw: str) -> str:
    """A text as HTML, where it stands beside HTML in one mail."""
    return f'<div style="white-space: pre-wrap">{escape(raw)}</div>'


def sanitised(raw: str, place: Callable[[str], str | None] | None = None) -> str:
    """What nh3 lets through: `_SHOWN`, links that open elsewhere and take nothing along, pictures of the mail itself, styles of plain values.
    The order of attributes may differ from one call to the next. For what `rendered` gave: of what was made for it, it takes minutes by itself."""

    def judge(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return _picture(value, place)
        if name == "href":
            return value if _scheme(value) in _SCHEMES else None
        if name == "style":
            return plain_style(value) or None
        if name in ("title", "alt"):
            return value[:300]
        return value if _PLAIN_VALUE.fullmatch(value) else None

    return nh3.clean(
        raw,
        tags=set(_SHOWN),
        clean_content_tags=set(_GONE),
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        url_schemes=set(_SCHEMES | {"cid", *(("data",) if place else ())}),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def with_pictures(html: str, pictures: Mapping[str, tuple[str, bytes]], most: int = 12 * MIB) -> str:
    """Sanitised HTML with the mail's own pictures in it, as long as they make it longer by at most `most` characters, each time that one is shown.
    `pictures` has, by Content-ID, the type by content and the bytes. They stand in the page (`data:`), for a sandboxed frame asks for nothing with anybody's
    cookies. Others stay `cid:`, and show nothing."""
    left = most

    def place(name: str) -> str | None:
        nonlocal left
        kind, content = pictures.get(name, ("", b""))
        if kind not in PICTURES or len(content) * 4 // 3 > left:
            return None
        left -= len(content) * 4 // 3
        return f"data:{kind};base64,{b64encode(content).decode()}"

    return sanitised(html, place)


def _picture(value: str, place: Callable[[str], str | None] | None) -> str | None:
    if not _PICTURE.fullmatch(value):
        return None
    return (place(unquote(value[4:])) if place else None) or value


def _scheme(value: str) -> str:
    """Of a link as a browser reads it, which leaves out white space and controls."""
    clean = re.sub(r"[\x00-\x20\x7f-\xa0]", "", value[:2_000])
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", clean)
    return match[1].lower() if match else ""


def plain_style(value: str) -> str:
    """The declarations of a `style` that name a property of looks and a plain value: no function but a colour's, so nothing is loaded."""
    kept = []
    for each in value[:4_000].split(";")[:60]:
        name, colon, content = each.partition(":")
        name, content = name.strip().lower(), content.replace("!important", "").replace('"', "'").strip()
        if colon and name in _PROPERTIES and _STYLE_VALUE.fullmatch(content):
            kept.append(f"{name}: {content}")
    return "; ".join(kept)


class _Walk:
    """What libxml2 tells of a document, one tag after the other, into text and HTML."""

    def __init__(self, most_text: int, most_html: int) -> None:
        self._most_text, self._most_html = most_text, most_html
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank = False
        self._text_size = self._html_size = 0
        self._html: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._shown_depth = 0
        self._gone_at = -1
        self._links: list[tuple[str, list[str]]] = []
        self._quotes = self._pre = 0
        self._lists: list[int] = []
        self.left_out = 0
        self.cut = False

    # What the parser calls.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._open.append((tag, ""))
        if self._gone_at >= 0:
            return
        if tag in _GONE or self._is_hidden(attributes):
            self._gone_at = len(self._open)
            return
        self._text_of_start(tag, attributes)
        if tag in _SHOWN and (tag in _VOID or self._shown_depth < DEEPEST) and not (tag == "a" and self._links):
            self._show(tag, attributes)
        if tag == "a":
            href = attributes.get("href", "").strip()
            self._links.append((href if _scheme(href) in _SCHEMES else "", []))

    def end(self, tag: str) -> None:
        if not self._open:
            return
        opened, closer = self._open[-1]
        if self._gone_at >= 0:
            if len(self._open) == self._gone_at:
                self._gone_at = -1
            self._open.pop()
            return
        if opened == "a" and self._links:
            self._end_of_link(*self._links.pop())
        self._open.pop()
        self._text_of_end(opened)
        if closer:
            self._shown_depth -= 1
            self._html.append(closer)

    def data(self, content: str) -> None:
        if self._gone_at >= 0:
            return
        for _, seen in self._links:
            if len(seen) < 100:
                seen.append(content[:500])
        self._write(content)
        self._emit(escape(content, quote=False))

    def comment(self, content: str) -> None:
        pass

    def pi(self, target: str, content: str | None = None) -> None:
        pass

    def close(self) -> None:
        pass

    # What came of it.

    def readable(self) -> str:
        self._break()
        return "\n".join(self._lines).strip("\n")

    def shown(self) -> str:
        return "".join([*self._html, *(closer for _, closer in reversed(self._open) if closer)])

    # HTML.

    def _emit(self, content: str) -> bool:
        if self._html_size + len(content) > self._most_html:
            self.cut = True
            self._html_size = self._most_html
            return False
        self._html_size += len(content)
        self._html.append(content)
        return True

    def _show(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "img" and not _PICTURE.fullmatch(attributes.get("src", "").strip()):
            self.left_out += 1
            alt = cleaning.line(attributes.get("alt", ""), 100)
            self._emit(f"[{escape(alt)}]" if alt else "")
            return
        allowed = _ATTRIBUTES["*"] | _ATTRIBUTES.get(tag, set())
        written = "".join(
            f' {name}="{escape(value.strip()[:2_000])}"' for name, value in attributes.items() if name in allowed
        )
        if self._emit(f"<{tag}{written}>") and tag not in _VOID:
            self._shown_depth += 1
            self._open[-1] = (tag, f"</{tag}>")

    def _end_of_link(self, href: str, seen: list[str]) -> None:
        """Where it leads stands behind what is shown for it, unless that says so."""
        if not href:
            return
        shown = "".join("".join(seen).split()).lower()
        if _scheme(href) in ("mailto", "tel"):
            target = unquote(href.partition(":")[2].partition("?")[0])
            short = target
        else:
            target = re.sub(r"\s", "", href)
            host = tried("", lambda: urlsplit(target).netloc) or target
            short = host.rpartition("@")[2]
        target, short = cleaning.line(target, 400), cleaning.line(short, 80)
        if not short or shown in (
            target.lower(),
            target.lower().rstrip("/"),
            target.lower().partition("://")[2].rstrip("/"),
            short.lower(),
        ):
            return
        self._emit(f" [{escape(short)}]")
        self._write(f" <{target}>")

    # Text.

    @staticmethod
    def _is_hidden(attributes: Mapping[str, str]) -> bool:
        return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")[:2_000]))

    def _text_of_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _BLOCKS:
            self._break(tag in _PARAGRAPHS)
        if tag == "br":
            self._blank = self._blank or not self._line
            self._break()
        elif tag == "hr":
            self._write("---")
            self._break()
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ol", "ul"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            number = self._lists[-1] if self._lists else 0
            self._write(f"{number}. " if number else "- ", whole=True)
            if number:
                self._lists[-1] += 1
        elif tag in ("td", "th") and self._line:
            self._write("  ", whole=True)
        elif tag == "img":
            alt = cleaning.line(attributes.get("alt", ""), 100)
            self._write(f"[{alt}]" if alt else "")

    def _text_of_end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(tag in _PARAGRAPHS)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()

    def _write(self, content: str, whole: bool = False) -> None:
        if self._pre:
            first, *others = content.split("\n")
            self._add(first)
            for each in others:
                self._line = self._line or [""]
                self._break()
                self._add(each)
            return
        if not whole:
            content = re.sub(r"[ \t\n\r\f]+", " ", content)
            if not self._line or self._line[-1].endswith(" "):
                content = content.lstrip(" ")
        self._add(content)

    def _add(self, content: str) -> None:
        if not content:
            return
        if self._text_size + len(content) > self._most_text:
            self.cut = True
            content = content[: max(0, self._most_text - self._text_size)]
        self._text_size += len(content)
        if content:
            self._line.append(content)

    def _prefix(self) -> str:
        return "> " * min(self._quotes, 8)

    def _break(self, paragraph: bool = False) -> None:
        content = "".join(self._line).replace("\xa0", " ").rstrip()
        self._line = []
        if content or (self._pre and not paragraph and self._text_size < self._most_text):
            if self._blank and self._lines:
                self._lines.append(self._prefix().rstrip())
            self._lines.append(self._prefix() + content)
            self._text_size += len(self._prefix()) + 1
            self._blank = False
        if paragraph:
            self._blank = True
