/** The command line of `npm run check:account`: its options, its output and its exit codes. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { messageOf } from '../local/command-error.ts';
import { askHidden } from '../scripts/hidden-input.ts';
import { tutorCruncherOrigin } from '../src/api/client.ts';
import { privateKeyOf, privateKeyProblem } from '../src/api/private-key.ts';
import { checkAccount, exitCodeOf, type CheckResult } from './check-account.ts';
import { deliveriesInFolder, deliveriesOfRelay } from './delivery-sources.ts';
import { lineOf } from './findings.ts';
import { outcomeLines } from './outcome.ts';
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

It asks for the private key of an integration, or takes it from the variable
TUTORCRUNCHER_PRIVATE_KEY. The exit code is 0 if nothing differs that matters, 1
if a difference sends wrong data or loses events, and 2 if the check could not
be finished.`;

const REPORT_FILE = 'tutorcruncher-contract.json';
const NOT_FINISHED = 2;

/** A failure that its message fully explains. */
class CheckFailed extends Error {}

async function readKey(): Promise<string> {
  const pasted =
    process.env.TUTORCRUNCHER_PRIVATE_KEY ?? (await askHidden('Private key of the integration (not shown): '));
  if (pasted === null) {
    throw new CheckFailed('No private key was entered. Enter it in a terminal, or set TUTORCRUNCHER_PRIVATE_KEY.');
  }
  const privateKey = privateKeyOf({ authData: { private_key: pasted } });
  if (privateKeyProblem(privateKey) === null) return privateKey;
  throw new CheckFailed(
    'This is not a private key. Copy the private key of an integration from Settings > API in TutorCruncher, and run the ' +
      'check again.',
  );
}

/** Requests between two lines about the progress: half a minute. */
const REQUESTS_PER_LINE = 20;

/** Shows the number of requests: on one line of a terminal, otherwise on a line of its own every half a minute. */
function showProgress(requests: number): void {
  const progress = `Request ${requests} of at most ${MAX_REQUESTS}`;
  if (process.stderr.isTTY) process.stderr.write(`\r${progress} `);
  else if (requests % REQUESTS_PER_LINE === 1) console.error(progress);
}

const originOf = (source: string): string | null =>
  /^https?:\/\//.test(source) && URL.canParse(source) ? new URL(source).origin : null;

/** Writes the report into a folder, and prints the lines of the result. @throws {UnsafeReport} before it prints anything */
function printResult(result: CheckResult, values: ReadonlySet<string>, folder: string): void {
  guardReport(result.report, values);
  guardDifferences(result.findings, values);
  writeFileSync(join(folder, REPORT_FILE), reportText(result.report));
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const finding of result.findings) console.log(lineOf(finding));
  console.log(`\nThe report is in ${REPORT_FILE}. It contains no data of the account.\n`);
  for (const line of outcomeLines(result.findings, result.unfinished)) console.log(line);
}

async function check({ deliveries: source, unpaced = false, 'with-pdf': withPdf = false }: Options, folder: string) {
  const privateKey = await readKey();
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
  printResult(result, reader.values, folder);
  return exitCodeOf(result);
}

/** Returns the origin of TutorCruncher. @throws {CheckFailed} if the variable for another origin cannot be used */
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
  help: { type: 'boolean' },
  // Leaves out the pauses between requests, for tests.
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
  return check(options, folder);
}

/** Runs the command, and writes its report into a folder. Returns the exit code. */
export async function runCommand(args: readonly string[], folder: string): Promise<number> {
  try {
    return await run(args, folder);
  } catch (error) {
    if (!(error instanceof CheckFailed || error instanceof UnsafeReport)) throw error;
    console.error(error.message);
    return NOT_FINISHED;
  }
}
