/** A mutant that behaves like the original code, so that no test can notice it. */
export interface EquivalentMutant {
  readonly file: string;
  /** The first line of the changed code, without indentation. */
  readonly code: string;
  /** The replaced part of the code as `npm run mutate` prints it. */
  readonly original: string;
  /** The replacement as `npm run mutate` prints it. */
  readonly replacement: string;
  readonly reason: string;
}

/** Mutants that do not count in the scores of `npm run mutate`. */
export const EQUIVALENT: readonly EquivalentMutant[] = [
  {
    file: 'wire/delivery.ts',
    code: 'if ((end - backslash) % 2 === 1) return end;',
    original: 'end - backslash',
    replacement: 'end + backslash',
    reason: 'The sum of two numbers is odd whenever their difference is.',
  },
  {
    file: 'wire/delivery.ts',
    code: "const [, id] = typeof subject.url === 'string' ? (RECORD_URL.exec(subject.url) ?? []) : [];",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'The first element is not used.',
  },
  {
    file: 'wire/delivery.ts',
    code: 'if (entriesOf(delivery).length === 0) return [];',
    original: 'entriesOf(delivery).length === 0',
    replacement: 'false',
    reason: 'The line only saves the time of the inspection.',
  },
  {
    file: 'src/hooks/zap-status.ts',
    code: ".filter((count) => typeof count === 'number' && count > 0)",
    original: 'count > 0',
    replacement: 'count >= 0',
    reason: 'Zero adds nothing to the sum.',
  },
  {
    file: 'src/record/subject.ts',
    code: 'needsAddress = false;',
    original: 'false',
    replacement: 'true',
    reason: 'Adding the same address for each of its parts changes nothing.',
  },
  {
    file: 'relay/delivery/attempt-slots.ts',
    code: 'if (ofChannel > 0) byChannel.set(channel, ofChannel);',
    original: 'ofChannel > 0',
    replacement: 'ofChannel >= 0',
    reason: 'A channel without an entry uses 0 as well.',
  },
  {
    file: 'relay/delivery/attempts.ts',
    code: 'sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;',
    original: 'sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2',
    replacement: 'true',
    reason: 'The comparison only saves the time of a measurement: Base64 does not double the size.',
  },
  {
    file: 'relay/delivery/attempts.ts',
    code: 'sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;',
    original: 'sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2',
    replacement: 'sealedBytesIn(delivery) >= MAX_ENVELOPE_BYTES / 2',
    reason: 'The comparison only saves the time of a measurement: Base64 does not double the size.',
  },
  {
    file: 'relay/delivery/results-writer.ts',
    code: 'const process = this.#unsaved[0]?.claim.process;',
    original: 'this.#unsaved[0]?.claim',
    replacement: 'this.#unsaved[0].claim',
    reason: 'The caller takes results only while there are any.',
  },
  {
    file: 'relay/delivery/results-writer.ts',
    code: "const lost = await store.saveResults(saved[0]?.claim.process ?? '', results);",
    original: 'saved[0]?.claim',
    replacement: 'saved[0].claim',
    reason: 'Results are saved only if there are any.',
  },
  {
    file: 'relay/delivery/subscription-worker.ts',
    code: "this.#giveUp(send, result, first?.seq === seq ? afterSkip(this.#state.current) : {}, 'skipped');",
    original: 'first?.seq',
    replacement: 'first.seq',
    reason: 'A pending send is the first pending send or follows it, so a first pending send exists.',
  },
  {
    file: 'src/hooks/relay-client.ts',
    code: 'if (status !== 200 || !isJsonObject(data) || !Array.isArray(data.keys)) throw refusal(this.#z, status);',
    original: 'status !== 200 || !isJsonObject(data) || !Array.isArray(data.keys)',
    replacement: 'false',
    reason: 'The caller fails without keys as well, and treats all failures alike. An error response has no keys.',
  },
  {
    file: 'src/many/search-for-many.ts',
    code: 'for (let start = 0; start < rows.length; start += MAX_PARALLEL) {',
    original: 'start < rows.length',
    replacement: 'start <= rows.length',
    reason: 'The additional part of the rows is empty.',
  },
  {
    file: 'relay/monitoring/machine.ts',
    code: "const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('backup-'));",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'The name is not the name of a backup.',
  },
  {
    file: 'relay/monitoring/machine.ts',
    code: "...(folder === null ? [] : [diskOf('database', folder)]),",
    original: 'folder === null',
    replacement: 'false',
    reason: 'A folder that cannot be read is left out, and null cannot be read.',
  },
  {
    file: 'relay/monitoring/machine.ts',
    code: "...(backupFolder === null || backupFolder === folder ? [] : [diskOf('backups', backupFolder)]),",
    original: 'backupFolder === null',
    replacement: 'false',
    reason: 'A folder that cannot be read is left out, and null cannot be read.',
  },
  {
    file: 'relay/monitoring/metrics.ts',
    code: 'const backlogs = createReusedResults<Backlog>({ maxAgeMs: 0 });',
    original: '{ maxAgeMs: 0 }',
    replacement: '{}',
    reason: 'Without a maximum, the age is not a number, and no result is reused either.',
  },
  {
    file: 'relay/monitoring/notices.ts',
    code: 'const subject = { model: null, subjectId: null, eventTime: null };',
    original: '{ model: null, subjectId: null, eventTime: null }',
    replacement: '{}',
    reason: 'The associated data is JSON, in which a missing value is null as well.',
  },
  {
    file: 'src/many/matching-rows.ts',
    code: 'const rows: JsonObject[] = [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'An entry without an id is left out.',
  },
  {
    file: 'relay/store/results.ts',
    code: "const isWaiting = ({ state }: SendResult): boolean => state === 'waiting' || state === 'set_aside';",
    original: "state === 'waiting' || state === 'set_aside'",
    replacement: 'false',
    reason: '`settleDeliveries` leaves out deliveries that wait. The line saves its statements.',
  },
  {
    file: 'relay/store/results.ts',
    code: "const isWaiting = ({ state }: SendResult): boolean => state === 'waiting' || state === 'set_aside';",
    original: "state === 'waiting' || state === 'set_aside'",
    replacement: "state === 'waiting' && state === 'set_aside'",
    reason: '`settleDeliveries` leaves out deliveries that wait. The line saves its statements.',
  },
  {
    file: 'relay/store/results.ts',
    code: "const isWaiting = ({ state }: SendResult): boolean => state === 'waiting' || state === 'set_aside';",
    original: "state === 'waiting'",
    replacement: 'false',
    reason: '`settleDeliveries` leaves out deliveries that wait. The line saves its statements.',
  },
  {
    file: 'relay/store/results.ts',
    code: "const isWaiting = ({ state }: SendResult): boolean => state === 'waiting' || state === 'set_aside';",
    original: "state === 'set_aside'",
    replacement: 'false',
    reason: '`settleDeliveries` leaves out deliveries that wait. The line saves its statements.',
  },
  {
    file: 'relay/store/retention.ts',
    code: 'if (rows.length === 0) return;',
    original: 'rows.length === 0',
    replacement: 'false',
    reason: 'Without rows, the transaction changes nothing.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: 'if (refusedAt === null || lastEventAt === null) return null;',
    original: 'lastEventAt === null',
    replacement: 'false',
    reason: 'A missing time compares as 0, so a channel without an event has no event after the refusal.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: 'endOf: ({ lastEventAt }, startedAt) => (lastEventAt !== null && lastEventAt > startedAt ? lastEventAt : null),',
    original: 'lastEventAt !== null',
    replacement: 'true',
    reason: 'A missing time compares as 0, which is before each start.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: 'return isTried && failingSince !== null && now - failingSince >= failingMs ? failingSince : null;',
    original: 'failingSince !== null',
    replacement: 'true',
    reason: 'A missing time is returned as the start, which means that there is none.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: 'return !stillFails && lastSuccessAt !== null && lastSuccessAt >= startedAt ? lastSuccessAt : null;',
    original: 'lastSuccessAt !== null',
    replacement: 'true',
    reason: 'A missing time compares as 0, which is before each start.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: 'endedAt !== null && lastFailure === GONE && endedAt >= watchedSince ? endedAt : null,',
    original: 'endedAt !== null',
    replacement: 'true',
    reason: 'A missing time compares as 0, which is before each start of notices.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: '(refusedAt ?? -Infinity) + REFUSING_MS,',
    original: '-Infinity',
    replacement: '+Infinity',
    reason: 'Infinity is no time at which something changes.',
  },
  {
    file: 'relay/store/problem-rules.ts',
    code: '...zaps.map(({ failingSince }) => (failingSince ?? -Infinity) + failingMs),',
    original: '-Infinity',
    replacement: '+Infinity',
    reason: 'Infinity is no time at which something changes.',
  },
  {
    file: 'relay/store/ingest-facts.ts',
    code: 'const [digests = [], subjects = []] = rows as [DigestRow[]?, SubjectRow[]?];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'A read of two queries returns two lists of rows.',
  },
];
