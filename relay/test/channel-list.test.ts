/** The operator's list of channels and its file, in a running relay. */

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { ChannelList } from '../channel-list.ts';
import { BadConfig, readConfig } from '../config.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, ORIGIN, OTHER_CHANNEL, OTHER_TOKEN } from '../harness/sample-delivery.ts';
import { durationOf, shortestDuration } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { startRelay, type RunningRelay } from '../relay.ts';
import { newUrlPart } from '../webhook-url.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-channel-list-'));
const file = join(folder, 'channels');
/** Maximum time until a change to the file takes effect. */
const EFFECT_MS = 2_000;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('ChannelList', () => {
  /** Ends the current pause between two reads of the file. */
  let wake: (() => void) | null;
  let stop: AbortController;
  let logged: string[];

  beforeEach(() => {
    wake = null;
    stop = new AbortController();
    logged = [];
  });
  afterEach(() => {
    stop.abort();
    wake?.();
  });

  async function open(content: string): Promise<ChannelList> {
    writeFileSync(file, content);
    const list = await ChannelList.open(file);
    const note = (level: string) => (_fields: object, message: string) => void logged.push(`${level} ${message}`);
    const log = { info: note('info'), warn: note('warn'), error: note('error') };
    const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => (wake = resolve)) };
    void list.follow(clock, log, stop.signal);
    return list;
  }

  /** Lets the list read the file a number of times. */
  async function look(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const finishPause = wake;
      wake = null;
      finishPause?.();
      await until(() => wake !== null);
    }
  }

  it('reads one channel per line, and ignores comments, blank lines and white space', async () => {
    const list = await open(`\ufeff# Agencies\r\n\r\n  ${CHANNEL}  # Bright Sparks\r\n#${OTHER_CHANNEL}`);
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([true, false]);
  });

  it('takes the channel from a pasted webhook URL, or from its part after /hooks/', async () => {
    const list = await open(
      `${ORIGIN}/hooks/${CHANNEL}/${newUrlPart()}/ # Bright Sparks\n${OTHER_CHANNEL}/${newUrlPart()}`,
    );
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([true, true]);
  });

  it('contains no channel any more once the file is empty', async () => {
    const list = await open(CHANNEL);
    writeFileSync(file, '');
    await look(2);
    expect(list.includes(CHANNEL)).toBe(false);
  });

  it.each([
    ['cannot be read (ENOENT)', 'Restore the file', null],
    ['cannot be read (EISDIR)', 'Restore the file', mkdirSync],
    [
      'is not a channel',
      'Replace the line',
      (path: string) => {
        writeFileSync(path, `${OTHER_CHANNEL}\nhunter2\n`);
      },
    ],
  ])('keeps the previous list, and logs one error, if the file %s', async (problem, advice, replace) => {
    const list = await open(CHANNEL);
    rmSync(file);
    replace?.(file);
    await look(6);
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([true, false]);
    expect(logged).toEqual([expect.stringContaining(problem)]);
    expect(logged[0]).toMatch(/^error .* Until then, the relay keeps the previous list\.$/);
    expect(logged[0]).toContain(advice);
    expect(logged[0]).not.toMatch(/hunter2/);

    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, OTHER_CHANNEL);
    await look(3);
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([false, true]);
    expect(logged.slice(1)).toEqual(['info Read the list of channels from RELAY_CHANNELS_FILE.']);
  });

  it('ignores content that only one check finds, such as a file that is being written', async () => {
    const list = await open(CHANNEL);
    writeFileSync(file, '');
    await look(1);
    writeFileSync(file, `${CHANNEL}\n${OTHER_CHANNEL}`);
    await look(1);
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([true, false]);
    await look(1);
    expect([list.includes(CHANNEL), list.includes(OTHER_CHANNEL)]).toEqual([true, true]);
  });

  it.each([
    ['missing', undefined, /^RELAY_CHANNELS_FILE cannot be read \(ENOENT\)\. Restore the file, [^\n]+$/],
    ['invalid', `# ok\n${CHANNEL}\n${CHANNEL}x\n`, /^Line 3 of RELAY_CHANNELS_FILE is not a channel\. [^\n]+$/],
  ])('cannot be opened if the file is %s', async (_case, content, message) => {
    rmSync(file, { force: true });
    if (content !== undefined) writeFileSync(file, content);
    const opening = ChannelList.open(file);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(BadConfig);
  });
});

describe('a relay with RELAY_CHANNELS_FILE', () => {
  let relay: RunningRelay | null = null;
  let url: string;
  let log: string;

  afterEach(async () => {
    await relay?.stop();
    relay = null;
  });

  async function start(environment: Record<string, string>): Promise<void> {
    log = '';
    const config = readConfig({
      RELAY_ORIGIN: ORIGIN,
      RELAY_PORT: '0',
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      ...environment,
    });
    relay = await startRelay(config, pino({ level: 'info' }, { write: (line: string) => void (log += line) }));
    url = `http://127.0.0.1:${relay.port}`;
  }

  /** Returns the statuses of a webhook and of an API request for the sample channel. */
  async function statuses(): Promise<number[]> {
    const responses = [await postWebhook(url, bodyOf('A')), await callApi(url, 'GET', '/channel')];
    return responses.map(({ status }) => status);
  }

  /** Waits until both requests have these statuses. */
  const untilStatuses = (...expected: number[]) => until(async () => String(await statuses()) === String(expected));

  it('refuses a channel after its removal, and serves it again once it is back on the list, without a restart', async () => {
    writeFileSync(file, `${CHANNEL}\n`);
    await start({ RELAY_CHANNELS_FILE: file });
    expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
    expect((await callApi(url, 'PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
    expect(await statuses()).toEqual([202, 200]);

    const takesEffect = async () => {
      writeFileSync(file, `${OTHER_CHANNEL}\n`);
      const removal = await durationOf(() => untilStatuses(403, 403));
      expect((await callApi(url, 'PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(200);

      writeFileSync(`${file}.new`, `${CHANNEL}\n`);
      renameSync(`${file}.new`, file);
      return Math.max(removal, await durationOf(() => untilStatuses(202, 200)));
    };
    expect(await shortestDuration(EFFECT_MS, takesEffect)).toBeLessThan(EFFECT_MS);
    expect(log).not.toContain(CHANNEL);
  });

  it('does not start if the file is missing', async () => {
    const starting = start({ RELAY_CHANNELS_FILE: join(folder, 'missing') });
    await expect(starting).rejects.toThrow(BadConfig);
  });
});
