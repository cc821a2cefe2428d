import { expect, it } from '@jest/globals';

import { CHANNEL } from '../harness/sample-delivery.ts';
import { shortNameOf, targetNameOf, zapNamesOf } from '../short-name.ts';

it('a channel has a short name with which nobody can send webhooks to it', () => {
  expect(shortNameOf(CHANNEL)).toBe(CHANNEL.slice(0, 8));
});

it('a target is named by its host and a part of a hash, which distinguishes it from others but does not contain its path', () => {
  const [one, other] = ['1/abc', '1/abd'].map((path) =>
    targetNameOf(`https://hooks.zapier.com/hooks/standard/${path}`),
  );
  expect([one, other]).toEqual(Array(2).fill(expect.stringMatching(/^hooks\.zapier\.com #[0-9a-f]{8}$/)));
  expect(one).not.toBe(other);
  expect(targetNameOf('no URL')).toMatch(/^invalid URL #[0-9a-f]{8}$/);
});

it('a Zap is named by its description, or has no name', () => {
  const names = { trigger: 'Lesson Completed', zap: '7' };
  expect(zapNamesOf({ trigger: names.trigger, options: [], zap_id: names.zap })).toEqual(names);
  expect(zapNamesOf(null)).toEqual({ trigger: null, zap: null });
});
