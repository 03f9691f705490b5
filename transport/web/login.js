/** Login dialog, for services that require an access token. */

import { byId } from "./dom.js";
import { AuthenticationRequired, login } from "./rest.js";

let openPrompt = null;

/** Ask for the token until it is valid. Concurrent callers share one dialog. */
export function askForToken() {
  openPrompt ??= prompt().finally(() => (openPrompt = null));
  return openPrompt;
}

/** Run a request, asking for the token if it is required. */
export async function withToken(request) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof AuthenticationRequired)) throw error;
      await askForToken();
    }
  }
}

function prompt() {
  const dialog = byId("login");
  const [form, field, errorElement] = [dialog.querySelector("form"), byId("token"), byId("token-error")];
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.oncancel = (event) => event.preventDefault();
    form.onsubmit = async (event) => {
      event.preventDefault();
      const error = await tryLogin(field.value.trim());
      errorElement.textContent = error;
      if (error) return field.select();
      field.value = "";
      dialog.close();
      return resolve();
    };
  });
}

// Returns an error message, or an empty string.
async function tryLogin(token) {
  if (!token) return "Please enter the token.";
  try {
    await login(token);
    return "";
  } catch (error) {
    return error instanceof AuthenticationRequired ? "Invalid token." : error.message;
  }
}
