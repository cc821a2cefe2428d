/**
 * `npm run relay`: reads the configuration, starts, stops.
 * `npm run relay -- forget <channel>` removes all that a channel holds; with a file, while the relay is stopped.
 */

import { enableCompileCache } from 'node:module';

import { isChannel } from '../wire/capability.ts';
import { BadConfig, readConfig, type Config } from './config.ts';
import { STORE_OPTIONS } from './retention.ts';
import { openStore } from './store/open.ts';
import { StoreUnavailable } from './store/store.ts';

// What was compiled once is compiled no more; where that can't be kept, it is compiled again.
enableCompileCache();

const USAGE = 'Usage: npm run relay | npm run relay -- forget <channel>';

/** A start that can't: one clear line, exit 1. */
class CannotStart extends Error {}

async function createLogger({ logLevel, isDevelopment }: Config) {
  const { pino } = await import('pino');
  return pino({
    level: logLevel,
    // Nothing of these is ever logged on purpose; this is for a mistake.
    redact: ['req.headers.authorization', 'headers.authorization', '*.signature', '*.body', '*.token'],
    ...(isDevelopment && { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }),
  });
}

async function forget(config: Config, channel: string | undefined): Promise<void> {
  if (channel === undefined || !isChannel(channel)) throw new CannotStart(`That is no channel. ${USAGE}`);
  const store = await openStore(config, STORE_OPTIONS);
  const isForgotten = await store.deleteChannel(channel);
  await store.close();
  console.log(isForgotten ? 'Forgotten: all that this channel held.' : 'This relay holds nothing of that channel.');
}

async function run(config: Config): Promise<void> {
  // The store opens while the rest is loaded: after a crash, every tenth of a second counts.
  const opening = openStore(config, STORE_OPTIONS);
  opening.catch(() => undefined);
  const { startRelay } = await import('./relay.ts');
  const logger = await createLogger(config);
  const relay = await startRelay(config, logger, opening);
  logger.info({ port: relay.port, origin: config.origin }, 'The relay listens.');

  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'Stopping: nothing new is taken, what is in flight arrives.');
    // Whatever hangs, the supervisor gets an end.
    setTimeout(() => process.exit(1), 9_500).unref();
    relay.stop().then(
      () => {
        logger.info('Stopped.');
        logger.flush(() => process.exit(0));
      },
      (error: unknown) => {
        logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'Could not stop cleanly.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

const isListenError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen';

try {
  const config = readConfig(process.env);
  const [command, channel] = process.argv.slice(2);
  if (command === 'forget') await forget(config, channel);
  else if (command === undefined) await run(config);
  else throw new CannotStart(USAGE);
} catch (error) {
  const isClear = error instanceof BadConfig || error instanceof StoreUnavailable || error instanceof CannotStart;
  if (!isClear && !isListenError(error)) throw error;
  console.error(isListenError(error) ? `Can't listen on RELAY_PORT: ${error.message}` : error.message);
  process.exit(1);
}
