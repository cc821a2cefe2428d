/**
 * The operator's list of channels in the file `RELAY_CHANNELS_FILE`, which may be edited while the relay runs. The file has
 * one channel, or its webhook URL, per line; a `#` starts a comment.
 */

import { readFile } from 'node:fs/promises';

import { isChannel } from '../wire/capability.ts';
import type { Clock } from './clock.ts';
import { BadConfig } from './config.ts';
import { channelIn } from './webhook-url.ts';
import { nameOf, type Log } from './log.ts';

/**
 * Interval between two reads of the file. Two consecutive reads must agree, because an editor may empty or replace the
 * file before it writes the new content. A change therefore takes effect after at most 1.5 seconds.
 */
const LOOK_MS = 500;

/** The file's content at one read, or the reason why it cannot be used. Messages do not quote the file. */
type Content = { readonly channels: readonly string[] } | { readonly problem: string };

/**
 * Returns the channels in the content of the file. Errors do not quote a line, because it may be a token that was
 * pasted by mistake.
 */
function contentOf(text: string): Content {
  const lines = text.split('\n').map((line) => channelIn(line.replace(/#.*/, '').trim()));
  const invalid = lines.findIndex((line) => line !== '' && !isChannel(line));
  if (invalid < 0) return { channels: lines.filter((line) => line !== '') };
  return {
    problem:
      `Line ${invalid + 1} of RELAY_CHANNELS_FILE is not a channel. ` +
      'Replace the line with a channel or its webhook URL, or delete it.',
  };
}

async function look(path: string): Promise<Content> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return {
      problem: `RELAY_CHANNELS_FILE cannot be read (${nameOf(error)}). Restore the file, or correct its path and permissions.`,
    };
  }
  return contentOf(text);
}

const isSame = (one: Content, other: Content): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The channels that the operator has listed. */
export class ChannelList {
  readonly #path: string;
  #content: Content;
  #channels: ReadonlySet<string> = new Set();

  private constructor(path: string, content: Content) {
    this.#path = path;
    this.#content = content;
    this.#use(content);
  }

  /**
   * Reads a list.
   *
   * @throws {BadConfig} if the file cannot be read or has an invalid line
   */
  static async open(path: string): Promise<ChannelList> {
    const content = await look(path);
    if ('problem' in content) throw new BadConfig(content.problem);
    return new ChannelList(path, content);
  }

  #use(content: Content): void {
    if ('channels' in content) this.#channels = new Set(content.channels);
  }

  /** Returns true if the channel is on the list. */
  includes(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /**
   * Applies changes to the file until the signal is aborted. If the file becomes unusable, keeps the list as it is and
   * reports the problem once.
   */
  async follow(clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
    let previous = this.#content;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      const content = await look(this.#path);
      const isStable = isSame(content, previous);
      previous = content;
      if (!isStable || isSame(content, this.#content)) continue;
      this.#content = content;
      this.#use(content);
      if ('problem' in content) log.error({}, `${content.problem} Until then, the relay keeps the previous list.`);
      else log.info({ channels: this.#channels.size }, 'Read the list of channels from RELAY_CHANNELS_FILE.');
    }
  }
}
