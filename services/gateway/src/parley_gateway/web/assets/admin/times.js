/** Moments, as people of the page's language write them. */
import { localeOf } from "../shared/days.js";
import { language } from "./state.js";

const locale = () => localeOf(language.value);

/** @type {(at: string | undefined) => string} */
export const when = (at) => (at ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(at)) : "");

/** @type {(at: string | undefined) => string} with seconds, for lists in which things follow each other */
export const exactly = (at) => (at ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at)) : "");
