import { describe, expect, it } from '@jest/globals';

import { isRefused, outcomeText, outcomeTextAtZap } from '../../console/outcome-words.ts';
import { OUTCOMES } from '../../wire/console-api.ts';

describe('an outcome', () => {
  it('is named for an event, and for an event at one Zap', () => {
    expect(OUTCOMES.map((outcome) => outcomeText(outcome))).toEqual([
      'Will retry',
      'Stopped',
      'Waiting',
      'Delivered',
      'No Zap for this',
    ]);
    expect(OUTCOMES.map((outcome) => outcomeTextAtZap(outcome, false))).toEqual([
      'Will retry',
      'Stopped',
      'Waiting',
      'Delivered',
      'Not sent',
    ]);
  });

  it('is marked if the signature is wrong, and is then never called delivered', () => {
    const texts = ['Will retry, wrong signature', 'Stopped, wrong signature', 'Waiting, wrong signature'];
    expect(OUTCOMES.map((outcome) => outcomeText(outcome, true))).toEqual([
      ...texts,
      'Wrong signature',
      'No Zap for this, wrong signature',
    ]);
    expect(OUTCOMES.map((outcome) => outcomeTextAtZap(outcome, true))).toEqual([
      ...texts,
      'Wrong signature',
      'Not sent, wrong signature',
    ]);
    expect(OUTCOMES.filter((outcome) => isRefused(outcome, true))).toEqual(['delivered']);
    expect(OUTCOMES.filter((outcome) => isRefused(outcome, false))).toEqual([]);
  });
});
