/** The parts of the release rehearsal that RELEASING.md repeats. `npm run release:rehearse` runs the rehearsal. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { freePort } from '../relay/harness/free-port.ts';
import { describeWithCaddy, startCaddy } from '../relay/test/running-caddy.ts';
import { expectReachable } from '../scripts/rehearsal/reachable.ts';
import { REGISTRATION } from '../scripts/rehearsal/release.ts';

const releasing = readFileSync('RELEASING.md', 'utf8');

it('registers the integration with the flags in RELEASING.md', () => {
  const [, shown = ''] = /zapier-platform register ("TutorCruncher" [^`]+)/.exec(releasing) ?? [];
  const words = [...shown.replaceAll('\\\n', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word,
  );
  expect(words).toEqual(REGISTRATION);
});

describe('a relay that a rehearsal cannot reach', () => {
  it('is reported', async () => {
    await expect(expectReachable(`http://127.0.0.1:${await freePort()}`)).rejects.toThrow(
      /cannot be reached from this machine \(ECONNREFUSED\)\. Check the URL/,
    );
  });

  describeWithCaddy('behind Caddy with a certificate of its own authority', () => {
    it('is reported with the variable that makes Node.js know the authority', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-rehearsal-test-'));
      const caddy = await startCaddy(folder, await freePort(), 'https://localhost');
      try {
        await expect(expectReachable(`https://localhost:${caddy.port}`)).rejects.toThrow(
          /signed by a CA that this machine does not know \(UNABLE_TO_\w+\)\. Set NODE_EXTRA_CA_CERTS/,
        );
      } finally {
        await caddy.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });
});
