/** The sources of the built relay. A change to these sources makes a build outdated. */

import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The sources of the relay and of the page, and the modules from which the build computes the page's constants. */
const SOURCES = [
  '{relay,console,wire,objects,src,triggers}/**/*.{ts,tsx,css,html,svg,json,sql,txt}',
  'scripts/{build-relay,bundle,console,relay-sources}.ts',
  'package-lock.json',
];
/** Matches builds, and the parts of the relay's folder that are not part of a build. */
const NOT_SOURCES = /^relay\/(?:dist[^/]*|alerts|bench|chaos|deployment|harness|test)\//;

/** Returns a hash of the names and contents of the sources in a checkout. @param root - path of the checkout */
export function hashOfRelaySources(root: string): string {
  const hash = createHash('sha256');
  const paths = globSync(SOURCES, { cwd: root }).filter((path) => !NOT_SOURCES.test(path));
  for (const path of paths.sort()) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}
