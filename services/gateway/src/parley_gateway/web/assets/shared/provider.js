/** The way in by the company's own provider of logins. */

/** Goes there, once the company is known. @type {(form: HTMLFormElement, back: "/desk" | "/admin") => void} */
export function toProvider(form, back) {
  const tenant = /** @type {HTMLInputElement} */ (form.elements.namedItem("tenant"));
  if (tenant.reportValidity()) location.assign(`/v1/oidc/${encodeURIComponent(tenant.value.trim())}/start?to=${back}`);
}
