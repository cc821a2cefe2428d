/**
 * `npm run bench`: the cost of a trigger. Compares `perform` of the built app, called directly, with a lower bound
 * (HMAC and JSON.parse alone) and with an implementation that uses libraries; then measures a complete call through
 * zapier-platform-core's handler, the opening of a sealed delivery, a complete call to the app that was built for a
 * relay, and the import. The variants of a comparison run interleaved, so that their ratios hold on any machine. Exits
 * with code 1 if a figure is above its limit.
 */

import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';

import { verify } from '@octokit/webhooks-methods';
import { flatten as flattenWithLibrary } from 'flat';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { createRunner, hookEvent, type App, type IncomingRequest } from '../local/zapier.ts';
import type { HookPerform } from '../src/trigger.ts';
import { RELAY_ORIGIN, sealedEnvelope, withPrevious } from '../test/sealed-envelope.ts';
import { EnvelopeOpener } from '../wire/sealing/envelope-opener.ts';
import { readEnvelope, type SealedDelivery } from '../wire/sealing/format.ts';
import { unwrapDataKey } from '../wire/sealing/key-wrap.ts';
import { sign } from '../wire/signature.ts';
import { importRelayApp } from './built-relay-app.ts';
import { median, medians, quantile, runOf, type Run } from './medians.ts';
import lesson from '../objects/samples/lesson.json' with { type: 'json' };
import tutor from '../objects/samples/tutor.json' with { type: 'json' };

const KEY = 'a-private-key-for-measuring-0123456789abc';
type BuiltApp = App & { readonly triggers: Readonly<Record<string, { operation: { perform: HookPerform } }>> };
const BUILT_APP = new URL('../dist/index.js', import.meta.url).href;
const { default: app } = (await import(BUILT_APP)) as { default: BuiltApp };
const z = {} as ZObject;

/** Descriptions of the figures that were above their limits. */
const exceeded: string[] = [];

/** Returns the verdict on a figure. Remembers the figure if it is above its limit. */
function verdict(name: string, value: number, limit: number, unit: string): string {
  const isWithin = value <= limit;
  const text = `${value.toFixed(2)}${unit}, limit ${limit}${unit}`;
  if (!isWithin) exceeded.push(`${name}: ${text}`);
  return `${isWithin ? 'within' : 'ABOVE'} the limit (${text})`;
}

const FLOOR = 'floor: HMAC + JSON.parse';
const DIRECT = 'perform, called directly';
const LIBRARIES = 'libraries: verify + JSON.parse + flat';
const WHOLE_APP = 'the whole app';

const withSubject = (delivery: { events: { subject: object }[] }, changes: object) => ({
  ...delivery,
  events: delivery.events.map((event) => ({ ...event, subject: { ...event.subject, ...changes } })),
});

const qualifications = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: 901 + index,
    institution: `University of Somewhere, faculty of natural sciences ${index % 17}`,
    subject: 'Mathematics and theoretical physics',
    qual_level: 'BSc',
    grade: '2:1',
    year: 1990 + (index % 30),
    governing_body: 'Quality Assurance Agency for Education',
  }));

async function runsOf(triggerKey: string, request: IncomingRequest): Promise<Record<string, Run>> {
  const bundle = hookEvent(triggerKey, request, KEY).bundle as unknown as Bundle;
  const body = bundle.rawRequest?.content ?? '';
  const signature = `sha256=${createHmac('sha256', KEY).update(body).digest('hex')}`;
  const perform = app.triggers[triggerKey]?.operation.perform;
  if (!perform || (await perform(z, bundle)).length !== 1)
    throw new Error(`"${triggerKey}" did not make exactly one record from its delivery.`);
  return {
    [FLOOR]: () => {
      createHmac('sha256', KEY).update(body).digest('hex');
      return JSON.parse(body) as unknown;
    },
    [DIRECT]: () => perform(z, bundle),
    [LIBRARIES]: async () => {
      if (!(await verify(KEY, body, signature))) throw new Error('The library rejected the signature.');
      return flattenWithLibrary(JSON.parse(body));
    },
  };
}

/** Limits for `perform`, called directly, as multiples of the floor and of the time that the libraries take. */
interface DirectLimits {
  readonly floors: number;
  readonly libraries: number;
}

/**
 * Measurements of a comparison. Other work on the machine slows down some measurements, so the first measurement within
 * the limits counts.
 */
const ATTEMPTS = 5;

