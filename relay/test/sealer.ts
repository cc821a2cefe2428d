import { systemClock } from '../clock.ts';
import { createDataKeys } from '../sealing/data-keys.ts';
import { createSealer as createSealerWith } from '../sealing/sealer.ts';

/** Returns a sealer that is configured like a relay's. */
export const createSealer = () => createSealerWith(createDataKeys(systemClock, 1_000));
