/**
 * The relay's command line.
 *
 * - `npm run relay` starts a relay.
 * - `npm run relay -- <command>` sends a command to a running relay; `relay/admin/commands.ts` lists the commands.
 */

import { enableCompileCache, flushCompileCache } from 'node:module';

import type { Logger } from 'pino';

import { REGISTRATION_SECRET_HEADER } from '../wire/relay-api.ts';
import { BadConfig, readConfig, type Config } from './config.ts';
import { nameOf, placeOf } from './log.ts';
import type { RunningRelay } from './relay.ts';
import { openWhenAvailable } from './store/open-when-available.ts';
import { StoreUnavailable } from './store/store.ts';

// The compile cache shortens a restart after a crash from 418 to 381 ms. Without a writable cache
// directory, this call does nothing.
enableCompileCache();

/** Time limit for a stop. It is longer than a regular stop takes, and shorter than a supervisor waits. */
const EXIT_TIMEOUT_MS = 9_500;

async function createLogger({ logLevel, isDevelopment }: Config): Promise<Logger> {
  const { pino } = await import('pino');
  return pino({
    level: logLevel,
    // This is only a precaution, because no code logs these fields.
    redact: [
      ...['req.headers.authorization', 'headers.authorization', '*.signature', '*.body', '*.token'],
      ...[`req.headers["${REGISTRATION_SECRET_HEADER}"]`, `headers["${REGISTRATION_SECRET_HEADER}"]`],
    ],
    ...(isDevelopment && { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }),
  });
}

/** Ends the process after an unhandled error, with one line in the log, so that its supervisor restarts it. */
function logUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    const fields = { error: nameOf(error), place: placeOf(error) };
    logger.fatal(fields, 'The relay has a bug and exits with code 1. Report this line to its developers.');
    logger.flush(() => process.exit(1));
  });
}

/** Runs a relay until SIGTERM or SIGINT. */
async function run(config: Config): Promise<void> {
  const { startRelay } = await import('./relay.ts');
  const logger = await createLogger(config);
  logUncaughtErrors(logger);

  const stopping = new AbortController();
  let relay: RunningRelay | null = null;
  const exit = (): void => {
    logger.info('Stopped.');
    logger.flush(() => process.exit(0));
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    if (!relay) return;
    logger.info({ signal }, 'Stopping. The relay accepts no new requests and finishes those in progress.');
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
    relay.stop().then(exit, (error: unknown) => {
      logger.error({ error: nameOf(error) }, 'Stopping failed. The process exits with code 1.');
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  // The database may also become unavailable after the store is opened, before the relay has started.
  relay = await openWhenAvailable(() => startRelay(config, logger), logger, stopping.signal);
  if (!relay) {
    exit();
    return;
  }
  logger.info({ port: relay.port, origin: config.origin }, 'The relay is listening.');
  // Otherwise, Node.js would write the cache only at exit, and not at all after a crash.
  flushCompileCache();
  if (stopping.signal.aborted) await relay.stop().then(exit);
}

const isListenError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && error.syscall === 'listen';

/** Returns a one-line explanation of an error for the operator, with its remedy. */
function operatorMessage(error: unknown): string {
  if (error instanceof BadConfig || error instanceof StoreUnavailable) {
    return error.message;
  }
  return isListenError(error)
    ? `The relay cannot listen on RELAY_PORT. Choose another port, or stop the process that uses it. ${error.message}`
    : `The relay has a bug: it failed with ${nameOf(error)} (${placeOf(error)}). Report this line to its developers.`;
}

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) await run(readConfig(process.env));
  else process.exitCode = await (await import('./admin/run-command.ts')).runCommand([command, ...args], process.env);
} catch (error) {
  console.error(operatorMessage(error));
  process.exit(1);
}
