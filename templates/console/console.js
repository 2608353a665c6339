// What is added where a browser runs scripts. Every page works without it.

for (const place of document.querySelectorAll('[data-copy-target]')) {
  const target = document.querySelector(place.dataset.copyTarget);
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.copy = place.dataset.copyTarget;
  button.textContent = place.dataset.label;
  const said = document.createElement('span');
  said.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    target.select();
    let copied = false;
    try {
      await navigator.clipboard.writeText(target.value);
      copied = true;
    } catch {
      // Over plain HTTP there is no clipboard but the old one.
      copied = document.execCommand('copy');
    }
    said.textContent = copied ? place.dataset.done : place.dataset.failed;
  });
  place.append(button, ' ', said);
}

// The part of a page that says what happened gets the focus, unless the browser did that already.
const focused = document.querySelector('main [autofocus]');
if (focused && document.activeElement !== focused) focused.focus();

// `/` goes to the first field of a filter, but not on the pages of one's own account.
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key !== '/' || typing || !plain || document.body.dataset.page.startsWith('account')) return;
  const field = document.querySelector('form.filter input[type="text"]');
  if (!field) return;
  event.preventDefault();
  field.focus();
});

// A page about work that goes on reloads itself while somebody sees it.
const working = document.querySelector('main[data-reload]');
if (working) {
  setInterval(() => {
    if (document.visibilityState === 'visible') location.reload();
  }, Number(working.dataset.reload));
}
