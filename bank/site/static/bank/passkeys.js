"use strict";

// Passkeys. A form with `data-passkey` ("create" or "get") asks the device and posts its answer; what to ask
// stands in `data-options`, or is fetched from `data-options-url`. Without script or passkeys it stays hidden.
const known = window.PublicKeyCredential ?? {};

const ceremonies = {
  create: (options) =>
    navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) }),
};

const optionsOf = async ({ options, optionsUrl }) => {
  if (options) return JSON.parse(options);
  const headers = { "X-Requested-With": "XMLHttpRequest" };
  const answer = await fetch(optionsUrl, { headers, credentials: "same-origin" });
  return (await answer.json()).request_options.publicKey;
};

const prepare = (form) => {
  const problem = form.querySelector("[data-problem]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      const credential = await ceremonies[form.dataset.passkey](await optionsOf(form.dataset));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      problem.hidden = false;
      problem.focus();
    }
  });
};

if (known.parseRequestOptionsFromJSON) {
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
  document.querySelectorAll("[data-no-passkeys]").forEach((words) => { words.hidden = true; });
}
