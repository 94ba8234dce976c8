"""Mails as programs write them: answers of 14 programs in German and English, charsets, calendars, signatures, reports, automatic answers."""

from __future__ import annotations

from mail_shapes import PDF, PNG, Sample, attached, both, head, mail, part, several, whole

OLD = "Guten Tag,\nanbei Ihre Rechnung 4711.\nMit freundlichen Grüßen"
QUOTED_OLD = "".join(f"> {line}\n" for line in OLD.split("\n"))
NEW = "Danke, das hat geklappt. Eine Frage noch: wann wird gebucht?"
ANSWER = {"text": (NEW,), "no_text": ("4711", "schrieb", "wrote", "Von:"), "quoted": ("4711",)}
PLAIN = "text/plain; charset=utf-8"
FLOWED = "text/plain; charset=UTF-8; format=flowed; delsp=no"


def _answers() -> dict[str, Sample]:
    gmail = f'<div dir="ltr">{NEW}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Am Mo., 3. Nov. 2025 um 10:12&nbsp;Uhr schrieb Beratung &lt;<a href="mailto:service@bank.example">service@bank.example</a>&gt;:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">{OLD.replace(chr(10), "<br>")}</blockquote></div>'
    outlook = f'<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {{margin:0cm}} --></style></head><body lang=DE><div class=WordSection1><p class=MsoNormal>{NEW}<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal><b>Von:</b> Beratung &lt;service@bank.example&gt; <br><b>Gesendet:</b> Montag, 3. November 2025 10:12<br><b>An:</b> Erika Muster<br><b>Betreff:</b> Ihre Rechnung<o:p></o:p></p></div><p class=MsoNormal>{OLD}</p></div></body></html>'
    return {
        "gmail-de": Sample(
            whole(
                both(
                    f"{NEW}\n\nAm Mo., 3. Nov. 2025 um 10:12 Uhr schrieb Beratung <\nservice@bank.example>:\n\n{QUOTED_OLD}",
                    gmail,
                )
            ),
            **ANSWER,
        ),
        "gmail-de-html-only": Sample(mail("text/html; charset=utf-8", gmail), **ANSWER),
        "gmail-en": Sample(
            mail(
                PLAIN, f"{NEW}\n\nOn Mon, Nov 3, 2025 at 10:12 AM Service <service@bank.example> wrote:\n\n{QUOTED_OLD}"
            ),
            **ANSWER,
        ),
        "outlook-de-html-only": Sample(
            mail("text/html; charset=utf-8", outlook, "X-Mailer: Microsoft Outlook 16.0\n"), **ANSWER
        ),
        "outlook-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\nVon: Beratung <service@bank.example>\nGesendet: Montag, 3. November 2025 10:12\nAn: Erika Muster <erika@kunde.example>\nBetreff: Ihre Rechnung\n\n{OLD}\n",
            ),
            **ANSWER,
        ),
        "outlook-de-old": Sample(
            mail(
                'text/plain; charset="iso-8859-1"',
                f"{NEW}\n\n-----Ursprüngliche Nachricht-----\nVon: Beratung [mailto:service@bank.example]\nGesendet: Montag, 3. November 2025 10:12\nAn: Erika Muster\nBetreff: Ihre Rechnung\n\n{OLD}\n".encode(
                    "latin-1"
                ),
            ),
            **ANSWER,
        ),
        "outlook-en": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\n________________________________\nFrom: Service <service@bank.example>\nSent: Monday, November 3, 2025 10:12 AM\nTo: Erika\nSubject: Invoice\n\n{OLD}\n",
            ),
            **ANSWER,
        ),
        "outlook-en-old": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\n-----Original Message-----\nFrom: Service\nSent: Monday, November 3, 2025 10:12 AM\nTo: Erika\nSubject: Invoice\n\n{OLD}\n",
            ),
            **ANSWER,
        ),
        "apple-mail-de": Sample(
            mail(
                "text/plain; charset=utf-8; delsp=yes; format=flowed",
                f"{NEW}\n\n> Am 03.11.2025 um 10:12 schrieb Beratung <service@bank.example>:\n> \n{QUOTED_OLD}",
            ),
            **ANSWER,
        ),
        "iphone-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\nVon meinem iPhone gesendet\n\n> Am 03.11.2025 um 10:12 schrieb Beratung <service@bank.example>:\n> \n> \ufeff{QUOTED_OLD[2:]}",
            ),
            **{**ANSWER, "text": (NEW, "iPhone")},
        ),
        "iphone-en": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\nSent from my iPhone\n\n> On 3 Nov 2025, at 10:12, Service <service@bank.example> wrote:\n> \n{QUOTED_OLD}",
            ),
            **ANSWER,
        ),
        "thunderbird-de": Sample(
            mail(
                FLOWED,
                f"Danke, das hat geklappt. Eine \nFrage noch: wann wird gebucht?\n\nAm 03.11.25 um 10:12 schrieb Beratung:\n{QUOTED_OLD}",
                agent="Mozilla Thunderbird",
            ),
            **ANSWER,
        ),
        "thunderbird-en": Sample(mail(FLOWED, f"{NEW}\n\nOn 11/3/25 10:12 AM, Service wrote:\n{QUOTED_OLD}"), **ANSWER),
        "thunderbird-de-below": Sample(
            mail(FLOWED, f"Am 03.11.25 um 10:12 schrieb Beratung:\n{QUOTED_OLD}\n{NEW}\n"), **ANSWER
        ),
        "gmx-de": Sample(
            mail(
                PLAIN,
                f'{NEW}\n\nGesendet: Montag, 03. November 2025 um 10:12 Uhr\nVon: "Beratung" <service@bank.example>\nAn: erika@kunde.example\nBetreff: Ihre Rechnung\n\n{OLD}\n',
            ),
            **ANSWER,
        ),
        "t-online-de": Sample(
            mail(
                PLAIN,
                f'{NEW}\n\n-----Original-Nachricht-----\nBetreff: Ihre Rechnung\nDatum: 2025-11-03T10:12:00+0100\nVon: "Beratung" <service@bank.example>\nAn: "erika"\n\n{OLD}\n',
            ),
            **ANSWER,
        ),
        "yahoo-de": Sample(
            mail(
                PLAIN,
                f" {NEW}\n\n    Am Montag, 3. November 2025 um 10:12:00 MEZ hat Beratung <service@bank.example> Folgendes geschrieben:  \n \n {OLD}\n",
            ),
            **{**ANSWER, "no_text": ("4711", "geschrieben")},
        ),
        "kmail-de": Sample(
            mail(PLAIN, f"{NEW}\n\nAm Montag, 3. November 2025, 10:12:00 CET schrieb Beratung:\n{QUOTED_OLD}"), **ANSWER
        ),
        "notes-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\n\n\nVon:\tBeratung <service@bank.example>\nAn:\terika@kunde.example\nDatum:\t03.11.2025 10:12\nBetreff:\tIhre Rechnung\n\n\n\n{OLD}\n",
            ),
            **ANSWER,
        ),
        "roundcube-de": Sample(mail(PLAIN, f"{NEW}\n\nBeratung schrieb am 2025-11-03 10:12:\n{QUOTED_OLD}"), **ANSWER),
        "forwarded-gmail-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\n---------- Forwarded message ---------\nVon: Beratung <service@bank.example>\nDate: Mo., 3. Nov. 2025 um 10:12 Uhr\nSubject: Ihre Rechnung\nTo: <erika@kunde.example>\n\n{OLD}\n",
            ),
            **{**ANSWER, "no_text": ("4711", "Forwarded")},
        ),
        "forwarded-thunderbird-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\n-------- Weitergeleitete Nachricht --------\nBetreff: Ihre Rechnung\nDatum: Mon, 3 Nov 2025 10:12\nVon: Beratung <service@bank.example>\nAn: erika@kunde.example\n\n{OLD}\n",
            ),
            **{**ANSWER, "no_text": ("4711", "Weitergeleitete")},
        ),
        "answers-between-the-quotes": Sample(
            mail(
                PLAIN,
                "Antworten im Text.\n\nAm 03.11.25 um 10:12 schrieb Beratung:\n> Haben Sie die Rechnung?\nJa, habe ich.\n> Und den Vertrag?\nNein, noch nicht.\n",
            ),
            text=("Ja, habe ich.", "Nein, noch nicht.", "> Und den Vertrag?"),
            more={"quoted": ""},
        ),
        "answers-above-and-below": Sample(
            mail(PLAIN, f"Oben steht etwas.\n\nAm 03.11.25 um 10:12 schrieb Beratung:\n{QUOTED_OLD}\nUnten auch.\n"),
            text=("Oben steht etwas.", "> anbei", "Unten auch."),
            more={"quoted": ""},
        ),
        "colons-before-a-quote": Sample(
            mail(PLAIN, f"Von: Köln\nAn: Berlin\n\n{NEW}\n\nAm 03.11.25 um 10:12 schrieb Beratung:\n{QUOTED_OLD}"),
            **{**ANSWER, "text": ("Köln", NEW), "no_text": ("4711",)},
        ),
        "what-they-wrote-themselves": Sample(
            mail(
                PLAIN,
                "Guten Tag,\nAm 3.11. habe ich bestellt.\nIhr Kollege schrieb mir:\nkommt morgen. Seitdem nichts.",
            ),
            text=("Seitdem nichts.",),
            more={"quoted": ""},
        ),
        "a-sign-at-the-end": Sample(mail(PLAIN, "Der Wert ist:\n> 20 Grad"), text=("> 20 Grad",), more={"quoted": ""}),
        "a-few-signs": Sample(
            mail(PLAIN, "Temperatur:\n> 20 Grad\nbitte."), text=("> 20 Grad", "bitte."), more={"quoted": ""}
        ),
        "apple-mail-forward-de": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\nAnfang der weitergeleiteten E-Mail:\n\n> Von: Beratung <service@bank.example>\n> Betreff: Ihre Rechnung\n> \n{QUOTED_OLD}",
            ),
            **ANSWER,
        ),
        "thunderbird-three-lines": Sample(
            mail(
                PLAIN,
                f"{NEW}\n\nAm Montag, dem 3. November 2025 um 10:12 Uhr\nschrieb Beratung der Musterbank\n<service@bank.example>:\n\n{QUOTED_OLD}",
            ),
            **ANSWER,
        ),
        "nothing-but-a-forward": Sample(
            mail(
                PLAIN,
                f"---------- Forwarded message ---------\nFrom: Service <service@bank.example>\nDate: Mon, Nov 3\nSubject: Invoice\n\n{OLD}\n",
            ),
            text=("4711",),
            more={"quoted": ""},
        ),
        "colons-that-are-no-headers": Sample(
            mail(
                PLAIN,
                "Guten Tag,\n\nVon: Köln\nAn: Berlin\n\nDatum: 3.11.\nBitte buchen.\n\nAm Montag schrieb ich Ihnen:\nes geht nicht.",
            ),
            text=("Von: Köln", "Bitte buchen", "es geht nicht"),
            more={"quoted": ""},
        ),
    }


