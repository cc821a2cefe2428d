import { beforeEach, expect, it } from '@jest/globals';

import { createWebhookRefusals, type WebhookRefusals } from '../../http/webhook-refusals.ts';
import { REFUSALS, type Refusal } from '../../refusal-reasons.ts';

/** The calls that count or store a refusal. Each call is a line of text. */
let calls: string[];
let webhookRefusals: WebhookRefusals;
beforeEach(() => {
  calls = [];
  const note = (text: string) => void calls.push(text);
  webhookRefusals = createWebhookRefusals({
    metrics: {
      ingested: {
        inc: ({ result }) => {
          note(`counted ${result}`);
        },
      },
      troubles: {
        count: (trouble, channel, address) => {
          note(`trouble ${trouble} ${channel} from ${address ?? 'the agency'}`);
        },
      },
    },
    refusals: {
      save: (reason, channel) => {
        note(`stored ${reason} ${channel}`);
      },
      countUnknown: (channel) => {
        note(`unknown ${channel}`);
      },
    },
  });
});

/** The reasons for refusals, and the trouble that the metrics show for each reason; null for no trouble. */
const REASONS: readonly (readonly [reason: Refusal, trouble: string | null])[] = [
  ['unregistered', 'unknown'],
  ['refused', null],
  ['unsigned', null],
  ['too_large', null],
  ['rate_limited', 'rate_limited'],
  ['busy', null],
  ['failed', null],
  ['full', 'full'],
];

it('the list of reasons is complete', () => {
  expect(REASONS.map(([reason]) => reason).sort()).toEqual(Object.keys(REFUSALS).sort());
});

it.each(REASONS)(
  'a refusal of a registered channel because of %s is stored, counted and answered',
  (reason, trouble) => {
    const { status, retryAfter } = webhookRefusals.refuse(reason, 'x', 7);
    expect(status).toBe(REFUSALS[reason]);
    // TutorCruncher sends a webhook again only after a response with status 429 or 503.
    expect(retryAfter !== null).toBe([429, 503].includes(status));
    if (status === 429) expect(retryAfter).toBe(7);
    expect(calls).toEqual([
      `stored ${reason} x`,
      `counted ${reason}`,
      ...(trouble ? [`trouble ${trouble} x from the agency`] : []),
    ]);
  },
);

it('a refusal of a channel that a stranger may have invented is counted, but not stored', () => {
  expect(webhookRefusals.refuseUnknown('unregistered', 'x', '192.0.2.1').status).toBe(404);
  expect(calls).toEqual(['unknown x', 'counted unregistered', 'trouble unknown x from 192.0.2.1']);
  calls = [];
  expect(webhookRefusals.refuseUnknown('failed', 'x', '192.0.2.1').status).toBe(503);
  expect(calls).toEqual(['counted failed']);
});
