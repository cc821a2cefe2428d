/**
 * `node scripts/release-notes.ts TAG`: prints the section of `CHANGELOG.md` about the version of a tag. Fails if
 * the tag does not match the version of the app, so that no other version can be released under the tag.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import ownPackage from '../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Thrown if a release is not possible. The message says what to correct. */
export class NotReleasable extends Error {}

/**
 * Returns the section about a version in a changelog, without the heading.
 *
 * @param tag - the name of a tag, such as `v1.1.0`
 * @param version - the version of the app
 * @throws {NotReleasable} if the tag is for another version, or if the changelog has no entries for the version
 */
export function releaseNotes(changelog: string, tag: string, version: string): string {
  if (tag !== `v${version}`) {
    throw new NotReleasable(
      `The tag ${tag} does not name the version in package.json, which is ${version}. Tag the commit with v${version}, or ` +
        'change the version.',
    );
  }
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => /^\S+/.exec(text)?.[0] === version);
  const notes = section?.replace(/^.*\n/, '').trim();
  if (notes) return notes;
  throw new NotReleasable(
    `CHANGELOG.md has no entries under "## ${version}". Describe the changes of the version there.`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const [tag = ''] = process.argv.slice(2);
    console.log(releaseNotes(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), tag, ownPackage.version));
  } catch (error) {
    if (!(error instanceof NotReleasable)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
