/** The columns of all tables. Both drivers, and the types of rows and changes, follow this list. */

/** The types of columns that the migrations use. */
type SqlType = 'bigint' | 'integer' | 'smallint' | 'text' | 'json' | 'boolean' | 'bytea';

/** The type of a column, with a question mark if the column may be NULL. */
type ColumnType = SqlType | `${SqlType}?`;

/**
 * The tables as the migrations create them, which describe the meaning of each column. The columns have the names of their
 * properties in rows: `received_at` is `receivedAt`. A test compares the list with the tables of both databases.
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
  console_links: {
    tokenHash: 'text',
    channel: 'bigint',
    expiresAt: 'bigint',
    keys: 'json',
    verdict: 'json',
    verdicts: 'json',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

/** The booleans that statements compute. SQLite has no booleans, and returns 0 or 1 for an expression. */
const COMPUTED_BOOLEANS = [
  'isDead',
  'isNotice',
  'isPending',
  'isRedriven',
  'isRedriving',
  'isRemovable',
  'isSetAside',
] as const;

export type ComputedBoolean = (typeof COMPUTED_BOOLEANS)[number];
export type TableName = keyof typeof TABLES;
/** The name of a column's property. */
export type ColumnName<Table extends TableName> = keyof (typeof TABLES)[Table] & string;

/** The values of columns as statements write them. */
interface WrittenValues {
  bigint: number;
  integer: number;
  smallint: number;
  text: string;
  /** JSON is written as text. */
  json: string;
  boolean: boolean;
  bytea: Uint8Array;
}

/** The values of columns as statements return them. */
interface ReadValues extends Omit<WrittenValues, 'json' | 'bytea'> {
  /** JSON is returned as a value, whose type the row states. */
  json: unknown;
  bytea: Buffer;
}

type ValueOf<Values, Type> = Type extends keyof Values
  ? Values[Type]
  : Type extends `${infer Inner extends keyof Values & string}?`
    ? Values[Inner] | null
    : never;

/** A row of a table, or some of its columns, to be written. */
export type WrittenRow<Table extends TableName> = {
  readonly [Name in ColumnName<Table>]?: ValueOf<WrittenValues, (typeof TABLES)[Table][Name]>;
};

/** Columns of a table, as a statement returns them. */
export type ReadRow<Table extends TableName, Name extends ColumnName<Table>> = {
  readonly [Each in Name]: ValueOf<ReadValues, (typeof TABLES)[Table][Each]>;
};

/** Returns a function that remembers its results. */
function remembering(convert: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const result = known.get(text) ?? convert(text);
    known.set(text, result);
    return result;
  };
}

/** Returns the column of a property: `received_at` for `receivedAt`. */
export const columnOf = remembering((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** Returns the property of a column: `receivedAt` for `received_at`. */
export const propertyOf = remembering((column) =>
  column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
);

/** Returns the columns of properties, separated by commas. */
export const columnsOf = (names: readonly string[]): string => names.map(columnOf).join(', ');

/** The SQL types of the columns, which are named with their tables, such as `sends.ended_at`. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(TABLES).flatMap(([table, columns]) =>
    Object.entries(columns).map(([name, type]) => [`${table}.${columnOf(name)}`, type.replace('?', '')] as const),
  ),
);

/** Returns the SQL type of a column; undefined if the table has no such column. */
export const typeOf = (table: string, column: string): string | undefined => TYPES.get(`${table}.${column}`);

/** Returns true if an expression with the name of a column is a boolean. */
export const isComputedBoolean = (column: string): boolean =>
  COMPUTED_BOOLEANS.some((name) => name === propertyOf(column));
