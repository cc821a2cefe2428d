/** Ingest of a system and of the ceiling, measured in turn, because the speed of a machine varies within minutes. */

import { saturate, withInstance, type BenchContext, type Figures } from './measures.ts';
import { ceilingSystem, type Setup, type System } from './systems.ts';

/** Number of loads that each of the two receives. */
const TURNS = 3;

const SETUP: Setup = { channels: 1, active: 0 };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const meanOf = (all: readonly Figures[], read: (figures: Figures) => number | undefined): number =>
  mean(all.map((figures) => read(figures) ?? NaN));

/** Returns the means of the rates and of the costs, and the worst latencies and peaks. */
function summaryOf(all: readonly Figures[]): Figures {
  const worst = (read: (figures: Figures) => number | undefined) => Math.max(...all.map((each) => read(each) ?? NaN));
  return {
    perSecond: meanOf(all, ({ perSecond }) => perSecond),
    ack: {
      p50: worst(({ ack }) => ack?.p50),
      p99: worst(({ ack }) => ack?.p99),
      max: worst(({ ack }) => ack?.max),
    },
    peakMb: worst(({ peakMb }) => peakMb),
    cpu: {
      service: meanOf(all, ({ cpu }) => cpu?.service),
      database: meanOf(all, ({ cpu }) => cpu?.database),
      load: meanOf(all, ({ cpu }) => cpu?.load),
      target: meanOf(all, ({ cpu }) => cpu?.target),
      other: meanOf(all, ({ cpu }) => cpu?.other),
    },
    cpuPerThousand: meanOf(all, ({ cpuPerThousand }) => cpuPerThousand),
    errors: all.flatMap(({ errors }) => errors),
  };
}

/** Measures how many events per second a system and the ceiling accept in turn, without subscriptions. */
export const measureInTurn = (
  bench: BenchContext,
  system: System,
  connections: number,
): Promise<{ readonly own: Figures; readonly ceiling: Figures }> =>
  withInstance(bench, ceilingSystem, SETUP, (ceilingInstance) =>
    withInstance(bench, system, SETUP, async (instance) => {
      const turn = { ...bench, seconds: Math.ceil(bench.seconds / TURNS) };
      const own: Figures[] = [];
      const ceiling: Figures[] = [];
      for (let count = 0; count < TURNS; count++) {
        ceiling.push(await saturate(turn, ceilingInstance, connections));
        own.push(await saturate(turn, instance, connections));
      }
      return { own: summaryOf(own), ceiling: summaryOf(ceiling) };
    }),
  );
