/**
 * The build of the app: bundles it into `index.js`, because a single file loads several times faster than separate
 * modules (docs/performance.md). The bundle is not minified, and a comment names the module of each part, so that stack
 * traces from Zapier are readable. The bundle excludes code that only the other kind of app uses. The build computes the
 * sample records. If the environment sets `RELAY_URL`, the built app subscribes at that relay. The value is built into
 * the app because Zapier does not set this environment variable. With `RELAY_REGISTRATION_SECRET`, the built app also
 * contains the secret for that relay.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build as bundle } from 'esbuild';

import { objects } from '../objects/index.ts';
import type { Samples } from '../src/built-samples.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { isRegistrationSecret } from '../wire/relay-api.ts';
import { BuildFailed, leavingOut, onlyVersion, settingConstants, type BuildConstant } from './build-constants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Returns the origin of a relay's URL.
 *
 * @throws {BuildFailed} if the URL is not an origin, or is not an HTTPS or loopback URL
 */
export function relayOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    // A text with an @ may contain a password, so the message does not quote it.
    const quoted = text.includes('@') ? '' : `, not "${text}"`;
    throw new BuildFailed(`RELAY_URL must be the origin of a relay, such as https://relay.example.com${quoted}.`);
  }
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new BuildFailed("RELAY_URL must begin with https://, because the relay receives children's data.");
  }
  return url.origin;
}

/** Checks a registration secret. @throws {BuildFailed} if the relay would not accept it */
export function checkedSecret(text: string): string {
  if (isRegistrationSecret(text)) return text;
  throw new BuildFailed(
    'RELAY_REGISTRATION_SECRET must have at least 20 characters, only letters, digits and punctuation, and no comma. ' +
      'Copy one of the secrets in the configuration of the relay.',
  );
}

/** Returns the sample records of the app. The samples of an app that is built for a relay show a change. */
const computeSamples = (isRelayed: boolean): Samples => ({
  triggers: Object.fromEntries(
    webhookTriggers.map(({ definition, relayed }) => [
      definition.key,
      isRelayed ? relayed.sample : definition.operation.sample,
    ]),
  ),
  objects: Object.fromEntries(objects.map(({ word, ownSample }) => [word, ownSample])),
});

const SECRET_MODULE = 'src/hooks/registration-secret.ts';

/**
 * The modules that only an app without a relay uses, and the modules that only an app for a relay uses. Leaving them out
 * saves 1.6 ms of each import of an app without a relay.
 */
const PASTED_URL_MODULES = ['src/hooks/pasted-url-hook.ts', 'src/pasted-url-kind.ts'];
const RELAY_MODULES = ['src/hooks/relay-hook.ts', 'src/relayed-kind.ts'];

/** Returns the constants of a build. */
const constantsOf = (relay: string | null, secret: string | null): readonly BuildConstant[] => [
  { name: 'RELAY_URL', module: 'src/hooks/relay-url.ts', value: JSON.stringify(relay) },
  ...(relay === null ? [] : [{ name: 'BUILT_IN_SECRET', module: SECRET_MODULE, value: JSON.stringify(secret) }]),
  {
    name: 'BUILT_SAMPLES',
    module: 'src/built-samples.ts',
    // V8 evaluates `JSON.parse` faster than a literal. This saves 0.9 ms of each import.
    value: `JSON.parse(${JSON.stringify(JSON.stringify(computeSamples(relay !== null)))})`,
  },
];

/**
 * Bundles a module with the modules that it imports, but without packages.
 *
 * @param entry - path of the module, from the root of the project
 * @param leftOut - paths of modules that the app does not use, from the root of the project
 * @throws {BuildFailed} if there is an error in a module, or a module of a constant or in `leftOut` is not among them
 */
export async function bundled(
  entry: string,
  constants: readonly BuildConstant[],
  leftOut: readonly string[] = [],
): Promise<string> {
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    charset: 'utf8',
    plugins: [settingConstants(constants), leavingOut(leftOut), onlyVersion],
    metafile: true,
    write: false,
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw new BuildFailed(`The app cannot be bundled. ${error instanceof Error ? error.message : String(error)}`);
  });
  for (const { name, module } of constants) {
    if (module in metafile.inputs) continue;
    throw new BuildFailed(`The app does not import ${module}. Correct the module of ${name} in scripts/build.ts.`);
  }
  for (const module of leftOut) {
    if (module in metafile.inputs) continue;
    throw new BuildFailed(`The app does not import ${module}. Correct the modules to leave out in scripts/build.ts.`);
  }
  return outputFiles.map(({ text }) => text).join('');
}

/** Settings that are built into the app. */
export interface BuildSettings {
  /** URL of the relay at which Zaps subscribe; empty or undefined for webhook URLs that users paste. */
  readonly relayUrl?: string | undefined;
  /**
   * Registration secret of the relay; empty or undefined to build the app without a secret. Ignored without a relay.
   */
  readonly registrationSecret?: string | undefined;
}

/**
 * Builds the app.
 *
 * @param outDir - folder into which the app is written; its previous contents are deleted
 * @param stop - ends the build when aborted
 * @throws {BuildFailed} if the app cannot be built
 * @throws the signal's reason if the signal aborts; in that case, nothing is written
 */
export async function build(outDir: string, settings: BuildSettings, stop?: AbortSignal): Promise<void> {
  const relay = settings.relayUrl ? relayOrigin(settings.relayUrl) : null;
  const secret = relay !== null && settings.registrationSecret ? checkedSecret(settings.registrationSecret) : null;
  const leftOut = relay === null ? RELAY_MODULES : PASTED_URL_MODULES;
  const app = await bundled('index.ts', constantsOf(relay, secret), leftOut);
  stop?.throwIfAborted();
  // Otherwise, the upload to Zapier would include files of a previous build.
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, 'index.js'), app);
}
