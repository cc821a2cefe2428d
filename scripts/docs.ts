/** `npm run docs`: generates `docs/contract.txt` and the tables of the documents. Released keys are never removed. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { contractText, lostLines } from './contract.ts';
import { generated, PAGES } from './pages.ts';

const CONTRACT = 'docs/contract.txt';

const contract = contractText();
const lost = existsSync(CONTRACT) ? lostLines(readFileSync(CONTRACT, 'utf8'), contract) : [];
if (lost.length > 0) {
  console.error(
    `${CONTRACT} would lose the lines below, which existing Zaps depend on. Restore the keys and add new ones beside ` +
      `them.\nOnly a new major version may remove keys. In that case, delete the lines from ${CONTRACT} by hand first.` +
      `\n\n${lost.join('\n')}`,
  );
  process.exit(1);
}
writeFileSync(CONTRACT, contract);
for (const page of PAGES) writeFileSync(page, await generated(page));
console.log(`Wrote ${[CONTRACT, ...PAGES].join(', ')}.`);