/** Compares `perform` with the floor and with libraries. */
async function compare(title: string, triggerKey: string, delivery: unknown, limits: DirectLimits): Promise<void> {
  const request = requestFromTutorCruncher(delivery, KEY);
  const runs = await runsOf(triggerKey, request);
  let times: Record<string, number> = {};
  let [floor, floors, libraries] = [NaN, NaN, NaN];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    times = await medians(runs);
    const { [DIRECT]: direct = NaN } = times;
    floor = times[FLOOR] ?? NaN;
    [floors, libraries] = [direct / floor, direct / (times[LIBRARIES] ?? NaN)];
    if (floors <= limits.floors && libraries <= limits.libraries) break;
  }
  console.log(`\n${title} (${(request.body.length / 1000).toFixed(1)} kB), median of 60`);
  for (const [name, time] of Object.entries(times)) {
    console.log(
      `  ${name.padEnd(42)} ${time.toFixed(1).padStart(10)} µs  ${(time / floor).toFixed(2).padStart(7)}x floor`,
    );
  }
  console.log(`  ${verdict(`${DIRECT}, ${title}`, floors, limits.floors, 'x floor')}`);
  console.log(`  ${verdict(`${DIRECT}, ${title}`, libraries, limits.libraries, 'x libraries')}`);
}

/** Prints the medians of a comparison. */
function printTimes(title: string, times: Readonly<Record<string, number>>, unit: 'µs' | 'ms'): void {
  console.log(`\n${title}, median of 60`);
  for (const [name, microseconds] of Object.entries(times)) {
    const value = unit === 'µs' ? microseconds.toFixed(1) : (microseconds / 1000).toFixed(2);
    console.log(`  ${name.padEnd(42)} ${value.padStart(10)} ${unit}`);
  }
}

/** Returns a function that calls a trigger through zapier-platform-core's handler. */
async function callOf(of: App, triggerKey: string, request: IncomingRequest): Promise<Run> {
  const runner = createRunner(of, KEY);
  const outcome = await runner.perform(triggerKey, request);
  if (!('records' in outcome) || outcome.records.length !== 1)
    throw new Error('The call did not make exactly one record.');
  return () => runner.perform(triggerKey, request);
}

/** Compares a call to the whole app through zapier-platform-core's handler with a call to an app with one trigger. */
async function compareCalls(triggerKey: string, delivery: unknown): Promise<void> {
  const request = requestFromTutorCruncher(delivery, KEY);
  const { [triggerKey]: trigger } = app.triggers;
  if (!trigger) throw new Error(`The app has no trigger "${triggerKey}".`);
  const times = await medians({
    [WHOLE_APP]: await callOf(app, triggerKey, request),
    'an app with this trigger alone': await callOf(
      { ...app, triggers: { [triggerKey]: trigger } },
      triggerKey,
      request,
    ),
  });
  printTimes("A whole call through zapier-platform-core's handler, sample lesson", times, 'ms');
  console.log(`  ${verdict('A whole call', (times[WHOLE_APP] ?? NaN) / 1000, 3, ' ms')}`);
}

