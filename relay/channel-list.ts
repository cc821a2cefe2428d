/** The operator's list of channels (`RELAY_CHANNELS_FILE`). */

import { readFile } from 'node:fs/promises';

import { isChannel } from '../wire/capability.ts';
import { BadConfig } from './config.ts';
import { nameOf } from './log.ts';
import { channelIn } from './webhook-url.ts';

/**
 * Reads the list. Each line contains a channel or its webhook URL, and `#` starts a comment.
 *
 * @throws {BadConfig} if the file cannot be read or has an invalid line
 */
export async function readChannelList(path: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new BadConfig(`RELAY_CHANNELS_FILE cannot be read (${nameOf(error)}). Correct its path and permissions.`);
  });
  const lines = text.split('\n').map((line) => channelIn(line.replace(/#.*/, '').trim()));
  const invalid = lines.findIndex((line) => line !== '' && !isChannel(line));
  // The line might be a token or a private key that was pasted by mistake, so the message names only the number of the
  // line.
  if (invalid < 0) return new Set(lines);
  throw new BadConfig(
    `Line ${invalid + 1} of RELAY_CHANNELS_FILE is not a channel. Replace it with a channel or its webhook URL, or delete it.`,
  );
}
