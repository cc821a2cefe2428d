import { systemClock } from '../../clock.ts';
import { createDataKeys } from '../../sealing/data-keys.ts';
import { createRoutingReader } from '../../sealing/routing-reader.ts';
import { createSealer as createSealerWith } from '../../sealing/sealer.ts';

/** Returns a relay's sealer without the limit on the time for reading bodies, which slow machines would reach. */
export const createSealer = () =>
  createSealerWith(
    createDataKeys(systemClock, 1_000),
    createRoutingReader(() => 0),
  );
