/**
 * The `new-origin` command, which shows the consequences of a new origin, and changes the origin that a store
 * remembers.
 */

import { BadConfig, publicOriginFrom, readConfig } from '../config.ts';
import { badRequest, conflict } from '../http/problem.ts';
import { storeOptions } from '../periodic-retention.ts';
import { openExistingStore } from '../store/open.ts';
import type { OwnOrigin } from '../store/channels/origin.ts';
import type { Store } from '../store/store.ts';
import type { CommandContext, CommandValues } from './command-context.ts';
import { usersOf } from './other-origin.ts';

/** Returns the origin that the operator has entered. @throws {Problem} if the text is not a public origin */
function originFrom(text: string): string {
  try {
    return publicOriginFrom('The new origin', text);
  } catch (error) {
    throw error instanceof BadConfig ? badRequest(error.message) : error;
  }
}

/** Describes, in lines of text, the steps that a new origin requires and the data that is lost. */
function costOf(own: OwnOrigin, origin: string): string {
  const app = `The developer of the app builds it for ${origin} and pushes it: npm run zapier -- setup ${origin}`;
  if (own.channels === 0) return `- ${app}`;
  return `\
- ${app}
- Users move to the new version of the app. Until then, Zaps that are on still receive the events that arrive at the old
  webhook URLs, if ${own.origin} still leads to this relay, but no Zap can be turned on.
- Every connection gets a new channel. Its owner turns each Zap off and on, and pastes the new webhook URL into TutorCruncher.
- The new channels start empty. The new version cannot open the waiting events, the dead letters and the earlier states of
  records of the old channels. The first event about each record therefore shows no changes.`;
}

/**
 * Shows the consequences of a new origin or, with `--yes`, accepts the origin.
 *
 * @throws {Problem} if the origin cannot be accepted
 */
async function change(store: Store, values: CommandValues): Promise<{ text: string; own: OwnOrigin | null }> {
  const origin = originFrom(values.origin ?? '');
  const own = await store.ownOrigin();
  if (own === null) {
    throw conflict(
      'The store has no origin yet. Set RELAY_ORIGIN, and start the relay, which saves the origin in the store.',
    );
  }
  if (own.origin === origin)
    throw conflict(`The store already belongs to the relay at ${origin}. Nothing was changed.`);
  if (values.yes === undefined) {
    const head = `The store belongs to the relay at ${own.origin}, with ${usersOf(own)}. With ${origin} instead:`;
    const end = `Nothing was changed. To accept ${origin}, repeat the command with --yes.`;
    return { text: `${head}\n${costOf(own, origin)}\n${end}`, own: null };
  }
  await store.replaceOrigin(origin);
  const next = `Set RELAY_ORIGIN to ${origin}, and restart the relay, which no longer starts with ${own.origin}.`;
  const head = `The store now belongs to the relay at ${origin}, instead of ${own.origin} with ${usersOf(own)}.`;
  return { text: `${head}\n${next} Then:\n${costOf(own, origin)}`, own };
}

/** Runs the command in a relay. The relay keeps its own origin until it is restarted. */
export async function newOrigin({ store, log }: CommandContext, values: CommandValues): Promise<string> {
  const { text, own } = await change(store, values);
  const fields = { command: 'new-origin', channels: own?.channels, zaps: own?.subscriptions };
  if (own)
    log.info(fields, 'An operator accepted another origin. The relay needs it in RELAY_ORIGIN when it starts again.');
  return text;
}

/**
 * Runs the command while no relay is running, for example because the relay has refused to start.
 *
 * @throws {StoreUnavailable | BadConfig} if the store cannot be opened
 */
export async function newOriginOffline(values: CommandValues, environment: NodeJS.ProcessEnv): Promise<string> {
  const config = readConfig(environment);
  const store = await openExistingStore(config, storeOptions(config));
  try {
    return (await change(store, values)).text;
  } finally {
    await store.close();
  }
}
