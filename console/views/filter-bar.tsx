import { OUTCOMES, type HourCounts, type Outcome } from '../../wire/console-api.ts';
import { TRIGGERS } from '../event-words.ts';
import { isFiltered, NO_FILTERS, PERIODS, type Filters, type Period } from '../page-state.ts';
import { clockTime, dayAndTime, HOUR_MS } from '../times.ts';
import { OUTCOME_WORDS } from '../zap-words.ts';

const PERIOD_WORDS: Readonly<Record<Period, string>> = {
  'last-hour': 'Last hour',
  today: 'Today',
  yesterday: 'Yesterday',
  'last-7-days': 'Last 7 days',
  dates: 'Between two dates',
};

interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SelectProps {
  readonly label: string;
  readonly any: string;
  readonly value: string | null;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string | null) => void;
}

const Select = ({ label, any, value, choices, onChange }: SelectProps) => (
  <label class="field">
    <span>{label}</span>
    <select
      value={value ?? ''}
      onChange={({ currentTarget }) => {
        onChange(currentTarget.value || null);
      }}
    >
      <option value="">{any}</option>
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  </label>
);

export interface FilterBarProps {
  readonly filters: Filters;
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly now: number;
  readonly search: string;
  readonly onFilter: (filters: Filters) => void;
  readonly onSearch: (text: string) => void;
}

export interface OutcomeButtonsProps extends Pick<FilterBarProps, 'filters' | 'onFilter'> {
  readonly hours: readonly HourCounts[];
}

/** Buttons that select an outcome, with the numbers of events in the chart. */
export function OutcomeButtons({ filters, hours, onFilter }: OutcomeButtonsProps) {
  const count = (outcome: Outcome) => hours.reduce((sum, counts) => sum + counts[outcome], 0);
  return (
    <div class="outcomes" role="group" aria-label="Outcome, with the number of events in the last 72 hours">
      {OUTCOMES.map((outcome) => (
        <button
          key={outcome}
          type="button"
          class={outcome}
          aria-pressed={filters.outcome === outcome}
          onClick={() => {
            onFilter({ ...filters, outcome: filters.outcome === outcome ? null : outcome });
          }}
        >
          <span>
            <span class="swatch" />
            {OUTCOME_WORDS[outcome]}
          </span>{' '}
          <b>{count(outcome).toLocaleString('en')}</b>
        </button>
      ))}
    </div>
  );
}

/** The filters of the event list, and the search for names. */
export function FilterBar({ filters, names, now, search, onFilter, onSearch }: FilterBarProps) {
  const { when } = filters;
  const periods = PERIODS.map((value): Choice => ({ value, label: PERIOD_WORDS[value] }));
  const hour =
    typeof when === 'number'
      ? [{ value: String(when), label: `${dayAndTime(when, now)} to ${clockTime(when + HOUR_MS)}` }]
      : [];
  // The URL may contain a Zap that was turned off so long ago that the relay no longer knows it.
  const off =
    filters.zap === null || names.has(filters.zap) ? [] : [{ value: filters.zap, label: 'A Zap that is off' }];
  return (
    <div class="filters">
      <div class="fields">
        <Select
          label="Trigger"
          any="Any trigger"
          value={filters.trigger}
          choices={TRIGGERS.map(({ label }) => ({ value: label, label }))}
          onChange={(trigger) => {
            onFilter({ ...filters, trigger });
          }}
        />
        <Select
          label="Zap"
          any="Any Zap"
          value={filters.zap}
          choices={[...[...names].map(([value, label]) => ({ value, label })), ...off]}
          onChange={(zap) => {
            onFilter({ ...filters, zap });
          }}
        />
        <Select
          label="Time"
          any="Any time"
          value={when === null ? null : String(when)}
          choices={[...periods, ...hour]}
          onChange={(value) => {
            onFilter({ ...filters, when: PERIODS.find((period) => period === value) ?? null, from: null, to: null });
          }}
        />
        {when === 'dates' &&
          (['from', 'to'] as const).map((name) => (
            <label key={name} class="field">
              <span>{name === 'from' ? 'First day' : 'Last day'}</span>
              <input
                type="date"
                value={filters[name] ?? ''}
                onChange={({ currentTarget }) => {
                  onFilter({ ...filters, [name]: currentTarget.value || null });
                }}
              />
            </label>
          ))}
        <label class="field">
          <span>Search names</span>
          <input
            type="search"
            value={search}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => {
              onSearch(currentTarget.value);
            }}
          />
        </label>
        {(isFiltered(filters) || search !== '') && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              onSearch('');
              onFilter(NO_FILTERS);
            }}
          >
            Clear filters
          </button>
        )}
      </div>
    </div>
  );
}
