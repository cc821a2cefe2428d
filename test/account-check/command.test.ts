/** `npm run check:account` with a stand-in for TutorCruncher on this machine. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { runCommand } from '../../account-check/command.ts';
import { STAND_IN_KEY } from './stand-in.ts';
import { startTutorCruncher, type TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { until } from '../../relay/harness/until.ts';

const SCRIPT = ['--disable-warning=ExperimentalWarning', resolve('account-check/main.ts')];
const REPORT = 'tutorcruncher-contract.json';

let folder: string;
let tutorCruncher: TutorCruncher;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'check-account-'));
  tutorCruncher = await startTutorCruncher(STAND_IN_KEY);
});
afterEach(async () => {
  await tutorCruncher.stop();
  rmSync(folder, { recursive: true });
});

const WITH_KEY = { TUTORCRUNCHER_PRIVATE_KEY: STAND_IN_KEY };

/** Starts the command as a process in an empty folder. */
function startCheck(args: readonly string[], environment: object = WITH_KEY) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TUTORCRUNCHER_URL: tutorCruncher.origin, ...environment };
  return spawn(process.execPath, [...SCRIPT, ...args], { cwd: folder, env });
}

/** Runs the command as a process, and waits for its end. @param input - standard input */
async function runProcess(args: readonly string[], environment?: object, input = '') {
  const child = startCheck(args, environment);
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { output, errors, code };
}

/** Runs the command in this process, which takes a tenth of the time. */
async function run(args: readonly string[], environment: object = WITH_KEY) {
  const [log, error] = (['log', 'error'] as const).map((name) => jest.spyOn(console, name).mockReturnValue());
  const before = { ...process.env };
  Object.assign(process.env, { TUTORCRUNCHER_URL: tutorCruncher.origin, ...environment });
  try {
    const code = await runCommand(args, folder);
    const [output, errors] = [log, error].map((spy) => spy?.mock.calls.map(([line]) => `${String(line)}\n`).join(''));
    return { output, errors, code };
  } finally {
    process.env = before;
    jest.restoreAllMocks();
  }
}

