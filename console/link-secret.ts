/**
 * The secret of the link that opened the page. It arrives in the URL's fragment, which browsers do not send to servers,
 * and is kept only for this tab.
 */

const STORAGE_KEY = 'console-link';

/** The parts of the browser's window that keep the secret. */
export interface SecretPlaces {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { readonly replaceState: (data: null, unused: string, url: string) => void };
  readonly sessionStorage: {
    readonly getItem: (key: string) => string | null;
    readonly setItem: (key: string, value: string) => void;
  };
}

/**
 * Removes the secret from the address, so that neither the address bar nor the history shows it, and keeps it for this
 * tab.
 *
 * @returns the secret in the address, or else the secret kept for the tab; null if there is neither
 */
export function takeSecret({ location, history, sessionStorage }: SecretPlaces): string | null {
  const inAddress = location.hash.slice(1);
  if (inAddress === '') return sessionStorage.getItem(STORAGE_KEY);
  history.replaceState(null, '', location.pathname + location.search);
  sessionStorage.setItem(STORAGE_KEY, inAddress);
  return inAddress;
}
