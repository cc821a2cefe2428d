/**
 * `npm run docs`: generates `docs/contract.txt`, `docs/fields.md`, `docs/steps.md` and the numbers of steps in the README from
 * the definitions. A released key is never renamed or removed, so the script fails if the contract would lose a line.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { format } from 'prettier';

import { contractText, fieldsText } from './contract.ts';
import { stepCounts, stepsPage } from './steps-page.ts';

const CONTRACT = 'docs/contract.txt';
const FIELDS = 'docs/fields.md';
const STEPS = 'docs/steps.md';
const README = 'README.md';

const contract = contractText();
const lines = new Set(contract.split('\n'));
const committed = existsSync(CONTRACT) ? readFileSync(CONTRACT, 'utf8').split('\n') : [];
const lost = committed.filter((line) => line !== '' && !lines.has(line));
if (lost.length > 0) {
  console.error(
    `${CONTRACT} would lose the lines below, which existing Zaps depend on. Restore the keys and add new ones beside ` +
      `them.\nOnly a new major version may remove keys. In that case, delete the lines from ${CONTRACT} by hand first.` +
      `\n\n${lost.join('\n')}`,
  );
  process.exit(1);
}
writeFileSync(CONTRACT, contract);
writeFileSync(FIELDS, await format(fieldsText(), { parser: 'markdown', printWidth: 120 }));
writeFileSync(STEPS, await stepsPage());
writeFileSync(
  README,
  readFileSync(README, 'utf8').replace(/\d+ triggers, \d+ searches and \d+ actions/, () => stepCounts()),
);
console.log(`Wrote ${CONTRACT}, ${FIELDS}, ${STEPS} and the numbers of steps in ${README}.`);
