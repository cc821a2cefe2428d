/** The command line of `npm run check:account`: its options, its output and its exit codes. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { messageOf } from '../local/command-error.ts';
import { tutorCruncherOrigin } from '../src/api/origin.ts';
import { checkAccount, exitCodeOf, type CheckResult } from './check-account.ts';
import { CheckFailed } from './check-failed.ts';
import { deliveriesInFolder, deliveriesOfRelay } from './delivery-sources.ts';
import { lineOf } from './findings.ts';
import { outcomeLines } from './outcome.ts';
import { readPrivateKey, readPrivateKeys } from './private-keys.ts';
import { MAX_REQUESTS, pauseFor, Reader } from './reader.ts';
import { guardDifferences, guardReport, reportText, UnsafeReport } from './report.ts';

const USAGE = `Compares a TutorCruncher account with what this project assumes about
TutorCruncher. Only reads, in about six minutes, and writes a report without
personal data to tutorcruncher-contract.json.

Usage:
  npm run check:account
  npm run check:account -- --with-pdf           Read details of invoices, credit
                          requests and payment orders, too. TutorCruncher then
                          creates the PDFs of the newest three of each.
  npm run check:account -- --deliveries SOURCE  Check webhooks, too. SOURCE is
                          the URL of your relay, or a folder with saved bodies.
  npm run check:account -- --several            Ask for the keys of several
                          branches, check one after the other, and write a
                          report for each: tutorcruncher-contract-1.json, ...

It asks for the private key of an integration, or takes it from the variable
TUTORCRUNCHER_PRIVATE_KEY, unless there are several. The exit code is 0 if no difference matters, 1
if a difference sends wrong data or loses events, and 2 if the check could not
be finished.`;

const REPORT = 'tutorcruncher-contract';
const NOT_FINISHED = 2;

/** Number of requests between two lines of progress output. Sending these requests takes half a minute. */
const REQUESTS_PER_LINE = 20;

/**
 * Shows the number of requests. In a terminal, one line is updated. If the output is not a terminal, a new line is
 * printed about every half a minute.
 */
function showProgress(requests: number): void {
  const progress = `Request ${requests} of at most ${MAX_REQUESTS}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${progress} `);
  else if (requests % REQUESTS_PER_LINE === 1) console.error(progress);
}

const originOf = (source: string): string | null =>
  /^https?:\/\//.test(source) && URL.canParse(source) ? new URL(source).origin : null;

/** The folder and the file name of a report. */
interface Place {
  readonly folder: string;
  readonly file: string;
}

/**
 * Writes the report, and prints the lines of the result.
 *
 * @throws {UnsafeReport} if the report could reveal a value of the account; in this case, nothing is written or printed
 */
function printResult(result: CheckResult, values: ReadonlySet<string>, { folder, file }: Place): void {
  guardReport(result.report, values);
  guardDifferences(result.findings, values);
  writeFileSync(join(folder, file), reportText(result.report));
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const finding of result.findings) console.log(lineOf(finding));
  console.log(`\nThe report is in ${file}. It contains no data of the account.\n`);
  for (const line of outcomeLines(result.findings, result.unfinished)) console.log(line);
}

/** Checks the branch of a key, and prints the result. Returns the exit code. */
async function check(privateKey: string, options: Options, place: Place): Promise<number> {
  const { deliveries: source, unpaced = false, 'with-pdf': withPdf = false } = options;
  const tutorCruncher = explainedOrigin();
  const relay = source === undefined ? null : originOf(source);
  const pause = pauseFor(tutorCruncher, unpaced);
  const reader = new Reader({ tutorCruncher, relay, privateKey, pause, showProgress });
  const readDeliveries =
    source === undefined
      ? null
      : () =>
          relay === null ? Promise.resolve(deliveriesInFolder(source)) : deliveriesOfRelay(reader, privateKey, relay);
  const result = await checkAccount({ reader, privateKey, withPdf, readDeliveries });
  printResult(result, reader.values, place);
  return exitCodeOf(result);
}

/** Checks several branches, one after another. Returns the highest exit code. */
async function checkSeveral(options: Options, folder: string): Promise<number> {
  if (options.deliveries !== undefined && originOf(options.deliveries) === null) {
    throw new CheckFailed('A folder contains the webhooks of one branch. Check that branch alone, without --several.');
  }
  const keys = await readPrivateKeys();
  let worst = 0;
  for (const [index, key] of keys.entries()) {
    console.log(`\nBranch ${index + 1} of ${keys.length}\n`);
    const file = `${REPORT}-${index + 1}.json`;
    worst = Math.max(worst, await exitCodeIn(() => check(key, options, { folder, file })));
  }
  return worst;
}

/**
 * Returns the origin of TutorCruncher.
 *
 * @throws {CheckFailed} if `TUTORCRUNCHER_URL` is not an origin that can be used
 */
function explainedOrigin(): string {
  try {
    return tutorCruncherOrigin();
  } catch (error) {
    throw new CheckFailed(messageOf(error));
  }
}

const OPTIONS = {
  'with-pdf': { type: 'boolean' },
  deliveries: { type: 'string' },
  several: { type: 'boolean' },
  help: { type: 'boolean' },
  // The option for tests that omits the pauses between requests.
  unpaced: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new CheckFailed(`${messageOf(error)}\n\n${USAGE}`);
  }
}

async function run(args: readonly string[], folder: string): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.several) return checkSeveral(options, folder);
  return check(await readPrivateKey(), options, { folder, file: `${REPORT}.json` });
}

/**
 * Runs a part of the command, and returns its exit code. Prints only the message of a {@link CheckFailed} or an {@link
 * UnsafeReport}.
 */
async function exitCodeIn(part: () => Promise<number>): Promise<number> {
  try {
    return await part();
  } catch (error) {
    if (!(error instanceof CheckFailed || error instanceof UnsafeReport)) throw error;
    console.error(error.message);
    return NOT_FINISHED;
  }
}

/** Runs the command, writes its reports into a folder, and returns the exit code. */
export const runCommand = (args: readonly string[], folder: string): Promise<number> =>
  exitCodeIn(() => run(args, folder));
