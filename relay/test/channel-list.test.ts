/** The file with the operator's list of channels. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readChannelList } from '../channel-list.ts';
import { BadConfig, readConfig } from '../config.ts';
import { callApi } from '../harness/relay-requests.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, OTHER_TOKEN } from '../harness/sample-delivery.ts';
import { startRelay } from '../relay.ts';
import { newUrlPart } from '../webhook-url.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-channel-list-'));
const file = join(folder, 'channels');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('readChannelList', () => {
  it.each([
    ['channels', `\ufeff# Agencies\r\n\r\n  ${CHANNEL}  # Bright Sparks\r\n${OTHER_CHANNEL}`],
    ['webhook URLs', `${ORIGIN}/hooks/${CHANNEL}/${newUrlPart()}/ # Bright Sparks\n${OTHER_CHANNEL}/${newUrlPart()}`],
  ])('reads %s, and ignores comments, blank lines and white space', async (_what, content) => {
    writeFileSync(file, content);
    const list = await readChannelList(file);
    expect([CHANNEL, OTHER_CHANNEL, `${CHANNEL}x`].map((channel) => list.has(channel))).toEqual([true, true, false]);
  });

  it.each([
    ['missing', join(folder, 'none'), /^RELAY_CHANNELS_FILE cannot be read \(ENOENT\)\. Correct [^\n]+$/],
    ['a folder', folder, /^RELAY_CHANNELS_FILE cannot be read \(EISDIR\)\. Correct [^\n]+$/],
    ['invalid', file, /^Line 3 of RELAY_CHANNELS_FILE is not a channel\. (?!.*hunter2)[^\n]+$/],
  ])('fails if the file is %s', async (_case, path, message) => {
    writeFileSync(file, `# ok\n${CHANNEL}\nhunter2\n`);
    const reading = readChannelList(path);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(BadConfig);
  });
});

it('a relay with RELAY_CHANNELS_FILE registers only the channels in the file', async () => {
  writeFileSync(file, `${CHANNEL}\n`);
  const config = readConfig({
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: '0',
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_CHANNELS_FILE: file,
  });
  const relay = await startRelay(config, pino({ level: 'silent' }));
  const url = `http://127.0.0.1:${relay.port}`;
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  expect((await callApi(url, 'PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
  await relay.stop();
});
