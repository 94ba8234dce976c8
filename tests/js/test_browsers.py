"""Nothing in our pages is younger than the browsers that are promised (docs/widget.md), unless it is whole without it.

What a style sheet uses is read from it, and each name must be known here; of JavaScript the young names are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "services/gateway/src/parley_gateway/web"
PROMISED = {"Chrome": 111.0, "Firefox": 121.0, "Safari": 16.4}

SHEETS = {file.name: file.read_text("utf-8") for file in sorted((WEB / "assets").glob("*.css"))}
SHEETS["css.js"] = re.findall(r"(?s)`\n(.*?)`", (WEB / "widget/src/css.js").read_text("utf-8"))[0]

OLD = {
    "functions": "calc clamp counter format min minmax nth-child not repeat repeating-linear-gradient url var",
    "at-rules": "@font-face @keyframes @media",
    "pseudo": ":checked :disabled :empty :first-child :focus :host :hover :last-child :not :nth-child :read-only :root "
    "::after ::backdrop ::before ::placeholder",
    "units": "% ch deg em fr px s vh vw",
    "media": "max-width min-width max-height pointer prefers-color-scheme prefers-reduced-motion",
}
"""In all browsers since 2020 or longer."""

SINCE: dict[str, tuple[float, float, float]] = {
    ":focus-visible": (86, 85, 15.4),
    ":focus-within": (60, 52, 10.1),
    "::file-selector-button": (89, 82, 14.1),
    ":has": (105, 121, 15.4),
    ":is": (88, 78, 14),
    "has": (105, 121, 15.4),
    "is": (88, 78, 14),
    "accent-color": (93, 92, 15.4),
    "color-mix": (111, 113, 16.2),
    "dvh": (108, 101, 15.4),
    "gap": (84, 63, 14.1),
    "inset": (87, 66, 14.1),
    "inset-inline-end": (87, 63, 14.1),
    "overscroll-behavior": (63, 59, 16),
    "rotate": (104, 72, 14.1),
    "text-underline-offset": (87, 70, 12.1),
}
"""Name: since which Chrome, Firefox, Safari. Also of functions, units and properties of the same name."""

WITHOUT = {
    "field-sizing": "a box keeps its two lines, and scrolls",
    "appearance": "a bar looks as the browser draws it",
    "::-webkit-progress-bar ::-webkit-progress-value ::-moz-progress-bar": "one for each family of browsers",
    "::-webkit-meter-bar ::-webkit-meter-optimum-value ::-moz-meter-bar": "one for each family of browsers",
}
"""What some do not have, and what is there then."""

PROPERTIES = """
align-items align-self all animation background border border-bottom border-bottom-width border-collapse border-color border-left
border-left-color border-radius border-right border-top bottom box-shadow box-sizing break-inside clip-path color
color-scheme content counter-increment counter-reset cursor display fill flex flex-basis flex-direction flex-wrap font
font-display font-family font-size font-variant-numeric font-weight grid-column grid-row grid-template-columns height
justify-content justify-items justify-self left letter-spacing line-height list-style margin margin-bottom margin-left
margin-right margin-top max-height max-width min-height min-width opacity order outline outline-color outline-offset
overflow overflow-wrap overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top place-items
position resize right scroll-behavior scroll-padding scroll-padding-top src stroke stroke-linecap stroke-linejoin
stroke-width tab-size text-align text-decoration text-decoration-color text-overflow top transition user-select
vertical-align white-space width z-index
"""

YOUNG = r"""
canParse|groupBy|withResolvers|fromAsync|Segmenter|isWellFormed|toWellFormed|checkVisibility|startViewTransition|moveBefore
|requestIdleCallback|scheduler\.|AbortSignal\.any|Promise\.try|RegExp\.escape|ariaLabelledByElements|setHTML|getHTML
|caretPositionFromPoint|scrollend|Iterator\.|symmetricDifference|isSubsetOf|showPicker|urlpattern|URLPattern|navigation\.
|requestClose|closedBy|findLastAsync|Temporal\.|structuredClone\(.*transfer|\bawait using\b|import .* with \{|/[gimsuy]*v[gimsuy]*[;,)]
"""
"""In JavaScript: younger than what is promised, or not everywhere."""


def names(css: str) -> set[str]:
    """The functions, rules, selectors, units, properties and media that a sheet needs."""
    css = re.sub(r'(?s)/\*.*?\*/|"[^"]*"|url\([^)]*\)', "", css)
    selectors = re.sub(r"\{[^{}]*\}", "{}", css)
    media = re.findall(r"@media([^{]*)", css)
    return {
        *re.findall(r"(?<![\w-])([a-z-]+)\(", css),
        *re.findall(r"@[\w-]+", css),
        *re.findall(r"::?[a-z-]+(?=[\s,{:().\[>~+)]|$)", re.sub(r"@media[^{]*", "", selectors)),
        *re.findall(r"(?<![\w#.-])-?(?:\d*\.)?\d+([a-z]+|%)", css),
        *re.findall(r"[{;]\s*([a-z][a-z-]*)\s*:\s", css),
        *(feature for query in media for feature in re.findall(r"\(([a-z-]+)", query)),
    }


def known() -> set[str]:
    old = {name for group in OLD.values() for name in group.split()}
    return {*old, *SINCE, *(name for each in WITHOUT for name in each.split()), *PROPERTIES.split()}


@pytest.mark.parametrize("name", SHEETS)
def test_a_style_sheet_needs_nothing_that_is_younger_than_the_promised_browsers(name: str) -> None:
    needed = names(SHEETS[name])
    assert len(needed) > 20
    assert sorted(needed - known()) == []
    assert "&" not in re.sub(r'"[^"]*"', "", SHEETS[name]), "rules within rules are younger"


def test_what_has_an_age_is_old_enough() -> None:
    for name, since in SINCE.items():
        assert all(first <= promised for first, promised in zip(since, PROMISED.values(), strict=True)), name


def test_what_is_young_is_seen() -> None:
    sheet = "@container (x) { .a::details-content { color: light-dark(red, blue); width: 10cqi; anchor-name: --b; } }"
    young = {"@container", "::details-content", "light-dark", "cqi", "anchor-name"}
    assert names(sheet) - known() == young


@pytest.mark.parametrize(
    "folder",
    [
        "assets/account",
        "assets/admin",
        "assets/desk",
        "assets/ops",
        "assets/phone",
        "assets/shared",
        "assets/supervisor",
        "widget/src",
    ],
)
def test_a_module_needs_nothing_that_is_younger_than_the_promised_browsers(folder: str) -> None:
    pattern = re.compile(YOUNG.replace("\n", ""))
    files = sorted((WEB / folder).glob("*.js"))
    assert files
    for file in files:
        if not file.name.startswith("texts."):
            assert not pattern.search(re.sub(r"(?s)/\*.*?\*/|//[^\n]*", "", file.read_text("utf-8"))), file.name


@pytest.mark.parametrize("file", ["README.md", "docs/widget.md"])
def test_the_documents_promise_these(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    for name, version in PROMISED.items():
        assert re.search(rf"{name}\b[^.\n]{{0,20}}\b{version:g}\b", text), name
