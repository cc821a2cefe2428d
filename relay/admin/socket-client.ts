/** The client that sends commands to the admin socket of a running relay. */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Agent, request } from 'undici';

import { isJsonObject } from '../../wire/json.ts';
import { nameOf } from '../log.ts';
import type { CommandOutput, CommandValues } from './command-context.ts';

/** Thrown if a command fails. The message gives the reason and tells the operator what to do next. */
export class CommandFailed extends Error {}

/** Content type of a response that is a file for the standard output. */
export const FILE_TYPE = 'application/octet-stream';

/** Thrown if no relay listens on the socket. */
export class NoRelay extends CommandFailed {}

function connectionError(path: string, code: string): CommandFailed {
  if (code === 'EACCES' || code === 'EPERM') {
    return new CommandFailed(
      `This user has no permission to use ${path}. Run the command as the user that runs the relay, or as root.`,
    );
  }
  if (['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'].includes(code)) {
    return new NoRelay(
      `No relay is running at ${path}. Start the relay, or set RELAY_ADMIN_SOCKET to the socket of a running one.`,
    );
  }
  return new CommandFailed(`The relay did not respond (${code}). Check its log, and then try again.`);
}

/**
 * Returns true if a process listens on the socket at a path, or if the attempt to connect fails for a reason other than
 * a missing listener.
 */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ENOENT', 'ECONNREFUSED'].includes(nameOf(error));
  } finally {
    socket.destroy();
  }
}

/** Writes the file of a response. undici checks the length. @throws {CommandFailed} if the file is incomplete */
async function writeFile(file: Readable, target: Writable, bytes: string): Promise<string> {
  try {
    await pipeline(file, target, { end: false });
  } catch (error) {
    throw new CommandFailed(
      `The backup was interrupted (${nameOf(error)}). Delete the incomplete file, and repeat the command.`,
    );
  }
  return `The backup is complete: ${bytes} bytes. Compare this with the size of the file.`;
}

/**
 * Sends a command to a relay, and returns the output. A `timeoutMs` of 0 means no time limit. If the output is a file,
 * writes the file to the target, and returns a text that describes the file.
 *
 * @throws {CommandFailed} if the relay rejects the command or does not respond
 * @throws {NoRelay} if no relay listens on the socket
 */
export async function sendCommand(
  path: string,
  command: string,
  values: CommandValues,
  timeoutMs: number,
  target: Writable = process.stdout,
): Promise<CommandOutput> {
  const dispatcher = new Agent({ connect: { socketPath: path }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  let status: number;
  let response: unknown;
  try {
    const headers = { 'content-type': 'application/json' };
    const options = { dispatcher, method: 'POST', headers, body: JSON.stringify(values) } as const;
    const { statusCode, headers: received, body } = await request(`http://relay/${command}`, options);
    if (received['content-type'] === FILE_TYPE)
      return await writeFile(body, target, String(received['content-length']));
    status = statusCode;
    response = await body.json().catch(() => null);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw connectionError(path, nameOf(error));
  } finally {
    await dispatcher.destroy();
  }
  const { output, detail } = isJsonObject(response) ? response : {};
  if (status === 200 && typeof output === 'string') return output;
  if (status === 200 && isJsonObject(output)) {
    const { text, data, hasProblem } = output;
    if (typeof text === 'string' && isJsonObject(data)) return { text, data, hasProblem: hasProblem === true };
  }
  throw new CommandFailed(typeof detail === 'string' ? detail : `status ${status}`);
}
