/**
 * The kind of an app at Zapier. The Zaps of an app either have webhook URLs that users paste into TutorCruncher, or
 * subscribe at a relay. Zaps cannot change from one kind to the other, so `app-kinds.json` records the kind of each
 * major version of each app. `npm run app-kind -- KIND` creates this record.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isJsonObject } from '../wire/json.ts';
import { BuildFailed, ROOT, runScript } from './bundle.ts';

const RECORD = 'app-kinds.json';
/** The kind of an app whose users paste webhook URLs. */
export const PASTED_URL = 'pasted-url';

/** Kinds, keyed by app and then by major version: `pasted-url`, or the origin of a relay. */
type Kinds = Readonly<Record<string, Readonly<Record<string, string>>>>;

const described = (kind: string): string => (kind === PASTED_URL ? 'pasted webhook URLs' : `the relay ${kind}`);

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new BuildFailed(`${path} cannot be read. ${error instanceof Error ? error.message : String(error)}`);
  }
}

const isKinds = (value: unknown): value is Kinds =>
  isJsonObject(value) &&
  Object.values(value).every(
    (kinds) => isJsonObject(kinds) && Object.values(kinds).every((kind) => typeof kind === 'string'),
  );

/** Returns the path of the file in which Zapier's CLI finds the id of the app. */
export const appFileOf = (root: string, { ZAPIER_CURRENT_APP_FILE: file }: NodeJS.ProcessEnv): string =>
  resolve(root, file || '.zapierapprc');

/**
 * Returns the origin of a relay's URL.
 * @param name - the name of the URL in error messages
 * @throws {BuildFailed} if the URL is not an origin, or is not an HTTPS or loopback URL
 */
export function relayOrigin(text: string, name = 'RELAY_URL'): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    // A text with an @ may contain a password, so the message does not quote it.
    const quoted = text.includes('@') ? '' : `, not "${text}"`;
    throw new BuildFailed(`${name} must be the origin of a relay, such as https://relay.example.com${quoted}.`);
  }
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw new BuildFailed(`${name} must begin with https://, because the relay receives children's data.`);
  }
  return url.origin;
}

/** Returns a kind in the format of `app-kinds.json`. @throws {BuildFailed} if the text is not a valid kind */
export function kindOf(text: string): string {
  if (text === PASTED_URL) return text;
  if (URL.canParse(text)) return relayOrigin(text, 'The URL of the relay');
  throw new BuildFailed(
    `The kind of an app is "${PASTED_URL}" or the URL of a relay, such as https://relay.example.com.`,
  );
}

/**
 * Returns the app and major version of a project, and the recorded kinds; null if the project has not been registered
 * or linked. The kind of this version is undefined if it has not been recorded.
 * @throws {BuildFailed} if a file of the project is malformed
 */
function targetOf(root: string, env: NodeJS.ProcessEnv) {
  const appFile = appFileOf(root, env);
  if (!existsSync(appFile)) return null;
  const file = readJson(appFile);
  const ownPackage = readJson(join(root, 'package.json'));
  const id = isJsonObject(file) ? file.id : undefined;
  if (typeof id !== 'number' && typeof id !== 'string') {
    throw new BuildFailed(`${appFile} contains no app id. Run "npm run zapier -- link" to write it again.`);
  }
  const [major] = /^\d+(?=\.)/.exec(isJsonObject(ownPackage) ? String(ownPackage.version) : '') ?? [];
  if (major === undefined) {
    throw new BuildFailed('The version in package.json has no major version, such as 1 in 1.0.0.');
  }
  const path = join(root, RECORD);
  const kinds = existsSync(path) ? readJson(path) : {};
  if (!isKinds(kinds)) throw new BuildFailed(`${RECORD} is malformed. Restore it from git.`);
  const recorded = kinds[id]?.[major];
  return { app: String(id), major, kinds, recorded: recorded === undefined ? undefined : kindOf(recorded) };
}

const changedKind = (app: string, major: string, recorded: string, wanted: string): BuildFailed =>
  new BuildFailed(
    `Version ${major} of app ${app} is built for ${described(recorded)}. If it was built for ${described(wanted)}, its Zaps ` +
      'would stop working. ' +
      `To keep the kind, unset RELAY_URL. To change it, start a new major version: run "npm version major ` +
      `--no-git-tag-version", then "npm run app-kind -- ${wanted}".`,
  );

/**
 * Returns the URL of the relay for which the app must be built, or null for pasted webhook URLs. For a project that is
 * not registered at Zapier and therefore cannot be pushed, `RELAY_URL` determines the result. Otherwise, the recorded
 * kind determines the result, and `RELAY_URL` must match it.
 * @throws {BuildFailed} if no kind is recorded or the URL differs from the recorded kind
 */
export function relayOfBuild(root: string, env: NodeJS.ProcessEnv): string | null {
  const wanted = env.RELAY_URL ? relayOrigin(env.RELAY_URL) : null;
  const target = targetOf(root, env);
  if (!target) return wanted;
  const { app, major, recorded } = target;
  if (recorded === undefined) {
    throw new BuildFailed(
      `${RECORD} does not say how Zaps of version ${major} of app ${app} receive webhooks. Record it once, and commit the ` +
        `file: "npm run app-kind -- ${PASTED_URL}" for webhook URLs that users paste into TutorCruncher, or ` +
        '"npm run app-kind -- https://relay.example.com" with the URL of your relay.',
    );
  }
  if (wanted !== null && wanted !== recorded) throw changedKind(app, major, recorded, wanted);
  return recorded === PASTED_URL ? null : recorded;
}

/**
 * Records the kind of the app and major version of a project, and returns a sentence about it.
 * @throws {BuildFailed} if a different kind is recorded, the kind is invalid, or the project has not been registered
 */
export function recordKind(root: string, text: string, env: NodeJS.ProcessEnv): string {
  const kind = kindOf(text);
  const target = targetOf(root, env);
  if (!target) {
    throw new BuildFailed('This project is not connected to an app at Zapier. Run "npm run zapier -- register" first.');
  }
  const { app, major, kinds, recorded } = target;
  if (recorded !== undefined && recorded !== kind) throw changedKind(app, major, recorded, kind);
  const updated: Kinds = { ...kinds, [app]: { ...kinds[app], [major]: kind } };
  writeFileSync(join(root, RECORD), `${JSON.stringify(updated, null, 2)}\n`);
  return `Version ${major} of app ${app} is built for ${described(kind)}. Commit ${RECORD}.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(() => {
    const [kind, ...others] = process.argv.slice(2);
    if (kind === undefined || others.length > 0) {
      throw new BuildFailed(
        `Usage: npm run app-kind -- ${PASTED_URL}, or npm run app-kind -- https://relay.example.com`,
      );
    }
    console.log(recordKind(ROOT, kind, process.env));
  });
}
