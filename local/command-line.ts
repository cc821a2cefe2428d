/**
 * The command line of `npm start`, which runs the stand-ins or a single step, or sends a delivery to running stand-ins.
 */

import { setTimeout } from 'node:timers/promises';
import { parseArgs, types, type ParseArgsConfig } from 'node:util';

import { CommandError } from './command-error.ts';
import { portFrom } from './environment.ts';
import { stopped } from './stop.ts';
import { suggestion } from '../relay/suggestion.ts';
import { print } from './terminal.ts';

const USAGE = `Runs the app on this machine. Zapier and TutorCruncher are stand-ins.

Usage:
  npm start               Start the stand-ins, show two events and keep listening
  npm start -- send <trigger key> [<field>=<value> ...] [options]
                          Sign a delivery and send it through the running relay
                          to a Zap with these choices, such as label=21
  npm start -- do <key> <field>=<value> ...
                          Run a search or an action in a sample account with
                          fictional people
  npm start -- poll <trigger key> [<field>=<value> ...]
                          Run a polled trigger once in the sample account
  npm start -- help       Show this help

docs/steps.md lists the keys. send exits with code 0 if the Zap accepts the
delivery, otherwise with code 1. do prints what the step sends to TutorCruncher
and the record that it returns; without fields, it lists the fields of the step.
It never uses a real account, and each run starts with a new one. Separate
several values with commas, or repeat the field. poll prints the requests and
the records.

Option for send:
  --body FILE   Send the contents of FILE instead of the trigger's sample

Option for npm start, do and poll:
  --all         Print all fields of records, with their keys

Options for do and poll:
  --json        Print only the records, as Zapier passes them on
  --port PORT   Use the account of the stand-in for TutorCruncher at this port,
                which keeps what steps write, instead of a new one

Environment variables:
  PORT                       Port of the stand-in for Zapier (default: 4000, or
                             another port if it is in use)
  TUTORCRUNCHER_PRIVATE_KEY  Private key that signs and checks deliveries
                             (default: a demo key)`;

/** An invalid command line. */
class UsageError extends Error {}

const COMMANDS = ['send', 'do', 'poll', 'help'];

const SHOW_OPTIONS = { all: { type: 'boolean' } } as const;
const DO_OPTIONS = { ...SHOW_OPTIONS, json: { type: 'boolean' }, port: { type: 'string' } } as const;

/**
 * Longest time between the exit of a child process and the arrival of the signal that ends both processes, in
 * milliseconds.
 */
const SIGNAL_MS = 200;

const isParseError = (error: unknown): error is Error =>
  types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');

function parseArguments<const T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!isParseError(error)) throw error;
    if (/argument (?:missing|is ambiguous)/.test(error.message)) {
      const needsPort = error.message.includes("'--port");
      throw new UsageError(needsPort ? '--port needs the port of a stand-in.' : '--body needs the path of a file.');
    }
    // Keep only the first sentence. The rest explains how to pass a positional argument that begins with a hyphen.
    const [sentence = ''] = error.message.split(/\.\s|\n/);
    throw new UsageError(`${sentence.replace(/\.$/, '')}.`);
  }
}

async function runSend(args: string[]): Promise<void> {
  const { values, positionals } = parseArguments(args, { body: { type: 'string' } });
  const [triggerKey, ...choices] = positionals;
  if (triggerKey === undefined) throw new UsageError('send needs the key of a trigger.');
  if (!choices.every((choice) => choice.includes('='))) {
    throw new UsageError('send takes one trigger key, and the choices of its Zap as <field>=<value>.');
  }
  const { send } = await import('./send.ts');
  await send(triggerKey, values.body, choices);
}

async function runDo(args: string[], isPoll: boolean): Promise<void> {
  const { values, positionals } = parseArguments(args, DO_OPTIONS);
  const [stepKey, ...fields] = positionals;
  if (stepKey === undefined) {
    const needed = isPoll ? 'poll needs the key of a polled trigger.' : 'do needs the key of a search or an action.';
    throw new UsageError(needed);
  }
  const { runStep } = await import('./run-step.ts');
  const port = values.port === undefined ? undefined : portFrom({ PORT: values.port });
  await runStep({ stepKey, fields, showsAll: values.all ?? false, isPoll, port, asJson: values.json ?? false });
}

async function runStart(args: string[]): Promise<void> {
  const { values, positionals } = parseArguments(args, SHOW_OPTIONS);
  if (positionals.length > 0) throw new UsageError('npm start takes no arguments but --all.');
  const stop = stopped();
  const { start } = await import('./start.ts');
  try {
    await Promise.race([stop, start(values.all ?? false)]);
    await stop;
  } catch (error) {
    // Ctrl-C also ends esbuild, and the resulting error can arrive before the signal does.
    const isStopping = await Promise.race([stop.then(() => true), setTimeout(SIGNAL_MS, false)]);
    if (!isStopping) throw error;
  }
  // The relay and the servers would keep the process running.
  process.exit(0);
}

async function runCommand([command, ...args]: readonly string[]): Promise<void> {
  if (command === 'help' || [command, ...args].some((argument) => argument === '--help' || argument === '-h')) {
    print(USAGE);
  } else if (command === undefined) await runStart(args);
  else if (command === '--all') await runStart([command, ...args]);
  else if (command === 'send') await runSend(args);
  else if (command === 'do' || command === 'poll') await runDo(args, command === 'poll');
  else {
    const hint = suggestion(command, COMMANDS) || ` The commands are: ${COMMANDS.join(', ')}.`;
    throw new CommandError(`Unknown command "${command}".${hint} For all options: npm start -- help`);
  }
}

/**
 * Runs a command. @throws {CommandError} if the command fails; for invalid arguments, with the usage below the message
 */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await runCommand(args);
  } catch (error) {
    throw error instanceof UsageError ? new CommandError(`${error.message}\n\n${USAGE}`) : error;
  }
}
