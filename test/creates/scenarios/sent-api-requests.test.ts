/** Properties of all requests that API Request sends, for arbitrary inputs. */

import { createRequire } from 'node:module';

import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { apiRequest } from '../../../creates/api-request.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { anyCharacter } from '../../support/any-character.ts';

const ORIGIN = 'https://app.tutorcruncher.com';

describe('any request', () => {
  const errors = createRequire(import.meta.url)('zapier-platform-core/src/errors') as ZObject['errors'];
  let urls: { url: string; method: string; body?: string; redirect?: string }[] = [];
  beforeEach(() => {
    urls = [];
  });
  // Core takes milliseconds to prepare the app for each run, so these runs call `perform` directly.
  const z = {
    errors,
    request: (request: (typeof urls)[number]) => {
      if (!request.url.endsWith('/api/branch/')) urls.push(request);
      return Promise.resolve({ status: 200, content: '{}', data: {}, request });
    },
  } as unknown as ZObject;
  const run = (inputData: JsonObject) =>
    apiRequest.definition.operation
      .perform(z, { authData: { private_key: PRIVATE_KEY }, inputData } as unknown as Bundle)
      .catch(() => undefined);

  const PIECES = [
    ...'clients invoices proforma-invoices balance-updates take_payment TAKE_Payment api API 12 _ - {{x}}'.split(' '),
    ...'/ / / // \\ . .. %2e %2E%2e %252e %2f %5c %74 ? # @ : ; https: http:// //evil.example evil.example'.split(' '),
    ...[ORIGIN, 'user:pass', ' ', ...'\u0000 \t \n ． ／ 。 Ｔ ﬁ \u212A \u017F \u200B \uFEFF'.split(' ')],
  ];
  const path = fc
    .array(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PIECES) }, fc.string({ unit: anyCharacter, maxLength: 3 })),
      {
        minLength: 1,
        maxLength: 7,
      },
    )
    .map((pieces) => pieces.join(''));
  const method = fc.constantFrom('GET', 'POST', 'PUT');

  it('goes to TutorCruncher under /api/, to the path that was typed, and takes no payment', async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(method, path, async (chosen, typed) => {
        urls = [];
        await run({ method: chosen, path: typed });
        for (const request of urls) {
          sent++;
          const url = new URL(request.url);
          expect([url.origin, url.href, url.username, url.search, url.hash]).toEqual([ORIGIN, request.url, '', '', '']);
          expect(url.pathname).toMatch(/^\/api\/(?:[a-z0-9_-]+\/)+$/);
          const plain = (text: string) => text.normalize('NFKC').trim().toLowerCase();
          const typedPath = plain(typed)
            .replace(/^https?:\/\/[^/]*/, '')
            .replace(/^\/?(?:api\/)?|\/$/g, '');
          expect(url.pathname.slice('/api/'.length, -1)).toBe(typedPath);
          expect(url.pathname).not.toMatch(/take_?payment/);
          if (request.method !== 'GET') expect(url.pathname).not.toMatch(/^\/api\/balance|payment/);
        }
      }),
      { numRuns: 5000 },
    );
    expect(sent).toBeGreaterThan(100);
  });

  const UNPAID = ['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'];
  /** Returns the values of all `raise_behaviour` in parsed JSON. */
  const behavioursIn = (value: unknown): unknown[] => {
    if (Array.isArray(value)) return value.flatMap(behavioursIn);
    if (!isJsonObject(value)) return [];
    return Object.entries(value).flatMap(([name, member]) =>
      /^raise_behaviour$/i.test(name) ? [member, ...behavioursIn(member)] : behavioursIn(member),
    );
  };
  const name = fc.constantFrom('raise_behaviour', 'RAISE_behaviour', 'amount', 'a"b', '\\', 'client', '{{x}}', '":"');
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...UNPAID, 'raise', 'raise-and-send', '"raise_behaviour":"dont-raise"', '{{y}}', 5, null, true),
      fc.dictionary(name, tie('json'), { maxKeys: 3 }),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }));

  it('has the body as it was typed, and raises nothing that takes a payment', async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(json, fc.constantFrom('', ' ', '\n  '), async (value, space) => {
        urls = [];
        const body = JSON.stringify(value, null, space);
        await run({ method: 'POST', path: 'invoices/', body });
        const behaviours = behavioursIn(value);
        const isUnpaid = behaviours.every((one) => typeof one === 'string' && UNPAID.includes(one));
        const isSent = isUnpaid && typeof value === 'object' && value !== null;
        expect(urls).toHaveLength(isSent ? 1 : 0);
        for (const request of urls) {
          sent++;
          expect(request.body).not.toContain('{{');
          expect(request.body?.replaceAll('{\\u007b', '{{')).toBe(body);
          expect(JSON.parse(request.body ?? '')).toEqual(value);
        }
      }),
      { numRuns: 2000 },
    );
    expect(sent).toBeGreaterThan(100);
  });
});
