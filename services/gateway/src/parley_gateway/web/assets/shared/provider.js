/** The way in by the company's own provider of logins. */

/** Goes there from a form, once its company is known. @type {(event: Event, back: "/desk" | "/admin" | "/ops" | "/supervisor") => void} */
export function toProvider(event, back) {
  event.preventDefault();
  const form = /** @type {HTMLElement} */ (event.target).closest("form");
  const tenant = /** @type {HTMLInputElement | null | undefined} */ (form?.elements.namedItem("tenant"));
  if (tenant?.reportValidity()) location.assign(`/v1/oidc/${encodeURIComponent(tenant.value.trim())}/start?to=${back}`);
}
