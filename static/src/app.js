// Small helpers; every page works without them.
import { initAll } from "./govuk-frontend.min.js";

// The design system's scripts wait for these names; a browser that loads modules can run them.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// Navigation folds on a narrow screen.
for (const toggle of document.querySelectorAll("[data-folds]")) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
  });
}

// A live fragment proves itself like a form does.
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
});

// A new fragment brings its own pieces of the design system.
document.body.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) initAll({ scope: event.target });
});

// Print buttons do nothing without script, so they appear only with it.
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A form may ask to be sent when a choice in it changes; its button stays for everybody else.
for (const form of document.querySelectorAll("form[data-sends-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
