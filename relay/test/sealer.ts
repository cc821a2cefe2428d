import { systemClock } from '../clock.ts';
import { DataKeys } from '../sealing/data-keys.ts';
import { Sealer } from '../sealing/sealer.ts';

/** Returns a sealer that is configured like a relay's. */
export const createSealer = (): Sealer => new Sealer(new DataKeys(systemClock, 1_000));
