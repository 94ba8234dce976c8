"""What is served to browsers: sizes, the vendored file, and the node tests of our own modules."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from parley_gateway.pages.web_files import asset, light, modules, page

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "services/gateway/src/parley_gateway/web"
PAGES = sorted(WEB.glob("*.html"))


def loaded(page: Path) -> set[Path]:
    """The files that a page loads: those of its own, and what they import, in one language only (the longest)."""
    found: set[Path] = set()
    waiting = [page]
    while waiting:
        file = waiting.pop().resolve()
        if file in found or not file.is_file():
            continue
        found.add(file)
        text = file.read_text("utf-8") if file.suffix in (".html", ".js") else ""
        waiting += [WEB / path for path in re.findall(r'(?:src|href)="/([^"]+\.\w+)"', text)]
        waiting += [file.parent / path for path in re.findall(r'^(?:import|export)\b[^"]*"(\.[^"]+)";', text, re.M)]
        languages = [file.parent / path for path in re.findall(r'^\s*\w\w: \(\) => import\("(\.[^"]+)"\)', text, re.M)]
        waiting += [max(languages, key=sent)] if languages else []
    return found


def sent(file: Path) -> int:
    """Bytes on the wire."""
    path = file.relative_to(WEB)
    served = asset(str(path.relative_to("assets"))) if path.parts[0] == "assets" else page(str(path))
    assert served is not None
    return min(len(served.zipped), len(served.plain))  # a font is packed as it is


def test_the_desk_is_at_most_60_kB_in_all_as_it_is_sent() -> None:
    files = loaded(WEB / "desk.html")
    names = {file.name for file in files}
    assert {"desk.css", "main.js", "view.js", "conversation.js", "preact-htm-signals.js", "question.js"} <= names
    on_demand = {
        "composer.js",
        "details.js",
        "customer.js",
        "callnotes.js",
        "letter.js",
        "draft.js",
        "itemnotes.js",
        "help.js",
        "transfer.js",
        "history.js",
        "contactform.js",
        "replies.js",
        "wrapup.js",
        "past.js",
        "callbanner.js",
    }
    assert not on_demand & names, "what opens on demand is loaded when it does"
    assert all((WEB / "assets/desk" / name).is_file() for name in on_demand)
    assert sum(name.startswith("texts.") and name != "texts.js" for name in names) == 1
    assert sum(map(sent, [*files, WEB / "assets/fonts/figtree.woff2"])) <= 60_000


def test_the_operators_page_is_at_most_60_kB_in_all_as_it_is_sent() -> None:
    files = loaded(WEB / "ops.html")
    assert {"ops.css", "admin.css", "lanes.js", "chat.js", "preact-htm-signals.js"} <= {file.name for file in files}
    assert sum(map(sent, [*files, WEB / "assets/fonts/figtree.woff2"])) <= 60_000


def test_the_supervisors_page_is_at_most_62_kB_in_all_as_it_is_sent() -> None:
    files = loaded(WEB / "supervisor.html")
    names = {file.name for file in files}
    assert {"supervisor.css", "desk.css", "queues.js", "acts.js", "socket.js", "preact-htm-signals.js"} <= names
    assert "conversation.js" not in names, "of the desk it loads what it needs"
    assert sum(map(sent, [*files, WEB / "assets/fonts/figtree.woff2"])) <= 62_000


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_page_names_every_module_that_it_imports_from_the_start(file: Path) -> None:
    named = re.findall(r'rel="modulepreload" href="/([^"]+)"', page(file.name).plain.decode())
    imported = {str(found.relative_to(WEB)) for found in loaded(file) if found.suffix == ".js"}
    texts = {name for name in imported if re.search(r"/texts\.\w\w\.js$", name)}  # in one language, chosen there
    scripts = {str(found.relative_to(WEB)) for found in modules(file)[:1]} | {"widget.js", "assets/shared/again.js"}
    assert sorted(named) == sorted(imported - texts - scripts)


@pytest.mark.parametrize("suffix", [".js", ".css"])
def test_what_is_taken_out_of_a_file_before_it_is_sent_is_only_comments_and_indentation(suffix: str) -> None:
    for file in sorted((WEB / "assets").rglob(f"*{suffix}")):
        source = file.read_text("utf-8")
        bare = light(source.encode(), file).decode()
        if file.parent.name == "vendor":
            assert bare == source
            continue
        assert not re.search(r"^\s|/\*\*|^//", bare, re.M), file.name
        strings = re.findall(r"\"[^\"\n]*\"", re.sub(r"(?s)/\*.*?\*/|^\s*//.*?$", "", source, flags=re.M))
        assert all(each in bare for each in strings), file.name


def contrast(one: str, other: str) -> float:
    """That of WCAG, of two colours as `#rrggbb`."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_the_edge_of_what_is_typed_into_or_pressed_can_be_seen(scheme: int) -> None:
    """WCAG 1.4.11: 3 : 1 on everything that it stands on."""
    tokens = (WEB / "assets/tokens.css").read_text("utf-8")
    colours = {name: re.findall(rf"--{name}: (#[0-9a-f]{{6}});", tokens) for name in ("edge", *GROUNDS)}
    for ground in GROUNDS:
        assert contrast(colours["edge"][scheme], colours[ground][scheme]) >= 3, ground


