import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { personalTexts, relayFilesText } from '../local/tour/relay-files.ts';
import { sampleDelivery } from '../local/sample-delivery.ts';

it('lists the names, addresses and topics of sample deliveries', () => {
  const texts = personalTexts(sampleDelivery('lesson_completed'));
  expect(texts).toEqual(expect.arrayContaining(['Leo Raman', 'Quadratic equations', '8 Mill Lane, Bristol']));
  expect(texts).not.toContain('Lesson');
});

it("reports which of the relay's files contain which names", () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-files-'));
  mkdirSync(join(folder, 'a folder'));
  writeFileSync(join(folder, 'relay.sqlite'), 'x'.repeat(1500));
  writeFileSync(join(folder, 'relay.sqlite-wal'), '...Leo Raman...Dana...');
  expect(relayFilesText(folder, ['Leo Raman', 'Priya Raman', 'Leo Raman', 'Dana'])).toBe(
    [
      'The relay received 2 names, addresses and topics, such as "Leo Raman". It seals every event on arrival.',
      '  relay.sqlite          2 kB  contains none of them',
      '  relay.sqlite-wal      1 kB  contains Leo Raman',
      'To look for yourself before you stop the relay, run these commands:',
      `  cd ${folder}`,
      '  strings relay.sqlite relay.sqlite-wal',
    ].join('\n'),
  );
  rmSync(folder, { recursive: true });
});
