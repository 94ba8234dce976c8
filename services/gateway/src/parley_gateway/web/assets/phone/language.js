/** The telephone's language. */
import { speech } from "../shared/language.js";

export const { language, texts, speak, choose } = speech({
  de: () => import("./texts.de.js"),
  en: () => import("./texts.en.js"),
});