def _forms() -> dict[str, Sample]:
    picture = several(
        "related",
        both("Siehe Bild.", '<p>Siehe Bild: <img src="cid:bild1@kunde" alt="Zähler"></p>'),
        part(
            "image/png; name=zaehler.png",
            PNG,
            "Content-ID: <bild1@kunde>\nContent-Disposition: inline; filename=zaehler.png\n",
            "base64",
        ),
        boundary="=_rel",
        parameters='; type="multipart/alternative"',
    )
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Termin\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return {
        "picture-within": Sample(
            whole(picture), text=("Siehe Bild.",), files=(("zaehler.png", "image/png"),), more={"left_out": 0}
        ),
        "apple-text-file-text": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "Oben."),
                    attached("a.pdf", "application/pdf", PDF, disposition="inline"),
                    part(PLAIN, "Unten."),
                )
            ),
            text=("Oben.", "Unten."),
            files=(("a.pdf", "application/pdf"),),
        ),
        "file-alone": Sample(
            mail(
                'application/pdf; name="Rechnung.pdf"',
                PDF,
                "Content-Disposition: attachment; filename=Rechnung.pdf\nContent-Transfer-Encoding: 8bit\n",
            ),
            files=(("Rechnung.pdf", "application/pdf"),),
            more={"text": ""},
        ),
        "name-by-rfc2231": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "anbei"),
                    part(
                        "application/pdf",
                        PDF,
                        "Content-Disposition: attachment;\n filename*0*=UTF-8''K%C3%BCndigung%20;\n filename*1*=und%20%C3%84nderung.pdf\n",
                        "base64",
                    ),
                )
            ),
            files=(("Kündigung und Änderung.pdf", "application/pdf"),),
        ),
        "name-by-rfc2047": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "anbei"),
                    part(
                        'application/pdf; name="=?UTF-8?B?S8O8bmRpZ3VuZy5wZGY=?="',
                        PDF,
                        "Content-Disposition: attachment\n",
                        "base64",
                    ),
                )
            ),
            files=(("Kündigung.pdf", "application/pdf"),),
        ),
        "mail-in-a-mail": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "anbei die Mail"),
                    part("message/rfc822", mail(PLAIN, "Innen.", subject="Innen")),
                )
            ),
            text=("anbei die Mail",),
            no_text=("Innen.",),
            files=(("message.eml", "message/rfc822"),),
        ),
        "calendar-outlook": Sample(
            whole(
                several(
                    "alternative",
                    part(PLAIN, "Termin am Montag"),
                    part("text/html; charset=utf-8", "<p>Termin am Montag</p>"),
                    part("text/calendar; charset=utf-8; method=REQUEST", calendar),
                )
            ),
            text=("Termin am Montag",),
            files=(("text.ics", "text/calendar"),),
            more={"calendar": "REQUEST"},
        ),
        "signed-smime": Sample(
            whole(
                several(
                    "signed",
                    part(PLAIN, "Unterschrieben."),
                    attached(
                        "smime.p7s",
                        "application/pkcs7-signature",
                        b"0\x82\x01\x00\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02" + bytes(40),
                    ),
                    parameters='; protocol="application/pkcs7-signature"; micalg=sha-256',
                )
            ),
            text=("Unterschrieben.",),
            files=(("smime.p7s", "application/pkcs7-mime"),),
            more={"signed": True, "encrypted": False},
        ),
        "signed-pgp": Sample(
            whole(
                several(
                    "signed",
                    part(PLAIN, "Unterschrieben."),
                    part("application/pgp-signature; name=signature.asc", "-----BEGIN PGP SIGNATURE-----\n"),
                    parameters="; protocol=application/pgp-signature",
                )
            ),
            text=("Unterschrieben.",),
            more={"signed": True},
        ),
        "encrypted-smime": Sample(
            mail(
                "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
                b"MIIB",
                "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=smime.p7m\n",
            ),
            more={"encrypted": True, "text": ""},
        ),
        "encrypted-pgp": Sample(
            whole(
                several(
                    "encrypted",
                    part("application/pgp-encrypted", "Version: 1"),
                    part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----\n"),
                    parameters="; protocol=application/pgp-encrypted",
                )
            ),
            more={"encrypted": True},
        ),
        "winmail": Sample(
            whole(
                several(
                    "mixed",
                    part(PLAIN, "siehe Anlage"),
                    attached("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + bytes(30)),
                )
            ),
            text=("siehe Anlage",),
            files=(("winmail.dat", "application/ms-tnef"),),
        ),
        "flowed": Sample(
            mail(
                "text/plain; charset=utf-8; format=flowed",
                "Ein langer Satz, der in der \nMitte umbrochen wurde.\n\n-- \nErika\n",
            ),
            text=("Ein langer Satz, der in der Mitte umbrochen wurde.",),
        ),
        "plain-says-nothing": Sample(
            whole(both("This message requires an HTML viewer.", "<p>Der Inhalt</p>")), text=("Der Inhalt",)
        ),
        "plain-is-empty": Sample(whole(both("\n \n", "<p>Der Inhalt</p>")), text=("Der Inhalt",)),
    }


