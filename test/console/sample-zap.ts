import type { ConsoleZap } from '../../wire/console-api.ts';

export const NOW = Date.UTC(2026, 5, 10, 12);

type ZapChanges = Partial<Omit<ConsoleZap, 'actions' | 'all_except'>> & { readonly all_except?: readonly string[] };

/** Returns a Zap that is on, works and has no waiting events. `changes` replaces some of the Zap's properties. */
export function zapWith({ all_except: except, ...changes }: ZapChanges): ConsoleZap {
  const zap = {
    id: 'zap',
    description: { trigger: 'Lesson Completed', options: [], zap_id: null },
    created_at: 0,
    last_success_at: null,
    failures: 0,
    failing_since: null,
    last_failure: null,
    last_failure_text: null,
    gives_up_refused: false,
    next_attempt_at: null,
    pending: 0,
    oldest_pending_at: null,
    dead_letters: 0,
    is_sending_again: false,
    paused_since: null,
    ...changes,
  };
  return except ? { ...zap, all_except: except } : { ...zap, actions: ['MARKED_AN_APPOINTMENT_AS_COMPLETE'] };
}
