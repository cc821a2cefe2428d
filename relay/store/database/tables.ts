/** The columns of all tables, and the values that statements compute. Both drivers follow these lists. */

/** The types of columns that the migrations use. */
export type SqlType = 'bigint' | 'integer' | 'smallint' | 'text' | 'json' | 'boolean' | 'bytea';

/** The type of a column, with a question mark if the column can be NULL. */
type ColumnType = SqlType | `${SqlType}?`;

/**
 * The tables as the migrations create them. The migrations describe the meaning of each column. The name of a column is
 * the name of its property in snake case: `received_at` for `receivedAt`. A test compares this list with the tables of
 * both databases. `row-types.ts` compares the types of rows with this list.
 */
export const TABLES = {
  channels: {
    key: 'bigint',
    channel: 'text',
    createdAt: 'bigint',
    deletedAt: 'bigint?',
    withSecret: 'boolean',
    sealKey: 'bytea',
    urlPart: 'text',
    oldUrlPart: 'text?',
    oldUrlUntil: 'bigint?',
    lastEventAt: 'bigint?',
    refusedAt: 'bigint?',
    lastRefusalAt: 'bigint?',
    lastRefusal: 'text?',
    oldUrlEventAt: 'bigint?',
    newestSeq: 'bigint',
    newestNumber: 'bigint',
    revision: 'bigint',
    waitingBytes: 'bigint',
    storedBytes: 'bigint',
    digests: 'bigint',
    busySlots: 'bigint',
    silenceCheckAt: 'bigint?',
    silentAt: 'bigint?',
    dueAt: 'bigint?',
    claim: 'bigint',
    claimedBy: 'text?',
    removableFrom: 'bigint',
    deadRemovableFrom: 'bigint',
    problemsCheckAt: 'bigint?',
    signaturesCheckedAt: 'bigint?',
    foreignAt: 'bigint?',
    isForeignMixed: 'boolean',
    signedAt: 'bigint?',
  },
  processes: {
    id: 'text',
    heartbeat: 'bigint',
  },
  data_keys: {
    channel: 'bigint',
    keyId: 'text',
    createdAt: 'bigint',
    wrapped: 'bytea',
    isSettled: 'boolean',
  },
  deliveries: {
    seq: 'bigint',
    channel: 'bigint',
    number: 'bigint',
    id: 'text',
    receivedAt: 'bigint',
    expiresAt: 'bigint',
    actions: 'json',
    model: 'text?',
    subjectId: 'text?',
    eventTime: 'bigint?',
    earlierSeq: 'bigint?',
    burst: 'bigint?',
    isConcern: 'boolean',
    isRepeat: 'boolean',
    isRemembered: 'boolean',
    bytes: 'bigint',
    keyId: 'text',
    sealed: 'bytea',
  },
  digests: {
    channel: 'bigint',
    digest: 'text',
    receivedAt: 'bigint',
    hasEvents: 'boolean',
  },
  busy_hours: {
    channel: 'bigint',
    hour: 'bigint',
    slots: 'bigint',
  },
  subjects: {
    channel: 'bigint',
    model: 'text',
    subjectId: 'text',
    seq: 'bigint',
    eventTime: 'bigint',
    receivedAt: 'bigint',
    burstTime: 'bigint',
    burstSeq: 'bigint',
    earlierSeq: 'bigint?',
    earlierTime: 'bigint?',
    hasEnded: 'boolean',
  },
  subscriptions: {
    key: 'bigint',
    id: 'text',
    channel: 'bigint',
    targetUrl: 'text',
    filter: 'json',
    secretHash: 'text?',
    description: 'json?',
    createdAt: 'bigint',
    endedAt: 'bigint?',
    startsAfter: 'bigint',
    lastSuccessAt: 'bigint?',
    failures: 'bigint',
    failingSince: 'bigint?',
    lastFailure: 'text?',
    suspectSince: 'bigint?',
    nextAttemptAt: 'bigint',
    refusedTries: 'bigint',
    refusedEvents: 'bigint',
    outageFrom: 'bigint?',
    redriveFailures: 'bigint',
    nextRedriveAt: 'bigint',
    redrivenAt: 'bigint?',
    retriedAt: 'bigint?',
    pausedAt: 'bigint?',
    resumedAt: 'bigint?',
    skipSeq: 'bigint?',
    noticeKey: 'text?',
    untoldDead: 'bigint',
  },
  problems: {
    channel: 'bigint',
    subscription: 'bigint',
    kind: 'text',
    startedAt: 'bigint',
    noticedAt: 'bigint',
    isOver: 'boolean',
  },
  sends: {
    seq: 'bigint',
    endedAt: 'bigint',
    subscription: 'integer',
    state: 'smallint',
    isSentAgain: 'boolean',
    failure: 'text?',
  },
  attempts: {
    seq: 'bigint',
    subscription: 'bigint',
    number: 'bigint',
    endedAt: 'bigint',
    failure: 'text?',
    response: 'bytea?',
    durationMs: 'bigint',
    isSentAgain: 'boolean',
  },
  relay_origin: {
    key: 'bigint',
    origin: 'text',
  },
  console_links: {
    tokenHash: 'text',
    channel: 'bigint',
    expiresAt: 'bigint',
    keys: 'json',
    verdict: 'json',
    verdicts: 'json',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

/**
 * The values that statements compute, or return under a name other than the column's. SQLite has no booleans, and
 * returns 0 or 1 for a computed boolean.
 */
export const COMPUTED = {
  all: 'bigint',
  at: 'bigint',
  attemptAt: 'bigint?',
  burstMembers: 'bigint',
  channels: 'bigint',
  count: 'bigint',
  deadLetters: 'bigint',
  deliveries: 'bigint',
  deliveryId: 'text',
  earlierBytes: 'bigint?',
  events: 'bigint',
  failing: 'bigint',
  first: 'bigint?',
  firstReceivedAt: 'bigint?',
  isDead: 'boolean',
  isNotice: 'boolean',
  isPending: 'boolean',
  isRedriven: 'boolean',
  isRedriving: 'boolean',
  isRemovable: 'boolean',
  isSetAside: 'boolean',
  keptUntil: 'bigint?',
  last: 'bigint?',
  length: 'bigint',
  mustAct: 'bigint?',
  next: 'bigint?',
  now: 'bigint',
  oldestPendingAt: 'bigint?',
  oldestWaitingAt: 'bigint?',
  other: 'text?',
  paused: 'bigint',
  pausedSubscriptions: 'bigint',
  pending: 'bigint',
  position: 'bigint',
  rank: 'bigint',
  redriveAt: 'bigint?',
  rememberedDeliveries: 'bigint',
  schema: 'text',
  silentChannels: 'bigint',
  since: 'bigint',
  slice: 'bytea',
  stored: 'bigint',
  subscriptionId: 'text',
  subscriptions: 'bigint',
  waiting: 'bigint',
  wasRemembered: 'boolean',
  wrappedKey: 'bytea',
} as const satisfies Readonly<Record<string, ColumnType>>;

/** Returns a function that caches the results of a conversion. */
function remembering(convert: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const result = known.get(text) ?? convert(text);
    known.set(text, result);
    return result;
  };
}

/** Returns the column name of a property: `received_at` for `receivedAt`. */
export const columnOf = remembering((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** Returns the property name of a column: `receivedAt` for `received_at`. */
export const propertyOf = remembering((column) =>
  column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
);

/** Returns the column names of properties, separated by commas. */
export const columnsOf = (names: readonly string[]): string => names.map(columnOf).join(', ');

/** The SQL type of each column, by table and column name, such as `sends.ended_at`. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(TABLES).flatMap(([table, columns]) =>
    Object.entries(columns).map(([name, type]) => [`${table}.${columnOf(name)}`, type.replace('?', '')] as const),
  ),
);

/** Returns the SQL type of a column; undefined if the table has no such column. */
export const typeOf = (table: string, column: string): string | undefined => TYPES.get(`${table}.${column}`);

/** Returns true if statements compute a boolean with the name of a column. */
export function isComputedBoolean(column: string): boolean {
  const types: Readonly<Record<string, ColumnType>> = COMPUTED;
  return types[propertyOf(column)] === 'boolean';
}
