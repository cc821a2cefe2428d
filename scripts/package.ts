/**
 * `npm run package`: checks that the app can be pushed, without a Zapier account. Validates the definition, builds
 * `build/build.zip` like `zapier-platform push` (from a copy of the project with production dependencies) and runs a
 * signed delivery through the app in the zip. Compares the files with the files of a push with `--skip-dep-install`,
 * which builds in the folder of the project.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { unzipSync } from 'fflate';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { hookEvent } from '../local/zapier.ts';
import lesson from '../objects/samples/lesson.json' with { type: 'json' };
import { checkContents, extract } from './upload.ts';

const ZIP = 'build/build.zip';
/** The sources, which a push also uploads. */
const SOURCE_ZIP = 'build/source.zip';

function run(title: string, command: string, args: string[]): void {
  console.log(`\n${title}: ${command} ${args.join(' ')}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error ?? status !== 0) throw new Error(`${title} failed. The output above shows the reason.`);
}

/** Builds the app like a push, and returns the names of the files that the push would upload. */
function uploadedFiles(title: string, ...args: string[]): string[] {
  run(title, 'zapier-platform', ['build', '--skip-validation', ...args]);
  return [ZIP, SOURCE_ZIP].flatMap((zip) => Object.keys(unzipSync(readFileSync(zip))).map((name) => `${zip}: ${name}`));
}

/** Checks that a push from the project folder uploads no additional files. @throws {Error} if it does */
function checkFurtherFiles(pushed: readonly string[], pushedInFolder: readonly string[]): void {
  const further = pushedInFolder.filter((file) => !pushed.includes(file));
  if (further.length === 0) return;
  throw new Error(
    `With --skip-dep-install, a push would upload ${further.length} further files, such as ${further.slice(0, 3).join(', ')}. ` +
      'Correct the patch of zapier-platform-cli in patches/.',
  );
}

/**
 * Checks the contents of a zip, and runs a signed delivery through the app in it. Uses a temporary folder.
 *
 * @returns the number of files in the zip
 * @throws {Error} if the contents are wrong, or the app does not return one record
 */
async function checkZip(zip: Uint8Array): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-'));
  try {
    const names = extract(zip, folder);
    checkContents(names, folder);
    const wrapper = (await import(pathToFileURL(join(folder, 'zapierwrapper.js')).href)) as {
      handler: (event: unknown) => Promise<{ results: unknown[] }>;
    };
    const key = 'a-key-that-only-this-check-knows-of-1234';
    const { results } = await wrapper.handler(
      hookEvent('lesson_completed', requestFromTutorCruncher(lesson, key), key),
    );
    if (results.length !== 1) throw new Error(`Expected one record from the app in the zip, got ${results.length}.`);
    return names.length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  run('Validating', 'zapier-platform', ['validate', '--without-style']);
  const pushedInFolder = uploadedFiles('Building in the folder of the project', '--skip-dep-install');
  checkFurtherFiles(uploadedFiles('Building in a copy'), pushedInFolder);
  const zip = readFileSync(ZIP);
  const files = await checkZip(zip);
  console.log(
    `\n${ZIP}: ${files} files, ${Math.round(zip.length / 1024)} kB; ` +
      'the app in the zip returns a record for a signed sample.',
  );
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
