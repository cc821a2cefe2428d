/**
 * The build of the app: bundles it into `index.js`, because a single file loads several times faster than separate
 * modules (docs/performance.md). The bundle is not minified, and a comment names the module of each part, so that stack
 * traces from Zapier are readable. If the environment sets `RELAY_URL`, the built app subscribes at that relay. The
 * value is built into the app because Zapier does not set this environment variable. The build also computes the sample
 * records.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin } from 'esbuild';

import { recordObjects } from '../objects/index.ts';
import { objectSearches } from '../searches/index.ts';
import { DETAILS } from '../src/search/many/search-for-many.ts';
import type { Samples } from '../src/object/samples.ts';
import { noticeTriggers, polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { bundle, FOR_NODE } from './bundle.ts';

/** Returns the sample records of the app. The samples of an app that is built for a relay show a change. */
const samplesOf = (isRelayed: boolean): Samples => ({
  triggers: {
    ...Object.fromEntries(
      webhookTriggers.map(({ definition, relayed }) => [
        definition.key,
        isRelayed ? relayed.sample : definition.operation.sample,
      ]),
    ),
    ...Object.fromEntries(
      [...polledTriggers, ...noticeTriggers].map(({ definition: { key, operation } }) => [key, operation.sample]),
    ),
  },
  objects: Object.fromEntries(recordObjects.map(({ word, ownSample }) => [word, ownSample])),
  searches: Object.fromEntries(
    objectSearches
      .filter(({ inputs }) => inputs.includes(DETAILS))
      .map(({ definition: { key, operation } }) => [key, { ...operation.sample }]),
  ),
});

/** Bundles only the version of package.json, so that a build from the upload results in the same app. */
const onlyVersion: Plugin = {
  name: 'only-version',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * Builds the app.
 *
 * @param relay - origin of the relay at which Zaps subscribe, as `relayOrigin` returns it; null for webhook URLs that
 *   users paste
 * @throws {BuildFailed} if the app cannot be built
 */
export async function build(outDir: string, relay: string | null): Promise<void> {
  const files = await bundle('app', {
    ...FOR_NODE,
    entryPoints: ['index.ts'],
    define: {
      BUILT_RELAY_URL: JSON.stringify(relay),
      BUILT_SAMPLES: JSON.stringify(JSON.stringify(samplesOf(relay !== null))),
    },
    plugins: [onlyVersion],
  });
  // Without the removal, the upload to Zapier would include files of a previous build.
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, 'index.js'), files.map(({ text }) => text).join(''));
}