/** Returns the time in milliseconds to import a module in a new process. */
function importTime(specifier: string): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t)`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  if (!/^\d/.test(stdout)) throw new Error(`Importing ${specifier} failed. ${stderr}`);
  return Number(stdout);
}

await compare('Sample lesson', 'lesson_completed', lesson, { floors: 3, libraries: 1 });
await compare(
  'Tutor with 500 qualifications',
  'tutor_status_changed',
  withSubject(tutor, { qualifications: qualifications(500) }),
  { floors: 2.5, libraries: 1 },
);
await compare(
  'Lesson with a topic of 1 MB',
  'lesson_completed',
  withSubject(lesson, { topic: 'x'.repeat(1_000_000) }),
  { floors: 1.5, libraries: 1.1 },
);

await compareCalls('lesson_completed', lesson);

console.log('\nCost by size: a tutor with a growing number of qualifications, perform called directly');
for (const count of [50, 500, 5000, 25_000]) {
  const request = requestFromTutorCruncher(withSubject(tutor, { qualifications: qualifications(count) }), KEY);
  const runs = await runsOf('tutor_status_changed', request);
  const { [FLOOR]: floor = NaN, [DIRECT]: microseconds = NaN } = await medians({
    [FLOOR]: runOf(runs, FLOOR),
    [DIRECT]: runOf(runs, DIRECT),
  });
  const kilobytes = request.body.length / 1000;
  console.log(
    `  ${kilobytes.toFixed(0).padStart(6)} kB ${microseconds.toFixed(0).padStart(8)} µs  ${(microseconds / kilobytes).toFixed(2)} µs/kB  ${(microseconds / floor).toFixed(2)}x floor`,
  );
}

/** Returns an envelope of a delivery, with its own data key. */
const envelopeOf = (delivery: unknown): Promise<string> => {
  const { body } = requestFromTutorCruncher(delivery, KEY);
  return sealedEnvelope(KEY, { signature: sign(body, KEY), contentType: 'application/json', body });
};

const envelope = await envelopeOf(lesson);
const earlierLesson = {
  ...lesson,
  events: lesson.events.map((event) => ({
    ...event,
    timestamp: '2026-01-01T12:00:00Z',
    subject: { ...event.subject, topic: 'Fractions', start: '2026-06-09T16:00:00Z', finish: '2026-06-09T17:30:00Z' },
  })),
};
const envelopeWithPrevious = withPrevious(envelope, await envelopeOf(earlierLesson));

/** Measures the time to open the envelope in which a relay delivers the sample lesson. */
async function compareOpenings(): Promise<void> {
  const opener = new EnvelopeOpener(KEY, RELAY_ORIGIN);
  const { keys } = await opener.sealKeyPair();
  const unwrap = ({ metadata, wrappedKey }: SealedDelivery) =>
    unwrapDataKey(keys, Buffer.from(wrappedKey, 'base64'), metadata);
  const { previous, ...delivery } = readEnvelope(JSON.parse(envelopeWithPrevious));
  if (!previous) throw new Error('The envelope has no previous delivery.');
  const [known, fresh] = ['data keys seen before', 'new data keys'];
  const times = await medians({
    'data key seen before': () => opener.openText(envelope),
    [known]: () => opener.openText(envelopeWithPrevious),
    'new data key': async () => {
      await unwrap(delivery);
      await opener.openText(envelope);
    },
    [fresh]: async () => {
      await Promise.all([unwrap(delivery), unwrap(previous)]);
      await opener.openText(envelopeWithPrevious);
    },
    'new connection': () => new EnvelopeOpener(KEY, RELAY_ORIGIN).openText(envelope),
  });
  printTimes('Opening the sealed sample lesson (data keys: with a previous delivery)', times, 'µs');
  console.log(`  ${verdict(`Opening with ${known}`, (times[known] ?? NaN) / 1000, 0.1, ' ms')}`);
  console.log(`  ${verdict(`Opening with ${fresh}`, (times[fresh] ?? NaN) / 1000, 2, ' ms')}`);
}

await compareOpenings();

/** Measures a call to the app that was built for a relay, with and without a previous delivery in the envelope. */
async function compareRelayCalls(): Promise<void> {
  const { default: relayApp } = (await importRelayApp(RELAY_ORIGIN)) as { default: BuiltApp };
  const callWith = (text: string): Promise<Run> =>
    callOf(relayApp, 'lesson_completed', { body: Buffer.from(text), headers: { 'content-type': 'application/json' } });
  const name = 'with a previous delivery';
  const times = await medians({
    'without a previous delivery': await callWith(envelope),
    [name]: await callWith(envelopeWithPrevious),
  });
  printTimes('A whole call of the app built for a relay, sealed sample lesson', times, 'ms');
  console.log(`  ${verdict(`A whole call ${name}`, (times[name] ?? NaN) / 1000, 3, ' ms')}`);
}

await compareRelayCalls();

/** Compares importing the app, in new processes, with importing only zapier-platform-core. */
function compareImports(rounds: number): void {
  const coreTimes: number[] = [];
  const appTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    coreTimes.push(importTime(import.meta.resolve('zapier-platform-core')));
    appTimes.push(importTime(BUILT_APP));
  }
  console.log(`\nImport, median and quartiles of ${rounds} interleaved processes each`);
  for (const [name, values] of Object.entries({
    'zapier-platform-core alone': coreTimes,
    'the app with it': appTimes,
  })) {
    const [lower = NaN, middle = NaN, upper = NaN] = [0.25, 0.5, 0.75].map((part) => quantile(values, part));
    console.log(
      `  ${name.padEnd(42)} ${middle.toFixed(1).padStart(10)} ms  (${lower.toFixed(1)} to ${upper.toFixed(1)} ms)`,
    );
  }
  const added = (median(appTimes) / median(coreTimes) - 1) * 100;
  console.log(`  ${verdict('The app adds to the import of core', added, 10, '%')}`);
}

compareImports(31);

if (exceeded.length > 0) {
  console.error(`\nAbove the limit:\n${exceeded.join('\n')}`);
  process.exitCode = 1;
}
