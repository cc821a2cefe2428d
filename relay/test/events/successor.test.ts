import { expect, it } from '@jest/globals';

import { successorOf } from '../../events/successor.ts';
import { sampleSubscription } from '../support/sample-subscription.ts';

const DESCRIPTION = { trigger: 'Lesson Completed', options: [{ label: 'Status', value: 'x' }], zap_id: '1' };
const ended = sampleSubscription({ id: 'ended', description: DESCRIPTION, endedAt: 9 });
/**
 * Returns a Zap that is on. By default, the Zap has the trigger and the choices of the ended Zap, but a different id.
 */
const zap = (id: string, changes: Parameters<typeof sampleSubscription>[0] = {}) =>
  sampleSubscription({ id, description: { ...DESCRIPTION, zap_id: '2' }, ...changes });
const same = (id: string, endedAt: number | null = null) => zap(id, { description: DESCRIPTION, endedAt });

it.each([
  ['undefined if there is no other Zap', [], undefined],
  ['the newest Zap with the same trigger and choices', [zap('older'), zap('newer')], 'newer'],
  ['the same Zap if it was turned on again, even if another Zap is newer', [same('again'), zap('newer')], 'again'],
  ['no Zap that is off', [same('again', 10), zap('on')], 'on'],
  ['no Zap with other actions', [zap('other', { filter: { actions: ['B'] } })], undefined],
  ['no Zap with a different trigger', [zap('other', { description: { ...DESCRIPTION, trigger: 'x' } })], undefined],
  ['no Zap with other choices', [zap('other', { description: { ...DESCRIPTION, options: [] } })], undefined],
])('the successor of a Zap that is off is %s', (_what, zaps, expected) => {
  expect(successorOf(ended, [ended, ...zaps])?.id).toBe(expected);
});

it('the successor of a Zap without a description is a Zap with the same actions', () => {
  const unnamed = sampleSubscription({ id: 'ended', endedAt: 9 });
  expect(successorOf(unnamed, [zap('described'), sampleSubscription({ id: 'on' })])?.id).toBe('on');
});
