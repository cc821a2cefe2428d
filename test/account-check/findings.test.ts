/** The verdicts of `npm run check:account`, and their lines. */

import { describe, expect, it } from '@jest/globals';

import { Findings, lineOf } from '../../account-check/findings.ts';

describe('npm run check:account', () => {
  it('has no verdict without a row', () => {
    expect(() => {
      new Findings().add('lists.colour', true, 'clients');
    }).toThrow('docs/tutorcruncher.md has no row "lists.colour".');
  });
});

describe('several observations of an assumption', () => {
  it.each<[verdict: string, observations: (boolean | null)[]]>([
    ['holds', [true, null, true]],
    ['differs', [true, false, true]],
    ['differs', [null, false]],
    ['unknown', [null, null]],
  ])('have the verdict %s for %j', (verdict, observations) => {
    const findings = new Findings();
    for (const isMet of observations) findings.add('lists.envelope', isMet, 'clients');
    expect(findings.all.map((finding) => finding.verdict)).toEqual([verdict]);
  });
});

it('only the line of a harmful difference says that Zaps would fail', () => {
  const findings = new Findings();
  findings.add('lists.envelope', false, 'clients');
  findings.add('lists.envelope', false, 'notes');
  findings.add('lists.next-host', false, 'clients');
  const lines = findings.all.map(lineOf);
  expect(lines.map((line) => line.includes('Zaps would fail'))).toEqual([true, false]);
  expect(lines[0]).toMatch(/^differs {2}lists\.envelope \(src\/api\/client\.ts\): clients, notes\. Zaps would fail/);
});
