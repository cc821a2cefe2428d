/** Bundles the console's page. File names contain a hash of the contents, so that browsers may cache the files. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { pageFile, type ConsolePage } from '../relay/console-page.ts';
import { bundle, ROOT } from './bundle.ts';

/** Computes the constants that the build sets in the page, as JSON, keyed by name. */
async function computeConstants(): Promise<Readonly<Record<string, string>>> {
  const { objects } = await import('../objects/index.ts');
  const { webhookTriggers } = await import('../triggers/index.ts');
  const { layoutParts } = await import('../src/record/layout.ts');
  const { listedActions } = await import('../wire/action-filter.ts');
  const layouts = Object.fromEntries(objects.map(({ word, layout }) => [word, layoutParts(layout)]));
  const triggers = webhookTriggers
    .filter(({ filter }) => filter.object !== null)
    .map(({ definition, filter }) => ({ label: definition.display.label, actions: listedActions(filter.actions) }));
  return { BUILT_LAYOUTS: JSON.stringify(layouts), BUILT_TRIGGERS: JSON.stringify(triggers) };
}

/** Returns `main-1a2b3c4d5e.js` for `main.js`. */
function hashedName(name: string, contents: string): string {
  const extension = extname(name);
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
  return `${name.slice(0, -extension.length)}-${hash}${extension}`;
}

async function bundled(entry: string, define: Readonly<Record<string, string>>): Promise<string> {
  const files = await bundle('console', {
    entryPoints: [entry],
    minify: true,
    platform: 'browser',
    // Browser versions from 2024, which support `light-dark()`.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    define,
  });
  return files.map(({ text }) => text).join('');
}

/**
 * Bundles the page. @returns the contents of the page's files, keyed by name @throws {BuildFailed} if there is an error
 * in a source
 */
export async function bundleConsole(): Promise<ReadonlyMap<string, string>> {
  const parts = new Map([
    ['main.js', await bundled('console/main.tsx', await computeConstants())],
    ['console.css', await bundled('console/console.css', {})],
    ['icon.svg', readFileSync(join(ROOT, 'console/icon.svg'), 'utf8').trim()],
  ]);
  const files = new Map<string, string>();
  let page = readFileSync(join(ROOT, 'console/index.html'), 'utf8');
  for (const [name, contents] of parts) {
    const hashed = hashedName(name, contents);
    files.set(hashed, contents);
    page = page.replace(`"/console/${name}"`, `"/console/${hashed}"`);
  }
  return files.set('index.html', page);
}

/** Bundles the page for a relay in this process. @throws {BuildFailed} if there is an error in a source */
export async function bundledPage(): Promise<ConsolePage> {
  return [...(await bundleConsole())].map(([name, contents]) => pageFile(name, Buffer.from(contents)));
}
