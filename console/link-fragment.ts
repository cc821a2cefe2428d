/** The fragment in a link's URL, which contains the secret. Browsers do not send fragments to servers. */

const STORAGE_KEY = 'console-link';

/** The parts of a tab's `window` that contain or show the fragment. */
export interface Tab {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(state: null, title: string, url: string): void };
  readonly sessionStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

/**
 * Returns the fragment in the address, or else the fragment that was saved for this tab; null if there is neither.
 * Removes the fragment from the address, so that neither the address bar nor the history shows it. Saves the fragment
 * for this tab.
 */
export function takeLinkFragment({ location, history, sessionStorage }: Tab): string | null {
  const inAddress = location.hash.slice(1);
  if (inAddress === '') return sessionStorage.getItem(STORAGE_KEY);
  history.replaceState(null, '', location.pathname + location.search);
  sessionStorage.setItem(STORAGE_KEY, inAddress);
  return inAddress;
}
