import type { OverviewResponse } from '../../wire/console-api.ts';
import type { Session } from '../session.ts';

/** The open channel, which most views show a part of. */
export interface Channel extends OverviewResponse {
  readonly session: Session;
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
}
