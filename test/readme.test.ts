import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { withCurrentTables } from '../scripts/readme-tables.ts';
import { relayedInputs, relayedOutputs } from '../scripts/relayed.ts';
import { isChangeKey } from '../src/record/change-keys.ts';
import { webhookTriggers } from '../triggers/index.ts';

const readme = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it('has the tables of triggers, searches and actions that "npm run docs" generates', async () => {
    expect(await withCurrentTables(readme)).toBe(readme);
    await expect(withCurrentTables('# No tables')).rejects.toThrow('README.md has no table');
  });

  it('lists exactly the fields and choices about changes that need a relay, with their labels', () => {
    const section = readme.split('\n## With or without a relay\n')[1]?.split('\n## ')[0] ?? '';
    const firstCells = [...section.matchAll(/^\| ((?:choices? )?\*\*.+?\*\*) +\|/gm)].map(([, cell = '']) => cell);
    const listed = firstCells.flatMap((cell) => [...cell.matchAll(/\*\*(.+?)\*\*/g)].map(([, label]) => label));
    const fields = webhookTriggers.flatMap(relayedOutputs).filter(({ key }) => isChangeKey(key));
    const labels = [...fields, ...webhookTriggers.flatMap(relayedInputs)].map(({ label }) => label);
    expect([...listed].sort()).toEqual([...new Set(labels)].sort());
  });
});
