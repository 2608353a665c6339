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

// A list that is followed gets its new rows while somebody can see it. What is there is replaced by the
// same part of a new copy of the page, unless the focus is in it.
const followed = document.querySelector('form[data-follow]');
if (followed) {
  const after = (form) => {
    const rest = [];
    for (let node = form.nextSibling; node; node = node.nextSibling) rest.push(node);
    return rest;
  };
  setInterval(() => {
    const old = after(followed);
    if (document.hidden || old.some((node) => node.contains(document.activeElement))) return;
    // Unlike the other ways to read HTML, this one is allowed where pages trust no types.
    const request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.responseType = 'document';
    request.addEventListener('load', () => {
      const form = request.response?.querySelector('form[data-follow]');
      // The session has ended.
      if (!form) return location.reload();
      for (const node of old) node.remove();
      followed.after(...after(form).map((node) => document.adoptNode(node)));
    });
    request.send();
  }, followed.dataset.follow * 1000);
}

// `/` goes to the first field of a filter and `?` shows these keys, but not on the pages of one's own account.
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select, dialog, [contenteditable]');
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (typing || !plain || document.body.dataset.page.startsWith('account')) return;
  if (event.key === '?') document.querySelector('#keys')?.showModal();
  const field = document.querySelector('form.filter input[type="text"]');
  if (event.key !== '/' || !field) return;
  event.preventDefault();
  field.focus();
});

// Two minutes before the session ends, a person is asked whether to go on. What is typed on the page stays.
const timeOut = document.querySelector('dialog[data-seconds]');
if (timeOut) {
  const seconds = Number(timeOut.dataset.seconds);
  const over = performance.now() + Number(timeOut.dataset.atMost) * 1000;
  const wait = () => {
    // The end of every session cannot be put off.
    if (performance.now() + seconds * 1000 >= over) return;
    setTimeout(() => timeOut.showModal(), Math.max(seconds - 120, seconds / 2) * 1000);
  };
  timeOut.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target, event.submitter));
    const answer = await fetch(event.target.action, { method: 'POST', body, redirect: 'manual' }).catch(() => null);
    timeOut.close();
    if (answer?.type === 'opaqueredirect') wait();
  });
  wait();
}

// Until a person has chosen a time zone, the form proposes that of the browser.
const zones = document.querySelector('#tz');
if (zones && !document.cookie.includes('lanyard_tz=')) {
  const renamed = { 'Asia/Saigon': 'Asia/Ho_Chi_Minh', 'Asia/Calcutta': 'Asia/Kolkata' };
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const zone = renamed[timeZone] ?? timeZone;
  if (![...zones.options].some((option) => option.value === zone)) zones.add(new Option(zone, zone));
  zones.value = zone;
}

// A page about work that goes on reloads itself while somebody sees it.
const working = document.querySelector('main[data-reload]');
if (working) {
  setInterval(() => {
    if (document.visibilityState === 'visible') location.reload();
  }, Number(working.dataset.reload));
}

// A printed page says when it was printed.
const printed = document.querySelector('.printed time');
addEventListener('beforeprint', () => {
  const two = '2-digit';
  const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two };
  const options = { ...fields, timeZone: printed.dataset.zone, timeZoneName: 'longOffset' };
  const text = new Intl.DateTimeFormat('sv-SE', options).format();
  printed.textContent = text.replace(/GMT$/, '+00:00').replace('GMT', '');
});

// Recovery codes are printed only if a person asks for it.
for (const place of document.querySelectorAll('[data-print]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = place.dataset.print;
  button.addEventListener('click', () => {
    const mark = document.body.classList;
    mark.add('prints-codes');
    // Some browsers print after `print` has returned.
    addEventListener('afterprint', () => mark.remove('prints-codes'), { once: true });
    print();
  });
  place.append(button);
}
