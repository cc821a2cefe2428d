/** The operator's list of channels in the file `RELAY_CHANNELS_FILE`. */

import { readFile } from 'node:fs/promises';

import { isChannel } from '../wire/capability.ts';
import { BadConfig } from './config.ts';
import { nameOf } from './log.ts';
import { channelIn } from './webhook-url.ts';

/**
 * Reads a list: one channel, or its webhook URL, per line; a `#` starts a comment. @throws {BadConfig} if the file cannot be
 * read or has an invalid line, which is not quoted, because it may be a token that was pasted by mistake
 */
export async function readChannelList(path: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new BadConfig(`RELAY_CHANNELS_FILE cannot be read (${nameOf(error)}). Correct its path and permissions.`);
  });
  const lines = text.split('\n').map((line) => channelIn(line.replace(/#.*/, '').trim()));
  const invalid = lines.findIndex((line) => line !== '' && !isChannel(line));
  if (invalid < 0) return new Set(lines);
  throw new BadConfig(
    `Line ${invalid + 1} of RELAY_CHANNELS_FILE is not a channel. Replace it with a channel or its webhook URL, or delete it.`,
  );
}
