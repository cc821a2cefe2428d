/**
 * `npm run package`: checks that the app can be pushed, without a Zapier account. Validates the definition, builds
 * `build.zip` like `zapier-platform push`, and runs a signed delivery through the app in the zip.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { unzipSync } from 'fflate';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { hookEvent } from '../local/zapier.ts';
import lesson from '../objects/samples/lesson.json' with { type: 'json' };
import { APP_FOLDER } from './stage.ts';
import { checkContents, runZip } from './upload.ts';

const ZIP = join(APP_FOLDER, 'build/build.zip');
const PRIVATE_KEY = 'a-key-that-only-this-check-knows-of-1234';

/** Runs a command of Zapier's CLI. @throws {Error} if the command fails */
function zapier(...args: string[]): void {
  const npmArgs = ['run', '--silent', 'zapier', '--', ...args];
  const { status, error } = spawnSync('npm', npmArgs, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error ?? status !== 0) throw new Error(`"${args.join(' ')}" failed. The output above shows the reason.`);
}

try {
  zapier('validate', '--without-style');
  zapier('build', '--skip-validation');
  const zip = readFileSync(ZIP);
  const names = Object.keys(unzipSync(zip));
  checkContents(names);
  const results = runZip(
    zip,
    hookEvent('lesson_completed', requestFromTutorCruncher(lesson, PRIVATE_KEY), PRIVATE_KEY),
  );
  if (!Array.isArray(results) || results.length !== 1) throw new Error('The app in the zip did not return one record.');
  console.log(
    `\n${ZIP}: ${names.length} files, ${Math.round(zip.length / 1024)} kB; ` +
      'the app in the zip returns a record for a signed sample.',
  );
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
