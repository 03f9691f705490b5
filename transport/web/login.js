/** The prompt for a token, for services that are not open to everybody on this machine. */

import { byId } from "./dom.js";
import { TokenWanted, login } from "./rest.js";

let asking = null;

/** Ask for the token until it is right. Several callers at once share one prompt. */
export function askForToken() {
  asking ??= prompt().finally(() => (asking = null));
  return asking;
}

/** Do something that may want a token first. */
export async function withToken(deed) {
  for (;;) {
    try {
      return await deed();
    } catch (problem) {
      if (!(problem instanceof TokenWanted)) throw problem;
      await askForToken();
    }
  }
}

function prompt() {
  const dialog = byId("login");
  const [form, field, problem] = [dialog.querySelector("form"), byId("token"), byId("token-problem")];
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.oncancel = (event) => event.preventDefault();
    form.onsubmit = async (event) => {
      event.preventDefault();
      const sentence = await wrongWith(field.value.trim());
      problem.textContent = sentence;
      if (sentence) return field.select();
      field.value = "";
      dialog.close();
      return resolve();
    };
  });
}

async function wrongWith(token) {
  if (!token) return "Please enter the token.";
  try {
    await login(token);
    return "";
  } catch (problem) {
    return problem instanceof TokenWanted ? "That token is not the right one." : problem.message;
  }
}