GROUNDS = ("surface", "sunken", "ground", "accent-soft", "hold-soft")


@pytest.mark.parametrize("name", ["desk", "admin", "phone", "account"])
def test_every_field_and_button_has_that_edge(name: str) -> None:
    text = (WEB / f"assets/{name}.css").read_text("utf-8")
    rules = re.findall(
        r"^(button|button, \.button|input|input, textarea, select) \{([^}]*\bborder:[^}]*)\}", text, re.M
    )
    assert {selector.split(",")[0] for selector, _ in rules} == {"button", "input"}
    assert all("border: 1px solid var(--edge)" in rule for _, rule in rules)


WRITES = re.compile(r"([\w.#\[\]]+)\.value\s*\]?\s*(?:[-+*/%&|?]{0,3}=(?![=>])|\+\+|--)")
MAKES = re.compile(r"\bconst (?:\{([^}]*)\}|(\w+)) = (?:signal|speech)\(|(#\w+) = signal\(")
WRITERS = {
    "account": {"account.js"},
    "admin": {"state.js", "store.js"},
    "desk": {"desk.js"},
    "ops": {"state.js"},
    "phone": {"phone.js"},
    "shared": set[str](),
    "supervisor": {"floor.js"},
}
"""Who writes a page's state (what `state.js` holds, on the telephone `phone.js`)."""


def test_a_signal_is_written_where_it_is_made_and_a_pages_state_by_those_who_write_it() -> None:
    assert {folder.name for folder in (WEB / "assets").iterdir() if any(folder.glob("*.js"))} == {*WRITERS, "vendor"}
    for folder, writers in WRITERS.items():
        for file in sorted((WEB / "assets" / folder).glob("*.js")):
            text = file.read_text("utf-8")
            names = re.findall(r"#?\w+", " ".join(map("".join, MAKES.findall(text))))
            own = {f"this.{name}" if name.startswith("#") else name for name in names} | {"box"}  # a field of a form
            if file.name not in writers:
                assert set(WRITES.findall(text)) <= own, f"{folder}/{file.name} writes what others hold"


def test_a_write_is_seen_however_it_is_written() -> None:
    for write in ("a.value = 1", "a.value=1", "a.value += 1", "a.value ??= 1", "a.value++", "[b.value, a.value] = c"):
        assert "a" in WRITES.findall(write), write
    for read in ("a.value === 1", "a.value == 1", "a.value => 1", "a.value >= 1", "a.value"):
        assert not WRITES.search(read), read


def test_what_is_sent_of_our_modules_is_javascript(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: it is NOT known whether what is sent can be read")
    files = [file for file in sorted((WEB / "assets").rglob("*.js")) if file.parent.name != "vendor"]
    for number, file in enumerate(files):
        (tmp_path / f"{number}-{file.stem}.mjs").write_bytes(light(file.read_bytes(), file))
    script = "for (const file of process.argv.slice(1)) new (require('vm').SourceTextModule)(require('fs').readFileSync(file, 'utf8'))"
    run = subprocess.run(
        [node, "--no-warnings", "--experimental-vm-modules", "-e", script, *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr


def test_the_widget_uses_nothing_that_trusted_types_forbid() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createElement\(.style"
    for path in (*sorted((WEB / "widget/src").glob("*.js")), WEB / "widget.min.js"):
        assert not re.search(forbidden, path.read_text("utf-8")), path.name


def test_what_is_pending_in_the_widget_is_decided_without_page_connection_storage_or_clock() -> None:
    text = (WEB / "widget/src/talk.js").read_text("utf-8")
    code = re.sub(r"(?s)/\*.*?\*/|//[^\n]*", "", text)
    assert not re.search(
        r"import|document|window|location|[sS]torage|WebSocket|fetch|Date|setTimeout|performance|crypto", code
    )


def test_the_vendored_file_is_the_one_that_its_readme_describes() -> None:
    vendor = WEB / "assets/vendor"
    file = (vendor / "preact-htm-signals.js").read_bytes()
    assert hashlib.sha256(file).hexdigest() in (vendor / "README.md").read_text("utf-8")
    assert b"sourceMappingURL" not in file


def test_the_font_is_the_one_that_its_readme_describes() -> None:
    fonts = WEB / "assets/fonts"
    assert hashlib.sha256((fonts / "figtree.woff2").read_bytes()).hexdigest() in (fonts / "README.md").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_keeps_to_the_content_security_policy(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_loads_only_what_exists(page: Path) -> None:
    for path in re.findall(r'(?:src|href)="/(assets/[^"]+|widget\.js)"', page.read_text("utf-8")):
        assert (WEB / path.replace("widget.js", "widget.min.js")).is_file(), path


def test_the_modules_of_the_desk_pass_their_node_tests() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the tests of the desk's modules did NOT run")
    files = sorted(str(file) for file in HERE.glob("*.test.js"))
    run = subprocess.run([node, "--no-warnings", "--test", *files], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
