/** Days and times as people write them: the same for our pages and the widget. Pure. */

/** @type {(language: string) => string} the browser's own variety of a language: where it says British, a clock has 24 hours */
export const localeOf = (language) => navigator.languages.find((each) => each.startsWith(language)) ?? language;

/** @type {(at: string, locale: string, dateStyle?: "medium") => string} the time of day in the reader's own zone, and the day where that is asked for */
export const stampOf = (at, locale, dateStyle) => new Date(at).toLocaleString(locale, { dateStyle, timeStyle: "short" });

/** @type {(at: string | number) => number} when the day of that moment began, in the reader's own zone */
export const dayOf = (at) => new Date(at).setHours(0, 0, 0, 0);

/** @type {(at: string, today: number, locale: string) => string} "Today", "Yesterday", or the date; where a clock is late, nothing was tomorrow */
export function dayName(at, today, locale) {
  const days = Math.min(0, Math.round((dayOf(at) - today) / 86_400_000));
  if (days < -1) return new Date(at).toLocaleDateString(locale, { dateStyle: "full" });
  const name = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
  return name[0].toLocaleUpperCase(locale) + name.slice(1);
}
