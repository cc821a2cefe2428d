import { expect, it } from '@jest/globals';

import { takeLinkFragment, type Tab } from '../../console/link-fragment.ts';

/** Creates a tab that records the URLs that replace its address. */
function openTab(hash: string) {
  const kept = new Map<string, string>();
  const shown: string[] = [];
  const location = { hash, pathname: '/console', search: '?view=zaps' };
  const tab: Tab = {
    location,
    history: { replaceState: (_state, _title, url) => shown.push(url) },
    sessionStorage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
    },
  };
  return { tab, location, shown };
}

it('removes the secret of a link from the address, and keeps it for the tab', () => {
  const { tab, location, shown } = openTab('#secret');
  expect(takeLinkFragment(tab)).toBe('secret');
  expect(shown).toEqual(['/console?view=zaps']);
  location.hash = '';
  expect(takeLinkFragment(tab)).toBe('secret');
  expect(shown).toHaveLength(1);
});

it('opens another link in the same tab', () => {
  const { tab, location } = openTab('#secret');
  takeLinkFragment(tab);
  location.hash = '#another';
  expect(takeLinkFragment(tab)).toBe('another');
  location.hash = '';
  expect(takeLinkFragment(tab)).toBe('another');
});

it('has no secret in a tab that was opened without a link', () => {
  expect(takeLinkFragment(openTab('').tab)).toBeNull();
});
