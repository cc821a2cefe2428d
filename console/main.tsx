/** Entry point of the console's page. */

import { render } from 'preact';

import { deriveLink, isLinkSecret } from '../wire/console-link.ts';
import { takeSecret } from './link.ts';
import { Session } from './session.ts';
import { App } from './views/app.tsx';

const root = document.getElementById('console');

/** Starts the page. Restarts it if another link is pasted into the address bar of this tab. */
async function start(element: HTMLElement): Promise<void> {
  const secret = takeSecret(window);
  let isPlanned = false;
  const renderPage = () => {
    isPlanned = false;
    render(<App session={session} />, element);
  };
  const session = new Session({
    // The session may change during rendering, so the page is rendered again afterwards.
    onChange: () => {
      if (!isPlanned) queueMicrotask(renderPage);
      isPlanned = true;
    },
    isHidden: () => document.hidden,
    onDefect: reportError,
  });
  const onVisible = () => void session.poll();
  document.addEventListener('visibilitychange', onVisible);
  window.addEventListener(
    'hashchange',
    () => {
      session.stop();
      document.removeEventListener('visibilitychange', onVisible);
      void start(element);
    },
    { once: true },
  );
  renderPage();
  if (secret === null) session.deny('no-link');
  else if (isLinkSecret(secret)) await session.start(await deriveLink(secret));
  else session.deny('expired');
}

if (root) void start(root);
