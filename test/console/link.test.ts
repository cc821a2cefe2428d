/** The secret of the link that opened the console's page. */

import { expect, it } from '@jest/globals';

import { takeSecret } from '../../console/link.ts';

/** A tab of a browser. */
function tabAt(path: string, search: string, hash: string, stored: Record<string, string> = {}) {
  const addresses: string[] = [];
  const storage = new Map(Object.entries(stored));
  return {
    addresses,
    storage,
    location: { pathname: path, search, hash },
    history: { replaceState: (_data: null, _unused: string, url: string) => addresses.push(url) },
    sessionStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
    },
  };
}

it('is removed from the address, which keeps its query, and stored for the tab', () => {
  const tab = tabAt('/console', '?event=7', '#the-secret');
  expect(takeSecret(tab)).toBe('the-secret');
  expect(tab.addresses).toEqual(['/console?event=7']);
  expect([...tab.storage.values()]).toEqual(['the-secret']);
});

it('is the secret of the tab after a reload, if the address has none', () => {
  const first = tabAt('/console', '', '#the-secret');
  takeSecret(first);
  const reloaded = tabAt('/console', '', '', Object.fromEntries(first.storage));
  expect(takeSecret(reloaded)).toBe('the-secret');
  expect(reloaded.addresses).toEqual([]);
});

it('is the secret of the address if another link is opened in the same tab', () => {
  const first = tabAt('/console', '', '#first');
  takeSecret(first);
  expect(takeSecret(tabAt('/console', '', '#second', Object.fromEntries(first.storage)))).toBe('second');
});

it('is missing in another tab', () => {
  expect(takeSecret(tabAt('/console', '', ''))).toBeNull();
});
