/** Requests from the commands to the admin socket of a running relay. */

import { Agent, request } from 'undici';

import { isJsonObject } from '../../wire/json.ts';
import { nameOf } from '../log.ts';

/** Thrown if a command fails. The message gives the reason and tells the operator what to do next. */
export class CommandFailed extends Error {}

/** Thrown if no relay listens on the socket. */
export class NoRelay extends CommandFailed {}

function connectionError(path: string, code: string): CommandFailed {
  if (code === 'EACCES' || code === 'EPERM') {
    return new CommandFailed(
      `This user has no permission to use ${path}. Run the command as the user that runs the relay, or as root.`,
    );
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK' || code === 'ENOTDIR') {
    return new NoRelay(
      `No relay is running at ${path}. Start the relay, or set RELAY_ADMIN_SOCKET to the socket of a running one.`,
    );
  }
  return new CommandFailed(`The relay did not respond (${code}). Check its log, and then try again.`);
}

/**
 * Sends a command to a relay.
 *
 * @param path - path of the admin socket
 * @param timeoutMs - time limit for the response in milliseconds; 0 for no limit
 * @returns the parsed response
 * @throws {NoRelay} if no relay listens on the socket
 * @throws {CommandFailed} if the relay rejects the command or does not respond
 */
export async function sendCommand(path: string, command: string, body: object, timeoutMs: number): Promise<object> {
  const dispatcher = new Agent({ connect: { socketPath: path }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  let status: number;
  let text: string;
  try {
    const headers = { 'content-type': 'application/json' };
    const options = { dispatcher, method: 'POST', headers, body: JSON.stringify(body) } as const;
    const response = await request(`http://relay/${command}`, options);
    status = response.statusCode;
    text = await response.body.text();
  } catch (error) {
    throw connectionError(path, nameOf(error));
  } finally {
    await dispatcher.destroy();
  }
  return responseFrom(status, text);
}

/** @throws {CommandFailed} for an error response */
function responseFrom(status: number, text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (status === 200 && isJsonObject(parsed)) return parsed;
  const detail = isJsonObject(parsed) && typeof parsed.detail === 'string' ? parsed.detail : `status ${status}`;
  throw new CommandFailed(detail);
}
