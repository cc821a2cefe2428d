/** The commands of a release, in the environment of a developer who releases an app to the stand-in. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { createTemporaryFolder } from '../../local/temporary-folder.ts';

/**
 * Variables that could make a command use the developer's own account, app, relay or files, and the variable that `npm
 * run --silent` sets to hide npm's errors.
 */
const OWN_SETTINGS = /^(?:ZAPIER_|RELAY_|TUTORCRUNCHER_|XDG_|npm_config_loglevel$)/;

/** Options of a command. */
export interface CommandOptions {
  /** Text that the output must contain. */
  readonly says: RegExp;
  /** True if the command must fail. */
  readonly fails?: boolean;
  /** Answers to the command's questions, one per line. */
  readonly answers?: string;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs commands in the folder of a project. */
export class Shell {
  readonly #title: string;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #isVerbose: boolean;

  /**
   * @param title - name of the rehearsal, printed before each command
   * @param folder - folder of the project
   * @param environment - variables for all commands, in addition to this process's own
   * @param isVerbose - true to print the output of each command
   */
  constructor(title: string, folder: string, environment: NodeJS.ProcessEnv, isVerbose: boolean) {
    const inherited = Object.entries(process.env).filter(([name]) => !OWN_SETTINGS.test(name));
    const home = createTemporaryFolder();
    this.#title = title;
    this.#folder = folder;
    this.#isVerbose = isVerbose;
    this.#environment = {
      ...Object.fromEntries(inherited),
      ...{ HOME: home, USERPROFILE: home, NO_UPDATE_NOTIFIER: '1', FORCE_COLOR: '0' },
      ...environment,
    };
  }

  /** Prints a line about the rehearsal. */
  print(line: string): void {
    console.log(`[${this.#title}] ${line}`);
  }

  /**
   * Runs a command and checks its outcome.
   *
   * @throws {Error} if the outcome or the output differs from the options
   */
  async run(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
    const { says, fails = false, answers, env = {} } = options;
    const start = performance.now();
    const child = spawn(command, args, { cwd: this.#folder, env: { ...this.#environment, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    // A command may end without reading its input.
    child.stdin.on('error', () => undefined).end(answers);
    const [code] = (await once(child, 'close')) as [number | null];
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const isExpected = (code === 0) !== fails && says.test(output);
    const line = [command, ...args].join(' ').replace(/(_SECRET=)\S+/, '$1...');
    this.print(`${line} (${seconds} s, exit code ${code})`);
    if (this.#isVerbose || !isExpected) console.log(output.trim().replace(/^/gm, '    '));
    if (isExpected) return;
    throw new Error(
      `"${line}" should ${fails ? 'fail' : 'succeed'} and print ${says.source}. Its output is printed above.`,
    );
  }

  /** Runs a command of Zapier's CLI. See {@link run}. */
  zapier(args: readonly string[], options: CommandOptions): Promise<void> {
    return this.run('zapier-platform', args, options);
  }
}
