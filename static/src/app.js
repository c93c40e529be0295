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

// Copying needs script too. Where the browser does not let us, the words are selected for the reader to copy.
for (const button of document.querySelectorAll("[data-copies]")) {
  const words = document.getElementById(button.dataset.copies);
  const said = document.querySelector(`[data-copied="${button.dataset.copies}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    words.select();
    try {
      await navigator.clipboard.writeText(words.value);
      said.textContent = said.dataset.words;
    } catch {
      words.focus();
    }
  });
}

// How much of a label's line is left, said below a field while one types, and of a line that is too long at once. The
// paragraph stays where it is: what is below it must not jump away from a finger.
const WIDE = /[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const lettersOf = (line) => [...line.trim()].reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
function countLetters(field, { always }) {
  const words = document.querySelector("[data-line-left]");
  const left = Number(field.dataset.labelLine) - Math.max(...field.value.split("\n").map(lettersOf));
  let said = field.nextElementSibling;
  if (!words || !(always || left < 0 || said)) return;
  if (!said) {
    said = document.createElement("div");
    said.className = "govuk-hint letters-left";
    const [shown, heard] = ["span", "span"].map((name) => document.createElement(name));
    shown.ariaHidden = "true";
    heard.className = "govuk-visually-hidden";
    heard.setAttribute("role", "status");
    said.append(shown, heard);
    field.after(said);
  }
  const [shown, heard] = said.children;
  const text = (left < 0 ? words.dataset.lineOver : words.dataset.lineLeft).replace("{letters}", Math.abs(left));
  shown.textContent = text;
  clearTimeout(said.pause);
  said.pause = setTimeout(() => { heard.textContent = text; }, 1000); // read out when the typing stops
}
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-label-line]")) countLetters(target, { always: true });
});
document.addEventListener("htmx:load", ({ target }) => {
  for (const field of target.querySelectorAll("[data-label-line]")) countLetters(field, { always: false });
});

// One box ticks all others of a page, and says how many are ticked. It can do nothing without script, so it appears with it.
function drawTicks(all) {
  const boxes = [...all.form.elements].filter((box) => box.name === all.dataset.ticks && box.type === "checkbox");
  const said = all.form.querySelector("[data-ticked]");
  const ticked = () => boxes.filter((box) => box.checked).length;
  const draw = () => {
    all.checked = ticked() === boxes.length;
    all.indeterminate = ticked() > 0 && !all.checked;
    said.textContent = said.dataset.ticked.replace("{count}", ticked()).replace("{all}", boxes.length);
  };
  all.form.querySelector("[data-ticks-shown]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    draw();
  });
  for (const box of boxes) box.addEventListener("change", draw);
  if (ticked()) draw(); // whoever comes back to the page finds what they ticked
}
document.addEventListener("htmx:load", ({ target }) => {
  for (const all of target.querySelectorAll("[data-ticks]")) drawTicks(all);
});

// A form may ask to be sent when a choice in it changes; its button stays for everybody else.
for (const form of document.querySelectorAll("form[data-sends-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A session that ends soon says so, in the tab that is open; what another tab did counts too.
const session = document.querySelector("[data-session]");
if (session) {
  const WARNED = 5 * 60 * 1000, GRACE = 15 * 1000;
  const WRITTEN = 'main form[method="post"]:not([role="search"]) :is(input:not([type="hidden"]), textarea, select)';
  const [idle, end, over, stay] = ["idle", "end", "over", "stay"].map((name) => session.querySelector(`[data-session-${name}]`));
  let endsAt = Date.now() + Number(session.dataset.left) * 1000;
  const note = (seconds) => localStorage.setItem("session-idle-at", String(Date.now() + seconds * 1000));
  note(Number(session.dataset.idle));
  const draw = () => {
    const idleAt = Number(localStorage.getItem("session-idle-at"));
    const now = Date.now();
    const isOver = now >= Math.min(idleAt, endsAt);
    const isLast = endsAt <= idleAt;
    over.hidden = !isOver;
    end.hidden = isOver || !isLast;
    idle.hidden = stay.hidden = isOver || isLast;
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Hong_Kong" };
    session.querySelector("[data-session-at]").textContent = new Date(idleAt).toLocaleTimeString("en", options);
    session.toggleAttribute("data-due", Math.min(idleAt, endsAt) - now < WARNED);
    // What the page shows of people goes, unless it is a form, whose words stay. Asked too early, the session would.
    if (now > Math.min(idleAt, endsAt) + GRACE && !document.querySelector(WRITTEN)) location.replace(location.href);
  };
  stay.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(stay.action, {
      method: "POST", body: new FormData(stay), headers: { Accept: "application/json" }, redirect: "error",
    }).then((response) => (response.ok ? response.json() : null), () => null);
    if (answer) {
      note(answer.idle);
      endsAt = Date.now() + answer.left * 1000;
    }
    draw();
  });
  draw();
  setInterval(draw, 10000);
}

// A passkey that was not used (cancelled, timed out, none there): say so beside its button, and not in the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const failed of document.querySelectorAll("[data-passkey-failed]")) failed.hidden = false;
});
