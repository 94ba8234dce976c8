// A page that could not load one of its parts stays empty for ever: it is loaded again, until it shows something.
{
  const AFTER = 2000;
  const again = () => setTimeout(() => document.querySelector("body > div")?.childElementCount || location.reload(), AFTER);
  addEventListener("error", ({ target }) => void (target instanceof HTMLScriptElement && again()), true);
  addEventListener("unhandledrejection", again); // the texts, which are loaded once the language is known
}
