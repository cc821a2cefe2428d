import { beforeEach, describe, expect, it } from '@jest/globals';

import { describeEachStore } from '../../support/each-database.ts';
import { createTroubledChannel, type Script, type TroubledChannel } from '../../support/troubled-channel.ts';

/** Tests of the notices about webhooks that are signed with a different private key. */
describeEachStore((context) => {
  let channel: TroubledChannel;

  beforeEach(async () => {
    channel = await createTroubledChannel(context);
  });

  /** Cases, each with the notices that it causes, separated by commas. */
  const cases: readonly (readonly [
    name: string,
    script: (channel: TroubledChannel) => Script,
    length: readonly [minutes: number, interval: number],
    notices: string,
  ])[] = [
    [
      'a different key, according to the newest verdict',
      ({ verdict }) => ({ 5: () => verdict(true), 10: () => verdict(false), 70: () => verdict(true) }),
      [90, 5],
      '10 wrong_key started, 70 wrong_key over',
    ],
    [
      'reports about a different key, until half an hour after an event that was not reported',
      ({ report, receive }) => ({ 5: report, 14: receive, 30: receive, 31: receive }),
      [120, 5],
      '5 wrong_key started, 60 wrong_key over',
    ],
    [
      'continued reports, which cause another notice an hour after the start',
      ({ report, receive }) => ({
        5: report,
        20: receive,
        49: report,
        60: receive,
        95: () => report(),
        200: receive,
      }),
      [260, 5],
      '5 wrong_key started, 90 wrong_key over, 95 wrong_key started, 230 wrong_key over',
    ],
    [
      'forged events among genuine ones, which a genuine newest event does not end',
      ({ report, mixedCheck, receive }) => ({ 5: () => report(true), 6: mixedCheck, 30: receive }),
      [80, 5],
      '5 wrong_key started, 60 wrong_key over',
    ],
    [
      'a report, and a second report within ten minutes that changes nothing',
      ({ report, receive }) => ({ 5: report, 9: report, 16: receive }),
      [90, 5],
      '5 wrong_key started, 50 wrong_key over',
    ],
    [
      'a report that the next link to the console disproves',
      ({ report, verdict }) => ({ 5: report, 12: () => verdict(true) }),
      [40, 5],
      '5 wrong_key started, 12 wrong_key over',
    ],
  ];

  describe('notices', () => {
    it.each(cases)('report exactly this: %s', async (_name, script, [minutes, interval], notices) => {
      expect((await channel.play(script(channel), minutes, interval)).join(', ')).toBe(notices);
    });
  });
});
