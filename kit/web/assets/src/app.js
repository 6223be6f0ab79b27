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
    setTimeout(() => delete form.dataset.sent, 8000);
  }
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

// The size of a chosen file is said before it is sent.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-upload]");
  if (!box) return;
  const number = new Intl.NumberFormat(root.lang === "en" ? "en" : "fr", { maximumFractionDigits: 1 });
  box.querySelector("[data-upload-name]").textContent = [...event.target.files]
    .map((f) => `\u2068${f.name}\u2069 (${number.format(f.size / 1048576)} MiB)`)
    .join("، ");
});

// A reference is copied by a click on it; its selection shows that it was.
document.addEventListener("click", async (event) => {
  const reference = event.target.closest("[data-copy]");
  if (!reference) return;
  getSelection().selectAllChildren(reference);
  await navigator.clipboard?.writeText(reference.textContent.trim()).catch(() => {});
});

// A session about to end is announced in the page's own words.
for (const notice of document.querySelectorAll("[data-expires]")) {
  const wait = Date.parse(notice.dataset.expires) - Date.now() - 120000;
  if (wait < 2 ** 31) setTimeout(() => { notice.hidden = false; }, Math.max(0, wait));
}

// The menu of a telephone closes on Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