describe('npm run check:account', () => {
  it('prints its progress, the lines and whether to go on, and writes the report', async () => {
    const { output, errors, code } = await runProcess(['--unpaced']);
    const written = readFileSync(join(folder, REPORT), 'utf8');
    expect([code, errors.startsWith('Request 1 of at most 240\nRequest 21 of at most 240\n')]).toEqual([0, true]);
    expect(output).toContain('holds    lists.envelope (src/api/client.ts)\n');
    expect(output).toContain('unknown  options.academic-years (src/inputs/academic-year.ts): no such record\n');
    expect(output).toMatch(/\nThe report is in tutorcruncher-contract\.json\. .*\n\nGo on: nothing differs\.\n$/);
    expect(output).not.toContain('{');
    expect(JSON.parse(written)).toMatchObject({ isFinished: true, findings: { 'lists.envelope': 'holds' } });
    expect(output).not.toContain(STAND_IN_KEY);
    expect(readdirSync(folder)).toEqual([REPORT]);
  });

  it('takes the key from its input, checks saved webhooks, and has exit code 1 if a difference does harm', async () => {
    tutorCruncher.behaviour.pageRows = 50;
    writeFileSync(join(folder, '1.json'), '{"events": []}');
    const { output, code } = await runProcess(
      ['--unpaced', '--with-pdf', '--deliveries', '.'],
      {},
      `${STAND_IN_KEY}\n`,
    );
    expect(output).toContain('Private key of the integration (not shown): ');
    expect(output).toContain(
      'differs  lists.page-size (src/api/client.ts): labels. Zaps would fail, send wrong data or lose events.',
    );
    expect(output).toContain('holds    delivery.events (wire/delivery.ts)');
    expect(output).toContain('holds    details.pdf (src/object/pdf-file.ts)');
    expect(code).toBe(1);
  });

  it('has exit code 2 and prints what it has found if it cannot be finished', async () => {
    tutorCruncher.behaviour.intercept = ({ path }) => (path.includes('notes') ? [429, {}] : null);
    const { output, code } = await run(['--unpaced']);
    expect(output).toContain('holds    api.branch (src/api/branch.ts)\n');
    expect(output).toMatch(/\nNot finished: TutorCruncher accepts no more requests.* Run the check again .*\n$/);
    expect(code).toBe(2);
  });

  it('checks several branches one after the other, with a report for each, and goes on after a key that is refused', async () => {
    const others = ['private-key-of-nobody-0123456789abcdef01', 'private-key-of-nobody-0123456789abcdef02'];
    const input = [others[0], STAND_IN_KEY, others[1], '', 'unused'].join('\n');
    // Without a terminal, all lines arrive at once.
    const { output, code } = await runProcess(['--unpaced', '--several'], WITH_KEY, input);
    expect(output).toContain('Private key of branch 4 (not shown, or Enter to begin): ');
    const branches = output.split(/\nBranch \d of 3\n/).slice(1);
    expect(branches.map((text) => /^(?:Go on|Stop|Not finished):/m.exec(text)?.[0])).toEqual([
      'Not finished:',
      'Go on:',
      'Not finished:',
    ]);
    expect(code).toBe(2);
    const files = [1, 2, 3].map((number) => `tutorcruncher-contract-${number}.json`);
    expect(readdirSync(folder).sort()).toEqual(files);
    const reports = files.map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(reports.map((report) => (JSON.parse(report) as { isFinished: boolean }).isFinished)).toEqual([
      false,
      true,
      false,
    ]);
    for (const key of [...others, STAND_IN_KEY]) expect(output + reports.join('')).not.toContain(key);
  });

  it.each([
    ['no key', '\n', [], /^No private key was entered\./],
    ['a text that is no key', `${STAND_IN_KEY}\ntwo words\n\n`, [], /^This is not a private key\./],
    ['a key twice', `${STAND_IN_KEY}\n${STAND_IN_KEY}\n\n`, [], /^This key was entered before\./],
    [
      'a folder of one branch',
      `${STAND_IN_KEY}\n\n`,
      ['--deliveries', '.'],
      /^A folder contains the webhooks of one branch\./,
    ],
  ])('checks no branch if it is given %s for several', async (_what, input, options, message) => {
    const { errors, code } = await runProcess(['--unpaced', '--several', ...options], {}, input);
    expect(errors).toMatch(message);
    expect([code, tutorCruncher.requests, readdirSync(folder)]).toEqual([2, [], []]);
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    const child = startCheck(['--unpaced']);
    tutorCruncher.behaviour.intercept = ({ path }) => {
      if (path.includes('notes')) child.kill('SIGINT');
      return null;
    };
    const [errors, [code]] = await Promise.all([
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
      until(() => tutorCruncher.requests.length > 0),
    ]);
    expect(errors).toMatch(/\nInterrupted\. No report was written about this branch\.\n$/);
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has exit code 2 if its input contains no key', async () => {
    const { errors, code } = await runProcess(['--unpaced'], {});
    expect(errors).toMatch(/^No private key was entered\./);
    expect(code).toBe(2);
    expect(tutorCruncher.requests).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [
      'a key that cannot be one',
      ['--unpaced'],
      { TUTORCRUNCHER_PRIVATE_KEY: 'two words' },
      /^This is not a private key\./,
    ],
    ['an option that does not exist', ['--write'], undefined, /'--write'[\s\S]*Usage:/],
    [
      'a host over HTTP',
      [],
      { TUTORCRUNCHER_PRIVATE_KEY: STAND_IN_KEY, TUTORCRUNCHER_URL: 'http://a.example' },
      /https:/,
    ],
  ])('has exit code 2 for %s', async (_what, args, environment, message) => {
    const { errors, code } = await run(args, environment);
    expect(errors).toMatch(message);
    expect(code).toBe(2);
    expect(tutorCruncher.requests).toEqual([]);
    expect(existsSync(join(folder, REPORT))).toBe(false);
  });

  it('explains itself', async () => {
    expect((await run(['--help'])).output).toMatch(/^Compares a TutorCruncher account/);
  });
});
