import { useState } from 'preact/hooks';

import { OUTCOMES, type HourCounts } from '../../wire/console-api.ts';
import type { Filters } from '../filters.ts';
import { outcomeText } from '../outcome-words.ts';
import type { Channel } from '../session.ts';
import { counted, dayAndTime, HOUR_MS, hourText } from '../times.ts';

const HOURS = 72;
/** Outcomes from the bottom of a bar to the top. The most urgent outcome is at the top. */
const STACK = OUTCOMES.toReversed();
/** Height of the chart, in the units of its coordinate system. */
const HEIGHT = 100;

const totalOf = (counts: HourCounts): number => OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);

/** Describes an hour and its events, such as "Today, 14:00 to 15:00: 12 events; Will retry: 2; Delivered: 10". */
function describe(counts: HourCounts, now: number): string {
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `; ${outcomeText(outcome)}: ${counts[outcome]}`,
  );
  return `${hourText(counts.hour, now)}: ${counted(totalOf(counts), 'event')}${parts.join('')}`;
}

/** The names of the days. Each name is displayed at the first hour of the day. */
const DayLabels = ({ first, now }: { readonly first: number; readonly now: number }) => (
  <div class="days" aria-hidden="true">
    {Array.from({ length: HOURS - 4 }, (_, index) => {
      const [day, time] = dayAndTime(first + index * HOUR_MS, now).split(', ');
      return time?.startsWith('00:') ? (
        <span key={index} style={{ left: `${(index / HOURS) * 100}%` }}>
          {day}
        </span>
      ) : null;
    })}
  </div>
);

/** The patterns that distinguish outcomes if the operating system forces its own colors. */
const Patterns = () => (
  <defs>
    {/* Wide stripes, a checkerboard and thin lines. In the chart, a bar is 0.76 wide. */}
    <pattern id="failed-pattern" width="1" height="10" patternUnits="userSpaceOnUse">
      <rect width="1" height="5" />
    </pattern>
    <pattern id="given-up-pattern" width="0.38" height="8" patternUnits="userSpaceOnUse">
      <path d="M0 0h0.19v4H0zM0.19 4h0.19v4H0.19z" />
    </pattern>
    <pattern id="waiting-pattern" width="1" height="4" patternUnits="userSpaceOnUse">
      <rect width="1" height="1" />
    </pattern>
  </defs>
);

export interface ChartProps extends Pick<Channel, 'hours' | 'now'> {
  readonly filters: Filters;
  readonly onFilter: (changes: Partial<Filters>) => void;
}

interface BarProps {
  readonly counts: HourCounts;
  /** Position of the hour in the chart, in hours from the left edge. */
  readonly left: number;
  /** Number of events in the highest bar. */
  readonly max: number;
  readonly now: number;
  readonly selected: number | null;
  readonly isTabStop: boolean;
  readonly onSelect: () => void;
  readonly onFocus: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** A bar with the events of an hour. The bar is a button that selects the hour. */
function Bar({ counts, left, max, now, selected, isTabStop, onSelect, onFocus, onKeyDown }: BarProps) {
  const { hour } = counts;
  let top = HEIGHT;
  const parts = STACK.filter((outcome) => counts[outcome] > 0).map((outcome) => {
    const height = Math.max(2, (counts[outcome] / max) * (HEIGHT - 10));
    top -= height;
    return <rect key={outcome} class={outcome} x={left + 0.12} y={top} width={0.76} height={height} />;
  });
  return (
    <g
      role="button"
      class={selected === null || selected === hour ? 'bar' : 'bar other'}
      // The attributes of SVG elements are case-sensitive.
      tabindex={isTabStop ? 0 : -1}
      aria-pressed={selected === hour}
      aria-label={describe(counts, now)}
      onClick={onSelect}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <title>{describe(counts, now)}</title>
      <rect class="area" x={left} y={0} width={1} height={HEIGHT} />
      {parts}
    </g>
  );
}

/**
 * The events per hour over the last 72 hours, grouped by outcome. All bars together form a single tab stop. The arrow
 * keys move between the bars, and Enter selects the focused bar.
 */
export function Chart({ hours, now, filters, onFilter }: ChartProps) {
  const [focused, setFocused] = useState<number | null>(null);
  const selected = typeof filters.when === 'number' ? filters.when : null;
  const current = Math.floor(now / HOUR_MS) * HOUR_MS;
  const first = current - (HOURS - 1) * HOUR_MS;
  const max = Math.max(1, ...hours.map(totalOf));
  const stop = hours.find(({ hour }) => hour === (focused ?? selected)) ?? hours.at(-1);
  const toggle = (hour: number) => onFilter({ when: hour === selected ? null : hour });

  const onKeyDown = (event: KeyboardEvent, index: number, hour: number) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -HOURS, End: HOURS }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(hours.length - 1, Math.max(0, index + step));
      document.querySelectorAll<SVGGElement>('.bar')[next]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      toggle(hour);
    }
  };

  return (
    <section class="chart" aria-label="Events per hour">
      <p class="quiet">Events per hour, last 72 hours. The highest bar has {max.toLocaleString('en')}.</p>
      <svg
        viewBox={`0 0 ${HOURS} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label="Hours with events. The arrow keys move between them; Enter shows the events of an hour."
      >
        <Patterns />
        {hours.map((counts, index) => (
          <Bar
            key={counts.hour}
            counts={counts}
            left={(counts.hour - first) / HOUR_MS}
            max={max}
            now={now}
            selected={selected}
            isTabStop={counts === stop}
            onSelect={() => toggle(counts.hour)}
            onFocus={() => setFocused(counts.hour)}
            onKeyDown={(event) => onKeyDown(event, index, counts.hour)}
          />
        ))}
      </svg>
      <DayLabels first={first} now={now} />
    </section>
  );
}
