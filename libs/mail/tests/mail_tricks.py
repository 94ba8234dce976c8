"""Mails that are broken, and mails by which somebody wants something."""

from __future__ import annotations

import io
import zipfile
import zlib

from mail_shapes import PDF, PNG, Sample, attached, head, mail, part, several, whole

HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"

TRICKS = {
    "script": "<p>Hallo</p><script>alert(1)</script><script src=https://evil.example/x.js></script>",
    "on-handlers": '<p onclick=alert(1) onmouseover="alert(2)">Hallo</p><img src=x onerror=alert(3)><body onload=alert(4)>',
    "javascript-link": '<a href="javascript:alert(1)">Hallo</a><a href=" jAvA\tscript:alert(1)">x</a><a href="&#106;avascript:alert(1)">y</a><a href="vbscript:x">z</a>',
    "data-link": '<a href="data:text/html,<script>alert(1)</script>">Hallo</a><img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "style-url": '<p style="background:url(https://evil.example/a.png)">Hallo</p><td style="background-image: u\\72l(https://evil.example/b)"><div style="color:red;behavior:url(x.htc);width:expression(alert(1))">x</div>',
    "style-element": "<style>@import 'https://evil.example/a.css'; body{background:url(//evil.example/b)}</style><p>Hallo</p><link rel=stylesheet href=//evil.example/c.css>",
    "meta-refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/"><p>Hallo</p>',
    "svg": "<p>Hallo</p><svg><script>alert(1)</script><a xlink:href=javascript:alert(1)><text>x</text></a><image href=https://evil.example/x.png /></svg><math><mtext></mtext></math>",
    "remote-pictures": '<p>Hallo</p><img src=https://evil.example/p.gif width=1 height=1><img srcset="https://evil.example/q.png 2x"><picture><source srcset=//evil.example/r></picture><input type=image src=//evil.example/s><table background=//evil.example/t><td background=//evil.example/u>x</table>',
    "frames-and-objects": "<p>Hallo</p><iframe src=https://evil.example/></iframe><object data=//evil.example/o></object><embed src=//evil.example/e><video src=//evil.example/v poster=//evil.example/w></video><audio src=//evil.example/x autoplay></audio>",
    "form": '<form action=https://evil.example/ method=post><p>Hallo</p><input name=pin><button formaction="javascript:alert(1)">ok</button></form>',
    "mxss-noscript": '<p>Hallo</p><noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "mxss-math": '<p>Hallo</p><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "mxss-svg-style": '<p>Hallo</p><svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "mxss-form": "<p>Hallo</p><form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "mxss-select": "<p>Hallo</p><select><template><style><!--</style><a rel=\"--></style></template></select><img id='x'src=x onerror=alert(1)>\">",
    "mxss-textarea": "<p>Hallo</p><textarea><!--</textarea><img src=x onerror=alert(1)>--></textarea>",
    "mxss-comment": "<p>Hallo</p><!--><img src=x onerror=alert(1)>--><!-- --!><img src=x onerror=alert(2)><![CDATA[<img src=x onerror=alert(3)>]]>",
    "mxss-namespaces": '<p>Hallo</p><svg><foreignObject><math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml>',
    "nul-and-controls": "<p>Hal\x00lo</p><scr\x00ipt>alert(1)</scr\x00ipt><a href='java\x01script:alert(1)'>x</a><img\x0csrc=https://evil.example/x>",
    "conditional-comments": "<p>Hallo</p><!--[if mso]><img src=https://evil.example/m><![endif]--><![if !mso]><p>x</p><![endif]>",
    "unclosed": '<p>Hallo</p><img src="https://evil.example/?',
    "link-that-says-another": '<p>Hallo</p><a href="https://evil.example/login">https://bank.example/login</a>',
    "hidden-text": '<p>Hallo</p><div style="display:none;max-height:0">unsichtbar</div><span style="font-size:0px">weg</span>',
    "cid-tricks": "<p>Hallo</p><img src=\"cid:x' onerror='alert(1)\"><img src='cid:a\"><script>alert(1)</script>'><img src='CID:https://evil.example/'>",
    "ping-and-prefetch": "<p>Hallo</p><a href=https://ok.example ping=https://evil.example/ping>x</a><link rel=prefetch href=//evil.example/y><link rel=dns-prefetch href=//evil.example>",
    "attributes-without-end": "<p>Hallo</p><div " + " ".join(f"a{number}=1" for number in range(30_000)) + ">x",
    "deep": "<p>Hallo</p>" + "<div>" * 60_000 + "tief",
    "formatting-without-end": "<p>Hallo</p>"
    + "".join(f"<font color=#{number:06d}>" for number in range(20_000))
    + "<p>x" * 20_000,
}