def _charsets() -> dict[str, Sample]:
    words = "Grüße aus Köln: 5 €"
    return {
        "windows-1252": Sample(mail("text/plain; charset=windows-1252", words.encode("cp1252")), text=(words,)),
        "latin-1-that-is-windows-1252": Sample(
            mail("text/plain; charset=iso-8859-1", words.encode("cp1252")), text=(words,)
        ),
        "latin-1-that-is-utf-8": Sample(mail("text/plain; charset=iso-8859-1", words), text=(words,)),
        "utf-8-that-is-windows-1252": Sample(mail("text/plain; charset=utf-8", words.encode("cp1252")), text=(words,)),
        "ascii-that-is-utf-8": Sample(mail("text/plain; charset=us-ascii", words), text=(words,)),
        "no-charset": Sample(mail("text/plain", words), text=(words,)),
        "unknown-charset": Sample(mail("text/plain; charset=x-klingon", words), text=(words,)),
        "a-codec-that-is-no-charset": Sample(mail("text/plain; charset=zlib_codec", words), text=(words,)),
        "utf-16": Sample(
            whole(part("text/plain; charset=utf-16", words.encode("utf-16"), encoding="base64")), text=(words,)
        ),
        "japanese": Sample(
            mail(
                "text/plain; charset=iso-2022-jp",
                "こんにちは".encode("iso-2022-jp"),
                subject="=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=",
            ),
            text=("こんにちは",),
            subject="こんにちは",
        ),
        "chinese": Sample(mail("text/plain; charset=gb2312", "您好".encode("gb18030")), text=("您好",)),
        "russian": Sample(mail("text/plain; charset=koi8-r", "Привет".encode("koi8-r")), text=("Привет",)),
        "html-that-names-its-charset": Sample(
            mail("text/html", "<meta charset='windows-1252'><p>Gr\u00fc\u00dfe".encode("cp1252")), text=("Grüße",)
        ),
        "html-of-two-minds": Sample(
            mail("text/html; charset=utf-8", "<meta charset='iso-8859-1'><p>Grüße"), text=("Grüße",)
        ),
        "eight-bits-in-headers": Sample(
            mail(PLAIN, "x", subject="Grüße", sender="Jürgen <j@kunde.example>"),
            subject="Grüße",
            author=("Jürgen", "j@kunde.example"),
        ),
        "latin-bits-in-headers": Sample(
            head(subject="XX").encode().replace(b"XX", "Grüße".encode("latin-1")) + b"\r\nx", subject="Grüße"
        ),
        "a-character-between-two-words": Sample(
            mail(PLAIN, "x", subject="=?utf-8?B?w4M=?= =?utf-8?B?w7w=?=  =?utf-8?q?_K=C3?=\r\n =?utf-8?q?=B6ln?="),
            subject="Ãü Köln",
        ),
        "word-that-is-broken": Sample(mail(PLAIN, "x", subject="=?utf-8?B?w4?= =?x?y?z?= Rest"), text=("x",)),
    }


