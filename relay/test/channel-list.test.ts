import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { readChannelList } from '../channel-list.ts';
import { BadConfig } from '../config.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { newUrlPart } from '../webhook-url.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const folder = temporaryFolder();
const file = join(folder, 'channels');

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
