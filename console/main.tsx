/** Entry point of the console's page. */

import { render } from 'preact';

import { Session } from './session.ts';
import { App } from './views/app.tsx';

const STORAGE_KEY = 'console-link';

/**
 * Returns the URL's fragment with the secret, which browsers do not send to servers, or else the fragment kept for this
 * tab; null if there is neither. Removes the fragment from the address, so that neither the address bar nor the history
 * shows it, and keeps it for this tab.
 */
function takeFragment(): string | null {
  const inAddress = location.hash.slice(1);
  if (inAddress === '') return sessionStorage.getItem(STORAGE_KEY);
  history.replaceState(null, '', location.pathname + location.search);
  sessionStorage.setItem(STORAGE_KEY, inAddress);
  return inAddress;
}

function renderPage(): void {
  isPlanned = false;
  const root = document.getElementById('console');
  if (root) render(<App session={session} />, root);
}

let isPlanned = false;
const session = new Session({
  // The session may change during rendering, so the page is rendered again afterwards.
  onChange: () => {
    if (!isPlanned) queueMicrotask(renderPage);
    isPlanned = true;
  },
  isHidden: () => document.hidden,
  onDefect: reportError,
});
const fragment = takeFragment();
document.addEventListener('visibilitychange', () => void session.poll());
// The fragment changes if another link is pasted into the address bar of this tab.
addEventListener('hashchange', () => {
  location.reload();
});
renderPage();
void session.start(fragment);
