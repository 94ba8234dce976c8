/** What holds for the whole company (R21, R22). */
import { html } from "../vendor/preact-htm-signals.js";
import { Area, Boxes, Check, Num, Text } from "./fields.js";
import { onlyWrong, SaveBar, useForm, wholeError } from "./form.js";
import { Heading } from "../shared/heading.js";
import { isZone } from "./hours.js";
import { areCodes, codes, lines } from "./lists.js";
import { repliesError, RepliesField, tidyReplies } from "./replies.js";
import { to } from "./route.js";
import { settings, texts } from "./state.js";
import { storeSettings } from "./store.js";

const GRACE = /** @type {const} */ ([0, 86_400]);
const ATTACHMENTS = /** @type {const} */ ([0, 25]);
const LENGTH = /** @type {const} */ ([8, 64]);
const ROLES = /** @type {const} */ (["agent", "supervisor", "admin", "ops"]);
const MASKS = /** @type {const} */ (["card", "iban"]);
const REASONS = { most: 20, longest: 60 };
const ABSENCE = /** @type {const} */ ([1, 86_400]);

/** @type {(reasons: string[]) => boolean} */
const areShort = (reasons) => reasons.length <= REASONS.most && reasons.every((reason) => [...reason].length <= REASONS.longest);

export function SettingsPage() {
  const t = texts.value.set;
  const form = useForm({
    key: to("settings"),
    base: settings.value,
    show: (base) => ({ ...base, languages: base.languages.join(", "), classifications: base.classifications.join("\n"), reasons: base.reasons.join("\n") }),
    read: (value) => ({ ...value, languages: codes(value.languages), classifications: lines(value.classifications), reasons: lines(value.reasons), replies: tidyReplies(value.replies) }),
    check: (value) => onlyWrong({
      agent_grace_s: wholeError(value.agent_grace_s, ...GRACE),
      visitor_absence_s: wholeError(value.visitor_absence_s, ...ABSENCE),
      languages: areCodes(value.languages) ? "" : t.languageWrong,
      region: /^[A-Z]{2}$/.test(value.region) ? "" : t.regionWrong,
      timezone: isZone(value.timezone) ? "" : texts.value.hours.zone,
      reasons: areShort(lines(value.reasons)) ? "" : t.reasonsWrong(REASONS.most, REASONS.longest),
      password_length: wholeError(value.password_length, ...LENGTH),
      attachments_mb: wholeError(value.attachments_mb, ...ATTACHMENTS),
      replies: repliesError(value.replies),
    }),
    save: storeSettings,
  });
  const seconds = texts.value.form.seconds;
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <form onSubmit=${form.submit} noValidate>
      <section class="card">
        <${Num} form=${form} field="agent_grace_s" label=${t.grace} hint=${t.graceHint} unit=${seconds} range=${GRACE} />
        <${Num} form=${form} field="visitor_absence_s" label=${t.absence} hint=${t.absenceHint} unit=${seconds} range=${ABSENCE} />
        <${Text} form=${form} field="languages" label=${t.languages} hint=${t.languagesHint} optional />
        <${Text} form=${form} field="timezone" label=${t.timezone} hint=${t.timezoneHint} />
        <${Text} form=${form} field="region" label=${t.region} hint=${t.regionHint} />
        <${Text} form=${form} field="customer_number" label=${t.customerNumber} hint=${t.customerNumberHint} optional />
        <${Area} form=${form} field="classifications" label=${t.classifications} hint=${t.classificationsHint} rows=${5} optional />
      </section>
      <section class="card">
        <h2>${t.desk}</h2>
        <${Area} form=${form} field="reasons" label=${t.reasons} hint=${t.reasonsHint} rows=${4} optional />
        <${Num} form=${form} field="attachments_mb" label=${t.attachments} hint=${t.attachmentsHint} unit="MB" range=${ATTACHMENTS} />
        <${Check} form=${form} field="agent_figures" label=${t.agentFigures} hint=${t.agentFiguresHint} />
        <${RepliesField} form=${form} field="replies" label=${t.replies} hint=${t.repliesHint} />
      </section>
      <section class="card">
        <${Num} form=${form} field="password_length" label=${t.passwordLength} unit=${t.passwordUnit} range=${LENGTH} />
        <${Boxes} form=${form} field="second_factor" label=${t.factorRoles} hint=${t.factorRolesHint} options=${ROLES.map((role) => [role, texts.value.agent.roles[role][0]])} />
        <${Boxes} form=${form} field="mask" label=${t.mask} hint=${t.maskHint} options=${MASKS.map((kind) => [kind, t.masks[kind]])} />
      </section>
      <${SaveBar} form=${form} />
    </form>`;
}
