// Telephones in the admin: only the chosen carrier's secrets are shown, and addresses are copied with a press.

const picker = document.querySelector("select#id_carrier");
const parts = document.querySelectorAll("fieldset.of-carrier");
if (picker) {
  const show = () => {
    for (const part of parts) part.hidden = !part.classList.contains(picker.value);
  };
  picker.addEventListener("change", show);
  show();
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    const word = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = word; }, 2000);
  });
}
