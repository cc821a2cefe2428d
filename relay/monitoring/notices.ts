/** Notices about problems. Every minute, a pass looks for silent channels and for problems, and seals the notices. */

import { randomUUID } from 'node:crypto';

import { NOTICE_TRIGGER, noticeAction, type Notice, type ProblemKind } from '../../wire/notice.ts';
import type { DeliveryMetadata } from '../../wire/sealing/format.ts';
import { sealDelivery } from '../../wire/sealing/seal.ts';
import { sign } from '../../wire/signature.ts';
import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Readiness } from './readiness.ts';
import { createSilenceGracePeriod } from './silence-grace-period.ts';
import type { DataKey, DataKeys } from '../sealing/data-keys.ts';
import { shortNameOf } from '../short-name.ts';
import type { ProblemChange } from '../store/problems/problem-rules.ts';
import type { SealedNotice } from '../store/problems/problems.ts';
import type { Store } from '../store/store.ts';

const INTERVAL_MS = 60_000;

/** Times that a demonstration shortens, in milliseconds. */
export interface NoticeTimes {
  /** Time after a start or a failure during which the process does not look for silences; default: an hour. */
  readonly graceMs?: number;
  /** Interval between passes; default: a minute. */
  readonly intervalMs?: number;
  /** Minimum time that a Zap must have been failing; default: `FAILING_MS` in `problem-rules.ts`, half an hour. */
  readonly failingMs?: number;
}

interface NoticeOptions extends NoticeTimes {
  readonly store: Pick<
    Store,
    'checkSilences' | 'channelsToCheck' | 'changedProblems' | 'saveNotices' | 'problemsChecked'
  >;
  readonly readiness: Pick<Readiness, 'sinceFailureMs'>;
  readonly dataKeys: Pick<DataKeys, 'of'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seals a notice as if it were a webhook that is signed with the notice key. */
function seal(
  kind: ProblemKind,
  notice: NonNullable<ProblemChange['notice']>,
  noticeKey: string,
  { channel, receivedAt }: Pick<DeliveryMetadata, 'channel' | 'receivedAt'>,
  dataKey: DataKey,
): SealedNotice {
  const { id: keyId, key, wrapped: wrappedKey } = dataKey;
  const id = randomUUID();
  const content: Notice = { id, trigger: NOTICE_TRIGGER, sent_at: receivedAt, ...notice };
  const body = Buffer.from(JSON.stringify(content));
  const signed = { body, signature: sign(body, noticeKey), contentType: 'application/json' };
  const subject = { model: null, subjectId: null, eventTime: null };
  const metadata: DeliveryMetadata = { channel, id, keyId, receivedAt, actions: [noticeAction(kind)], ...subject };
  return { id, noticeKey, keyId, wrappedKey, sealed: sealDelivery(key, metadata, signed) };
}

async function tellOf(channel: string, now: number, options: Omit<NoticeOptions, 'readiness'>): Promise<void> {
  const { store, log, dataKeys, failingMs, intervalMs = INTERVAL_MS } = options;
  const found = await store.changedProblems(channel, now, failingMs);
  if (!found) return;
  if (found.changes.length === 0) {
    await store.problemsChecked(channel, found.nextAt, now, intervalMs);
    return;
  }
  const dataKey = await dataKeys.of(channel, found.sealKey);
  const changes = found.changes.map(({ noticeKeys, ...change }) => {
    const { kind, notice } = change;
    const sealed = (key: string) => (notice ? [seal(kind, notice, key, { channel, receivedAt: now }, dataKey)] : []);
    return { ...change, notices: noticeKeys.flatMap(sealed) };
  });
  // The next pass checks the channel again, because saved changes can cause further changes.
  for (const { kind, notice } of await store.saveNotices(channel, changes, now)) {
    if (!notice) continue;
    const fields = { channel: shortNameOf(channel), kind, state: notice.state, zaps: notice.zaps };
    log.info(fields, 'Stored notices about a problem for the Zaps with the trigger Delivery Problem.');
  }
}

/** Finds all channels whose silence has become unusual. */
async function findSilences({ store, clock }: NoticeOptions): Promise<void> {
  while ((await store.checkSilences(clock.now())) > 0);
}

/**
 * Checks all channels whose problems might have started or ended, and stores notices. A failure affects only one
 * channel.
 */
export async function tellOfProblems(options: Omit<NoticeOptions, 'readiness'>): Promise<void> {
  const { store, clock, log, intervalMs = INTERVAL_MS } = options;
  const now = clock.now();
  for (let channels: readonly string[] = ['']; channels.length > 0;) {
    channels = await store.channelsToCheck(now, intervalMs);
    for (const channel of channels) {
      await tellOf(channel, now, options).catch((error: unknown) => {
        const fields = { channel: shortNameOf(channel), error: nameOf(error) };
        log.error(fields, 'Checking a channel for problems failed. Retrying in a minute.');
      });
    }
  }
}

/** Looks for silences and problems every minute until the signal is aborted. */
export async function runNotices(options: NoticeOptions, signal: AbortSignal): Promise<void> {
  const { readiness, clock, log, intervalMs = INTERVAL_MS, graceMs } = options;
  const gracePeriod = createSilenceGracePeriod(readiness, clock.now(), graceMs);
  while (!signal.aborted) {
    try {
      if (gracePeriod.isOver(clock.now())) await findSilences(options);
      await tellOfProblems(options);
    } catch (error) {
      gracePeriod.restart(clock.now());
      log.error({ error: nameOf(error) }, 'Checking for problems failed. Retrying in a minute.');
    }
    const sleepsFrom = clock.now();
    await clock.sleep(intervalMs, signal);
    // A much longer sleep than requested shows that the process was suspended.
    if (clock.now() - sleepsFrom > 2 * intervalMs) gracePeriod.restart(clock.now());
  }
}
