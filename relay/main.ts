/**
 * The relay's command line.
 *
 * - `npm run relay` starts a relay.
 * - `npm run relay -- forget <channel>` deletes a channel and all its data. With SQLite, the relay must be stopped.
 */

import { enableCompileCache } from 'node:module';

import { isChannel } from '../wire/capability.ts';
import { REGISTRATION_SECRET_HEADER } from '../wire/relay-api.ts';
import { BadConfig, readConfig, type Config } from './config.ts';
import { nameOf } from './log.ts';
import { STORE_OPTIONS } from './retention.ts';
import { openStore } from './store/open.ts';
import { StoreUnavailable } from './store/store.ts';

// Start-up time matters after a crash. Without a writable cache directory, this does nothing.
enableCompileCache();

const USAGE = 'Usage: npm run relay | npm run relay -- forget <channel>';
/** Longer than a regular stop takes, and shorter than a supervisor waits. */
const EXIT_TIMEOUT_MS = 9_500;

/** Invalid command-line arguments. The message is one line for the operator. */
class UsageError extends Error {}

async function createLogger({ logLevel, isDevelopment }: Config) {
  const { pino } = await import('pino');
  return pino({
    level: logLevel,
    // A safety net: no code logs these fields.
    redact: [
      ...['req.headers.authorization', 'headers.authorization', '*.signature', '*.body', '*.token'],
      ...[`req.headers["${REGISTRATION_SECRET_HEADER}"]`, `headers["${REGISTRATION_SECRET_HEADER}"]`],
    ],
    ...(isDevelopment && { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }),
  });
}

/** Deletes a channel and all its data. */
async function forget(config: Config, channel: string | undefined): Promise<void> {
  if (channel === undefined || !isChannel(channel)) throw new UsageError(`This is not a valid channel. ${USAGE}`);
  const store = await openStore(config, STORE_OPTIONS);
  const isDeleted = await store.deleteChannel(channel);
  await store.close();
  console.log(isDeleted ? 'Deleted the channel and all its data.' : 'This relay has no data for this channel.');
}

/** Runs a relay until SIGTERM or SIGINT. */
async function run(config: Config): Promise<void> {
  // The store opens while the other modules load, to shorten the restart after a crash.
  const opening = openStore(config, STORE_OPTIONS);
  // startRelay awaits this promise and reports its error. Without a handler until then, Node.js would exit.
  opening.catch(() => undefined);
  const { startRelay } = await import('./relay.ts');
  const logger = await createLogger(config);
  const relay = await startRelay(config, logger, opening);
  logger.info({ port: relay.port, origin: config.origin }, 'The relay is listening.');

  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'Stopping. The relay accepts no new requests and finishes those in progress.');
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
    relay.stop().then(
      () => {
        logger.info('Stopped.');
        logger.flush(() => process.exit(0));
      },
      (error: unknown) => {
        logger.error({ error: nameOf(error) }, 'Stopping failed. The process exits with code 1.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

const isListenError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen';

/** Returns one line for an error that the operator can correct; null for a defect, which needs its stack trace. */
function operatorMessage(error: unknown): string | null {
  if (error instanceof BadConfig || error instanceof StoreUnavailable || error instanceof UsageError) {
    return error.message;
  }
  return isListenError(error)
    ? `The relay cannot listen on RELAY_PORT. Choose another port, or stop the process that uses it. ${error.message}`
    : null;
}

try {
  const config = readConfig(process.env);
  const [command, channel] = process.argv.slice(2);
  if (command === 'forget') await forget(config, channel);
  else if (command === undefined) await run(config);
  else throw new UsageError(USAGE);
} catch (error) {
  const message = operatorMessage(error);
  if (message === null) throw error;
  console.error(message);
  process.exit(1);
}