def zip_bomb() -> bytes:
    """A small archive that would become 100 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nullen.txt", bytes(100_000_000))
    return packed.getvalue()


def nested(depth: int) -> bytes:
    body = part(PLAIN, "innen")
    for each in range(depth):
        body = several("mixed", body, boundary=f"b{each}")
    return whole(body)


def _broken() -> dict[str, Sample]:
    return {
        "empty": Sample(b"", refused="empty"),
        "white-space": Sample(b" \r\n\r\n\t ", refused="empty"),
        "no-header": Sample(b"\r\nnur Text, kein Kopf", refused="unreadable"),
        "noise": Sample(bytes(range(256)) * 50, refused="unreadable"),
        "a-header-alone": Sample(b"Subject: nur das", subject="nur das"),
        "no-boundary": Sample(
            mail("multipart/mixed", "--x\nContent-Type: text/plain\n\nTrotzdem\n--x--"), text=("Trotzdem",)
        ),
        "boundary-that-never-comes": Sample(
            mail('multipart/alternative; boundary="nie"', "Trotzdem zu lesen"), text=("Trotzdem zu lesen",)
        ),
        "boundary-without-end": Sample(whole(several("mixed", part(PLAIN, "Text"))[:-8]), text=("Text",)),
        "base64-that-is-none": Sample(whole(part(PLAIN, "Das ist kein Base64!").replace(b"8bit", b"base64")), text=()),
        "base64-cut": Sample(whole(part(PLAIN, "Ein Text", encoding="base64")[:-5]), text=("Ein",)),
        "unknown-encoding": Sample(whole(part(PLAIN, "Lesbar").replace(b"8bit", b"x-rot")), text=("Lesbar",)),
        "bare-line-feeds": Sample(mail(PLAIN, "Eins\nZwei").replace(b"\r\n", b"\n"), text=("Eins\nZwei",)),
        "bare-carriage-returns": Sample(mail(PLAIN, "Eins").replace(b"\r\n", b"\r"), text=("Eins",)),
        "type-that-is-none": Sample(mail("; ;;=", "Lesbar"), text=("Lesbar",)),
        "date-that-is-none": Sample(
            mail(PLAIN, "x").replace(b"Mon, 3 Nov 2025 10:15:42 +0100", b"Mon, 33 Foo 99999 99:99:99 +9999"),
            more={"date": None},
        ),
        "brackets-without-end": Sample(mail(PLAIN, "x", sender="(" * 5_000 + "<" * 5_000), author=None, text=("x",)),
        "sender-that-is-none": Sample(mail(PLAIN, "x", sender="niemand"), more={"trusted": ""}),
        "two-senders": Sample(
            mail(PLAIN, "x", sender="A <a@kunde.example>, B <b@evil.example>"), author=("A", "a@kunde.example")
        ),
        "parameters-that-crash": Sample(
            mail("text/plain; charset*=utf-8''%ff%; name*0*=x'y; name*1=z; charset*0=u", "Lesbar"), text=("Lesbar",)
        ),
        "charset-that-is-a-tuple": Sample(mail("text/plain; charset*=utf-8''x%FF", b"Lesbar \x80"), text=("Lesbar",)),
        "parameters-that-cannot-be-sorted": Sample(
            mail("text/plain; charset*0=a; charset*=b", b"Lesbar \x80"), text=("Lesbar",)
        ),
        "eight-bits-come-byte-by-byte": Sample(
            whole(
                part(
                    "application/octet-stream; charset=utf-8; name=a.bin",
                    bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b""),
                    "Content-Disposition: attachment\n",
                )
            ),
            files=(("a.bin", "application/octet-stream"),),
        ),
        "uuencode": Sample(
            whole(part(PLAIN, "begin 644 a\n#86)C\n`\nend\n").replace(b"8bit", b"x-uuencode")), text=("abc",)
        ),
        "many-parts": Sample(whole(several("mixed", *[part(PLAIN, "x")] * 300)), refused="too_many_parts"),
        "deep-parts": Sample(nested(60), refused="too_deep"),
        "parts-within-bounds": Sample(nested(15), text=("innen",)),
        "many-headers": Sample(
            head("".join(f"X-A: {each}\n" for each in range(3_000))).encode() + b"\r\nx", refused="too_many_headers"
        ),
        "long-header": Sample(mail(PLAIN, "x", subject="lang " * 100_000), text=("x",)),
        "30-mb": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "Video"),
                    attached("v.mp4", "video/mp4", b"\0\0\0\x18ftypmp42" + bytes(20_000_000)),
                )
            ),
            text=("Video",),
            files=(("v.mp4", "video/mp4"),),
        ),
        "50-mb": Sample(mail(PLAIN, b"x" * 50_000_000), refused="too_large"),
        "two-million-lines": Sample(mail(PLAIN, "\n" * 2_000_000), refused="too_many_lines"),
        "html-in-many-parts": Sample(
            whole(several("mixed", *[part(HTML, "<p>Hallo <b>x</b>" * 1_000)] * 150)),
            text=("Hallo",),
            more={"cut": True},
        ),
        "one-line-of-a-megabyte": Sample(mail(PLAIN, "a " * 500_000), text=("a a",), more={"cut": True}),
    }


def _hostile() -> dict[str, Sample]:
    two = "anbei"

    def file(name: str, kind: str, content: bytes, as_name: str, as_type: str) -> Sample:
        return Sample(
            whole(several("mixed", part(PLAIN, two), attached(name, kind, content))),
            text=(two,),
            files=((as_name, as_type),),
        )

    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    return {
        "zip-bomb": file("rechnung.zip", "application/zip", zip_bomb(), "rechnung.zip", "application/zip"),
        "compressed-by-header": Sample(
            whole(part(PLAIN, zlib.compress(bytes(10_000_000)), "Content-Encoding: deflate\n", "base64"))
        ),
        "path-of-unix": file("../../../etc/passwd", "text/plain", b"x", "passwd", "text/plain"),
        "path-of-windows": file("..\\\\..\\\\windows\\\\win.ini", "text/plain", b"x", "win.ini", "text/plain"),
        "name-of-a-device": file("CON.txt", "text/plain", b"x", "_CON.txt", "text/plain"),
        "name-turned-round": file(
            "Rechnung\u202efdp.exe",
            "application/pdf",
            b"MZ\x90\0" + bytes(60),
            "Rechnungfdp.exe",
            "application/x-msdownload",
        ),
        "name-of-dots": file("...", "text/plain", b"x", "text.txt", "text/plain"),
        "name-with-line-end": file("=?utf-8?q?a=0D=0A_b.txt?=", "text/plain", b"x", "a b.txt", "text/plain"),
        "name-that-hides-its-end": file(
            "Rechnung.pdf" + " " * 150 + ".exe",
            "application/pdf",
            b"MZ" + bytes(60),
            "Rechnung.pdf .exe",
            "application/x-msdownload",
        ),
        "type-that-lies": file("bild.png", "image/png", b"<html><script>alert(1)</script>", "bild.png", "text/html"),
        "svg-with-script": file("bild.svg", "image/svg+xml", svg, "bild.svg", "image/svg+xml"),
        "svg-as-picture": file("bild.png", "image/png", b"<?xml version='1.0'?>\n" + svg, "bild.png", "image/svg+xml"),
        "polyglot-gif-script": file("a.gif", "image/gif", b"GIF89a/*\0\0*/=1;alert(1)//", "a.gif", "image/gif"),
        "polyglot-pdf-html": file(
            "a.pdf", "application/pdf", PDF + b"<script>alert(1)</script>", "a.pdf", "application/pdf"
        ),
        "polyglot-png-zip": file("a.png", "image/png", PNG + b"PK\3\4", "a.png", "image/png"),
        "html-attached": file("a.html", "text/html", b"<script>alert(1)</script>", "a.html", "text/html"),
        "spoofed-name": Sample(
            mail(PLAIN, "x", sender='"service@bank.example" <boese@evil.example>'),
            author=("service@bank.example", "boese@evil.example"),
            more={"misleading": True},
        ),
        "spoofed-by-encoding": Sample(
            mail(PLAIN, "x", sender="=?utf-8?q?chef=40bank.example=3E=0A?= <boese@evil.example>"),
            author=("chef@bank.example>", "boese@evil.example"),
            more={"misleading": True},
        ),
        "sender-turned-round": Sample(
            mail(PLAIN, "x", sender="=?utf-8?b?4oCuYmFuawo=?= <boese@evil.example>"),
            author=("bank", "boese@evil.example"),
        ),
        "two-froms": Sample(
            mail(PLAIN, "x", "From: boese@evil.example\n"), author=("Erika Muster", "erika@kunde.example")
        ),
        "subject-with-line-end": Sample(
            mail(PLAIN, "x", subject="=?utf-8?q?a=0D=0ABcc:_x=40y?="), subject="a Bcc: x@y"
        ),
        "subject-with-nul": Sample(mail(PLAIN, "x", subject="=?utf-8?q?a=00b=E2=80=AEc?="), subject="abc"),
        "text-with-controls": Sample(mail(PLAIN, "a\x00b\x1b[31mc\u202ed"), text=("ab[31mcd",)),
    }


def _html() -> dict[str, Sample]:
    return {
        f"html-{name}": Sample(mail(HTML, content), text=("Hallo",), no_text=("alert(",))
        for name, content in TRICKS.items()
    }


BROKEN = {**_broken(), **_hostile(), **_html()}
