/**
 * `npm run docs`: writes docs/contract.txt and docs/fields.md from the definitions. A released key is never renamed or
 * dropped, so a contract that would lose a line is not written.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { format } from 'prettier';

import { contractText, fieldsText } from './contract.ts';

const CONTRACT = 'docs/contract.txt';
const FIELDS = 'docs/fields.md';

const contract = contractText();
const lines = new Set(contract.split('\n'));
const committed = existsSync(CONTRACT) ? readFileSync(CONTRACT, 'utf8').split('\n') : [];
const lost = committed.filter((line) => line !== '' && !lines.has(line));
if (lost.length > 0) {
  console.error(
    `${CONTRACT} would lose these lines. Zaps depend on them: bring them back and add beside them.\n` +
      `(Only a new major version may break a contract; remove the lines from ${CONTRACT} by hand then.)\n\n${lost.join('\n')}`,
  );
  process.exit(1);
}
writeFileSync(CONTRACT, contract);
writeFileSync(FIELDS, await format(fieldsText(), { parser: 'markdown', printWidth: 120 }));
console.log(`Wrote ${CONTRACT} and ${FIELDS}.`);
