/** A relay process: its log, its start and its stop. */

import type { Logger, LoggerOptions } from 'pino';

import { REGISTRATION_SECRET_HEADER } from '../wire/relay-api.ts';
import { readConfig, type Config } from './config.ts';
import { createLogLimit, nameOf, placeOf } from './log.ts';
import type { RelayOptions, RunningRelay } from './relay.ts';
import { openWhenAvailable } from './store/open.ts';

/** Time limit for a stop in milliseconds, longer than a regular stop and shorter than a supervisor's grace period. */
export const EXIT_TIMEOUT_MS = 9_500;
const LAST_LINES_MS = 1_000;

async function createLogger({ logLevel, isDevelopment }: Config): Promise<Logger> {
  const { pino } = await import('pino');
  const isAllowed = createLogLimit((line, lines) => {
    logger.warn({ line, lines }, 'Lines were left out of the log, because there were too many of them in a minute.');
  });
  const options: LoggerOptions = {
    level: logLevel,
    hooks: {
      logMethod: (args, method) => {
        const [, message] = args;
        if (message === undefined || isAllowed(message)) method.apply(logger, args);
      },
    },
    // Redaction is only a precaution, because no code logs these fields.
    redact: [
      ...['req.headers.authorization', 'headers.authorization', '*.signature', '*.body', '*.token'],
      ...[`req.headers["${REGISTRATION_SECRET_HEADER}"]`, `headers["${REGISTRATION_SECRET_HEADER}"]`],
    ],
  };
  // pino-pretty runs in this thread, because in a worker thread it would keep the process from ending once the output
  // pipe is closed.
  const logger: Logger = isDevelopment
    ? pino(options, (await import('pino-pretty')).default({ ignore: 'pid,hostname', sync: true }))
    : pino(options);
  return logger;
}

/** Ends the process once the log is written, or after {@link LAST_LINES_MS} if nobody reads the log any more. */
function exitAfterLogging(logger: Logger, code: number): void {
  setTimeout(() => process.exit(code), LAST_LINES_MS);
  // pino-pretty formats lines in a later turn of the event loop, so the exit waits for this turn.
  logger.flush(() => setImmediate(() => process.exit(code)));
}

/** Ends the process after an unhandled error, with one line in the log, so that its supervisor restarts it. */
function logUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    const fields = { error: nameOf(error), place: placeOf(error) };
    logger.fatal(fields, 'The relay has a bug and exits with code 1. Report this line to its developers.');
    exitAfterLogging(logger, 1);
  });
}

/**
 * Runs a relay until SIGTERM or SIGINT. Waits for a database that is temporarily unavailable.
 *
 * @throws if the relay cannot start for another reason
 */
export async function run(environment: NodeJS.ProcessEnv, options: RelayOptions = {}): Promise<void> {
  const config = readConfig(environment);
  const { startRelay } = await import('./relay.ts');
  const logger = await createLogger(config);
  logUncaughtErrors(logger);

  const stopping = new AbortController();
  let relay: RunningRelay | null = null;
  const exit = (): void => {
    logger.info('Stopped.');
    exitAfterLogging(logger, 0);
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

  // The database can also become unavailable after the store is opened, before the relay has started.
  relay = await openWhenAvailable(() => startRelay(config, logger, options), logger, stopping.signal);
  if (!relay) {
    exit();
    return;
  }
  logger.info({ port: relay.port, origin: config.origin }, 'The relay is listening.');
  if (stopping.signal.aborted) await relay.stop().then(exit);
}
