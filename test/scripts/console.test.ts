/** The build of the console's page. */

import { describe, expect, it } from '@jest/globals';

import { bundleConsole, bundledPage } from '../../scripts/console.ts';

describe('the built console', () => {
  it('has at most 47 kB, as the relay serves it', async () => {
    const bytes = (await bundledPage()).reduce((sum, { gzipped }) => sum + gzipped.length, 0);
    expect(bytes).toBeLessThanOrEqual(47_000);
  });

  it('refers to its files by names that depend on their contents', async () => {
    const files = await bundleConsole();
    const names = [...files.keys()].filter((name) => name !== 'index.html');
    const page = files.get('index.html') ?? '';
    const references = [...page.matchAll(/(?:src|href)="\/console\/([^"]+)"/g)].map(([, name]) => name);
    expect(references.sort()).toEqual(names.sort());
    expect(names.every((name) => /^[a-z]+-[0-9a-f]{10}\.(?:css|js|svg)$/.test(name))).toBe(true);
  });

  it('has no inline script or style, and refers to no other origin', async () => {
    const page = (await bundleConsole()).get('index.html') ?? '';
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|https?:/);
  });

  it('is reproducible', async () => {
    expect(await bundleConsole()).toEqual(await bundleConsole());
  });
});
