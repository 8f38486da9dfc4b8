// The little that a page cannot do without a script. Everything works without it but the dialogs, which then stand open.
"use strict";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const opened = document.getElementById(opener.dataset.opens);
    if (opened instanceof HTMLDialogElement) opened.showModal();
    else if (opened) opened.toggleAttribute("data-open");
    event.preventDefault();
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    closer.closest("dialog")?.close();
    event.preventDefault();
  }
});

// A filter that changes asks for the list at once; a form that is being sent is not sent twice.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Answers that say what is wrong are shown too, and a page that was left signed out goes to the start.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
