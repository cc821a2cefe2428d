/** A session of the page, with a mock of the API that the session requests. */

import { afterEach, beforeEach, jest } from '@jest/globals';

import { eventsWith, type PageState } from '../../console/page-state.ts';
import { Session } from '../../console/session.ts';
import { until } from '../../relay/harness/until.ts';
import { FakeApi } from './fake-api.ts';

export const LIST = eventsWith({});
export const EVENT: PageState = { ...LIST, event: 2 };

/** The session and the mock API of the current test. */
export class SessionBed {
  api!: FakeApi;
  session!: Session;
  isHidden = false;
  readonly defects: unknown[] = [];
  /** The trouble that the page showed after each change of the session. */
  readonly troubles: unknown[] = [];
  /** The value of `loading` after each change of the current session. */
  loadings: unknown[] = [];

  constructor() {
    beforeEach(async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'Date'] });
      this.api = await FakeApi.create();
      this.loadings = [];
      this.session = new Session({
        onChange: () => {
          this.troubles.push(this.session.state.trouble);
          this.loadings.push(this.session.state.loading);
        },
        isHidden: () => this.isHidden,
        onDefect: (error) => this.defects.push(error),
      });
    });
    afterEach(() => {
      jest.restoreAllMocks();
      jest.useRealTimers();
    });
  }

  /** Opens the link and shows a part of the channel. */
  async open(page: PageState): Promise<void> {
    this.session.show(page);
    await this.session.start(this.api.secret);
  }

  /** Advances the clock to the next poll. A poll ends by setting the timer for the next poll. */
  async nextPoll(milliseconds = 5_000): Promise<void> {
    jest.advanceTimersByTime(milliseconds);
    await until(() => jest.getTimerCount() > 0);
  }

  /** Returns the names in the listed events, or the kinds of the events that are not opened. */
  readonly names = (): (string | undefined)[] => {
    const events = this.session.state.list?.events ?? [];
    return events.map(({ opened: { kind, events } }) => (kind === 'opened' ? events[0]?.name : kind));
  };
}
