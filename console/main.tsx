/** Entry point of the console. */

import { render } from 'preact';

import { takeLinkFragment } from './link-fragment.ts';
import { Session } from './session.ts';
import { App } from './views/app.tsx';

function renderPage(): void {
  isPlanned = false;
  const root = document.getElementById('console');
  if (root) render(<App session={session} />, root);
}

let isPlanned = false;
const session = new Session({
  // Render in a microtask, because the session can change while the page is being rendered.
  onChange: () => {
    if (!isPlanned) queueMicrotask(renderPage);
    isPlanned = true;
  },
  isHidden: () => document.hidden,
  onDefect: reportError,
});
const fragment = takeLinkFragment(window);
document.addEventListener('visibilitychange', () => void session.poll());
// The fragment changes if the user pastes a different link into the address bar of this tab.
addEventListener('hashchange', () => {
  location.reload();
});
renderPage();
void session.start(fragment);
