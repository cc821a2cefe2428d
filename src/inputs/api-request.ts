/** Inputs of the action API Request. */

import { isJsonObject } from '../../wire/json.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import { isEmpty } from './empty-values.ts';
import { emptyPartProblem, isMapped, withoutPlaceholders } from './mapped-empty.ts';
import { hasEmptyMappedValue } from './mapped-json.ts';
import { InvalidValue, makeInput, textIn, wordIn, type InputFactory } from './input.ts';

/** A URL whose host is plain ASCII, so that `URL` does not convert it to a different host. */
const FULL_URL = /^([A-Za-z]+:\/\/[A-Za-z0-9.:-]+)(\/.*)$/;

/**
 * A path of TutorCruncher's API: names and ids between single slashes. No other character is allowed, because dots,
 * backslashes, percent signs and characters that URL parsing normalises can lead to another path or host.
 */
const PATH = /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\/?$/;

const countSegments = (path: string): number => path.split('/').filter((segment) => !isEmpty(segment)).length;

/**
 * Returns true if a segment of a path is mapped and empty. For example, `clients/{{123__id}}/` would become the list of
 * all clients.
 */
const lacksSegment = (raw: unknown, path: string): boolean =>
  typeof raw === 'string' && isMapped(raw) && countSegments(withoutPlaceholders(raw, 'x')) > countSegments(path);

/** Returns true if a URL has the origin of TutorCruncher's API. */
const isOwnOrigin = (url: string): boolean => URL.canParse(url) && new URL(url).origin === tutorCruncherOrigin();

/**
 * An input for a path of TutorCruncher's API. It becomes the path below `/api/` in lower case, with a trailing slash.
 */
export const apiPathInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value, { raw }) => {
    const typed = wordIn(value);
    if (lacksSegment(raw, typed)) throw new InvalidValue(emptyPartProblem('part'));
    if (typed.includes('?')) {
      throw new InvalidValue('contains a question mark. Move the names and values after it to Query.');
    }
    const [, origin, pathOfUrl] = FULL_URL.exec(typed) ?? [];
    if (origin !== undefined && !(isOwnOrigin(origin) && pathOfUrl?.startsWith('/api/'))) {
      throw new InvalidValue(`contains a URL that does not start with ${tutorCruncherOrigin()}/api/.`);
    }
    const path = (pathOfUrl ?? typed).replace(/^\/?(?:api\/)?/i, '');
    if (PATH.test(path)) return `${path.toLowerCase().replace(/\/$/, '')}/`;
    throw new InvalidValue(
      'must contain a path such as `clients/123/`: letters, digits, hyphens and underscores between single slashes.',
    );
  });

/** The methods that a step may use. DELETE is not allowed, because deletions cannot be undone. */
const METHODS = ['GET', 'POST', 'PUT'] as const;

export type Method = (typeof METHODS)[number];

/** An input for the method of a request, in any letter case. */
export const methodInput: InputFactory<Method> = (key, text) =>
  makeInput(key, text, { choices: Object.fromEntries(METHODS.map((method) => [method, method])) }, (value) => {
    const wanted = wordIn(value).toUpperCase();
    const method = METHODS.find((candidate) => candidate === wanted);
    if (method !== undefined) return method;
    throw new InvalidValue(`must contain one of these: ${METHODS.join(', ')}.`);
  });

/** An input for named values. Empty values are dropped. */
export const dictionaryInput: InputFactory<Record<string, string>> = (key, text) =>
  makeInput(key, text, { dict: true }, (value) => {
    if (!isJsonObject(value)) throw new InvalidValue('must contain names with values.');
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, entry]) => !isEmpty(entry))
        .map(([name, entry]) => [name, textIn(entry)]),
    );
  });

/** Returns the JSON object or list that a text contains; null if it contains none. */
function objectOrListIn(json: string): object | null {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}

/** An input for a JSON object or list. Its value is the text as typed. */
export const jsonTextInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, { type: 'text' }, (value, { raw }) => {
    const json = textIn(value);
    const parsed = objectOrListIn(json);
    if (parsed === null) {
      throw new InvalidValue('must contain a JSON object or list such as `{"last_name": "Raman"}`.');
    }
    if (hasEmptyMappedValue(raw, parsed)) throw new InvalidValue(emptyPartProblem('part'));
    return json;
  });
