"""A judge of HTML that is told nothing of how it was made: it parses it again as browsers do, and names all that would load or run something."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import tinyhtml5

XHTML = "{http://www.w3.org/1999/xhtml}"


def _all(names: str) -> set[str]:
    return set(names.split())


TAGS = _all(
    "html head body a b blockquote br caption center code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre s small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul"
)
ATTRIBUTES = _all(
    "align alt bgcolor border cellpadding cellspacing color colspan dir height href lang rel rowspan size src start style target title valign width"
)


def harms(html: str) -> list[str]:
    """What is wrong with it; nothing, where it is harmless."""
    found = []
    for node in tinyhtml5.parse(f"<!DOCTYPE html><html><body>{html}").iter():
        tag = node.tag if isinstance(node.tag, str) else "comment"
        if not tag.startswith(XHTML) or tag.removeprefix(XHTML) not in TAGS:
            found.append(f"<{tag}>")
            continue
        found += _of_attributes(tag.removeprefix(XHTML), node)
    return found


def _of_attributes(tag: str, node: Element) -> list[str]:
    found = []
    for name, value in node.attrib.items():
        ok = name in ATTRIBUTES
        if name == "src":
            ok = tag == "img" and re.fullmatch(r"cid:[^\s\"'<>]+", value) is not None
        elif name == "href":
            ok = tag == "a" and re.match(r"(https?|mailto|tel):", value) is not None
        elif name == "style":
            ok = not re.search(
                r"(?i)url|expression|@|\\|image|var\(|behavior|position|src|/\*", value
            ) and "(" not in re.sub(r"rgba?\([\d\s.,%/]+\)", "", value)
        if not ok:
            found.append(f"<{tag} {name}={value[:60]!r}>")
    if tag == "a" and (
        node.get("target") != "_blank" or not {"noopener", "noreferrer"} <= set((node.get("rel") or "").split())
    ):
        found.append("a link that knows who opened it")
    return found


def tree(html: str) -> list[tuple[object, list[tuple[str, str]], str | None, str | None]]:
    """What a browser makes of it, without the order of attributes."""
    return [(node.tag, sorted(node.attrib.items()), node.text, node.tail) for node in tinyhtml5.parse(html).iter()]
