// Comfort only: every task works without this file. One module, delegated events, no inline code.

const root = document.documentElement;

// After a refused form, the summary takes the focus so that a screen reader starts there.
document.querySelector("[data-focus]")?.focus();

// The links of the summary lead into the field itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".summary-box a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (field) {
    event.preventDefault();
    field.closest(".field")?.scrollIntoView({ block: "start" });
    field.focus({ preventScroll: true });
  }
});

// What is wrong is said by the server, in the language of the page, beside the field.
for (const form of document.forms) form.noValidate = true;

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post") {
    form.dataset.sent = "yes";
    if (!("once" in form.dataset)) setTimeout(() => delete form.dataset.sent, 8000);
  }
});
// A page with a form for one use only is fetched anew when the browser brings it back from its own store.
addEventListener("pageshow", (event) => event.persisted && document.querySelector("form[data-once]") && location.reload());
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

// A native file button speaks the language of the browser and escapes voice control: a real button of the page covers it.
for (const box of document.querySelectorAll("[data-upload]")) {
  const input = box.querySelector("input");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn secondary", textContent: box.dataset.upload, id: input.id });
  for (const name of ["aria-describedby", "aria-invalid"]) if (input.hasAttribute(name)) button.setAttribute(name, input.getAttribute(name));
  Object.assign(input, { id: `${input.id}-file`, tabIndex: -1, className: "covered", ariaHidden: "true" });
  button.addEventListener("click", () => input.click());
  input.before(button);
}

// The size of a chosen file is said before it is sent.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-upload]");
  if (!box) return;
  const number = new Intl.NumberFormat(root.lang === "en" ? "en" : "fr", { maximumFractionDigits: 1 });
  box.querySelector("output").textContent = [...event.target.files]
    .map((f) => `\u2068${f.name}\u2069 \u2066(${number.format(f.size / 1048576)} MiB)\u2069`)
    .join(" · ");
});

// How much of a bounded text is written.
const count = (area) => { area.nextElementSibling.textContent = `\u2066${area.value.length} / ${area.maxLength}\u2069`; };
document.querySelectorAll("[data-count]").forEach(count);
document.addEventListener("input", (event) => event.target.matches("[data-count]") && count(event.target));

// A reference is copied by a click on it; its selection shows that it was.
document.addEventListener("click", async (event) => {
  const reference = event.target.closest("[data-copy]");
  if (!reference) return;
  getSelection().selectAllChildren(reference);
  await navigator.clipboard?.writeText(reference.textContent.trim()).catch(() => {});
});

// A session about to end is announced two minutes before; staying is one request.
const idle = document.querySelector("[data-idle]");
if (idle) {
  let timer;
  const wait = () => { timer = setTimeout(() => { idle.hidden = false; idle.querySelector("button").focus(); }, (idle.dataset.idle - 120) * 1000); };
  wait();
  idle.addEventListener("click", async (event) => {
    const stay = event.target.closest("[data-stay]");
    if (!stay) return;
    idle.hidden = true;
    clearTimeout(timer);
    const answer = await fetch(stay.dataset.stay, { method: "POST" }).catch(() => null);
    if (answer?.status === 204) wait();
    else location.reload();
  });
}

// The menu of a telephone closes on Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
