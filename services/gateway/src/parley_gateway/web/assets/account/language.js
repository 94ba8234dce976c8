/** The page's language. */
import { speech } from "../shared/language.js";

/** The texts are those of texts.en.js, or of texts.de.js, which has the same keys. */
export const { language, texts, speak, choose } = speech({
  de: () => import("./texts.de.js"),
  en: () => import("./texts.en.js"),
});