def _machines() -> dict[str, Sample]:
    returned = mail(PLAIN, "Guten Tag", subject="Ihre Anfrage").replace(
        b"<0a1b2c3d@kunde.example>", b"<rrrrrrrr.tok-1@mail.bank.example>"
    )

    def report(action: str, status: str) -> bytes:
        state = f"Reporting-MTA: dns; mx.kunde.example\n\nOriginal-Recipient: rfc822;weg@kunde.example\nFinal-Recipient: rfc822; weg@kunde.example\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 5.1.1 <weg@kunde.example>:\n Recipient address rejected\n"
        body = several(
            "report",
            part(PLAIN, "Leider nicht zugestellt."),
            part("message/delivery-status", state),
            part("message/rfc822", returned),
            parameters="; report-type=delivery-status",
        )
        return whole(
            body,
            "Auto-Submitted: auto-replied\n",
            sender="MAILER-DAEMON@mx.kunde.example",
            subject="Undelivered Mail Returned to Sender",
        ).replace(b"Return-Path: <erika@kunde.example>", b"Return-Path: <>")

    receipt = several(
        "report",
        part(PLAIN, "Gelesen."),
        part("message/disposition-notification", "Disposition: manual-action; displayed\n"),
        parameters="; report-type=disposition-notification",
    )
    return {
        "bounce-postfix": Sample(
            report("failed", "5.1.1"), opens_work=False, reasons=frozenset({"bounce"}), text=("Leider",)
        ),
        "bounce-full": Sample(report("failed", "4.2.2"), opens_work=False, reasons=frozenset({"bounce"})),
        "delayed": Sample(report("delayed", "4.4.1"), opens_work=False, reasons=frozenset({"delivery_report"})),
        "bounce-exim": Sample(
            mail(
                PLAIN,
                "A message that you sent could not be delivered",
                "X-Failed-Recipients: weg@kunde.example\nAuto-Submitted: auto-replied\nIn-Reply-To: <rrrrrrrr.tok-1@mail.bank.example>\n",
                sender="Mail Delivery System <Mailer-Daemon@mx.kunde.example>",
                subject="Mail delivery failed: returning message to sender",
            ),
            opens_work=False,
            reasons=frozenset({"bounce"}),
        ),
        "read-receipt": Sample(whole(receipt), opens_work=False, reasons=frozenset({"read_receipt"})),
        "away-exchange-de": Sample(
            mail(
                PLAIN,
                "Ich bin bis 10.11. nicht im Büro.",
                "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nIn-Reply-To: <rrrrrrrr.tok-1@mail.bank.example>\n",
                subject="Automatische Antwort: Ihre Anfrage",
            ),
            opens_work=False,
            reasons=frozenset({"out_of_office", "auto_replied"}),
            text=("nicht im Büro",),
        ),
        "away-exchange-en": Sample(
            mail(PLAIN, "I am away.", "Auto-Submitted: auto-generated\n", subject="Automatic reply: Your request"),
            opens_work=False,
            reasons=frozenset({"out_of_office"}),
        ),
        "away-sieve": Sample(
            mail(PLAIN, "Bin im Urlaub.", "Auto-Submitted: auto-replied (vacation)\n", subject="Auto: Ihre Anfrage"),
            opens_work=False,
            reasons=frozenset({"auto_replied"}),
        ),
        "away-old-server-de": Sample(
            mail(PLAIN, "Bin weg.", subject="Abwesenheitsnotiz: Ihre Anfrage"),
            opens_work=False,
            reasons=frozenset({"out_of_office"}),
        ),
        "away-old-server-en": Sample(
            mail(PLAIN, "Away.", "Precedence: bulk\nX-Autoreply: yes\n", subject="Out of Office: x"),
            opens_work=False,
            reasons=frozenset({"out_of_office", "precedence"}),
        ),
        "answer-to-an-away-mail": Sample(
            mail(PLAIN, "Dann warte ich.", subject="AW: Automatische Antwort: Ihre Anfrage"), text=("Dann warte ich.",)
        ),
        "newsletter": Sample(
            mail(
                "text/html; charset=utf-8",
                "<p>Angebote</p>",
                "List-ID: <news.shop.example>\nList-Unsubscribe: <https://shop.example/u>\nPrecedence: bulk\n",
            ),
            opens_work=False,
            reasons=frozenset({"mailing_list", "precedence"}),
        ),
        "form-on-a-website": Sample(
            mail(
                PLAIN, "Bitte um Rückruf", "Auto-Submitted: auto-generated\n", sender="Kontakt <noreply@shop.example>"
            ),
            reasons=frozenset({"auto_generated", "machine_sender"}),
        ),
        "list-unsubscribe-alone": Sample(
            mail(PLAIN, "Ein Angebot", "List-Unsubscribe: <https://crm.example/u>\n"), reasons=frozenset({"bulk"})
        ),
        "suppressed": Sample(
            mail(PLAIN, "Ticket 7", "X-Auto-Response-Suppress: OOF, AutoReply\n"),
            reasons=frozenset({"response_suppressed"}),
        ),
        "our-own": Sample(
            mail(PLAIN, "Im Kreis", "X-Parley-Loop: here-7\n"), opens_work=False, reasons=frozenset({"loop"})
        ),
        "of-another-installation": Sample(mail(PLAIN, "Kein Kreis", "X-Parley-Loop: there-9\n")),
        "spam": Sample(mail(PLAIN, "Kaufen", "X-Spam-Flag: YES\n"), opens_work=False, reasons=frozenset({"spam"})),
        "spam-exchange": Sample(
            mail(PLAIN, "Kaufen", "X-Forefront-Antispam-Report: CIP:1;SFV:SPM;\n"),
            opens_work=False,
            reasons=frozenset({"spam"}),
        ),
        "no-spam": Sample(
            mail(PLAIN, "Fragen", "X-Spam-Flag: NO\nX-Spam-Status: No, score=1\nAuto-Submitted: no\n"), text=("Fragen",)
        ),
        "abuse-report": Sample(
            whole(
                several(
                    "report",
                    part(PLAIN, "Missbrauch"),
                    part("message/feedback-report", "Feedback-Type: abuse\n"),
                    parameters="; report-type=feedback-report",
                )
            ),
            opens_work=False,
            reasons=frozenset({"abuse_report"}),
        ),
    }


PROGRAMS = {**_answers(), **_forms(), **_charsets(), **_machines()}
